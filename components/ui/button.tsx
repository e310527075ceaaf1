import { cva, type VariantProps } from "class-variance-authority";
import { LoaderCircle } from "lucide-react";
import Link from "next/link";
import type { ComponentProps } from "react";
import { cn } from "./class-names";

export const buttonStyle = cva(
  "touch-target inline-flex shrink-0 select-none items-center justify-center gap-2 whitespace-nowrap rounded-md font-medium transition-colors duration-100 disabled:opacity-50 aria-disabled:opacity-60 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        // The border is for forced colours, which take the filling away.
        primary: "border border-transparent bg-accent-fill text-white hover:bg-accent-fill-hover",
        secondary: "border border-border-strong bg-surface-1 text-fg hover:bg-surface-2",
        ghost: "text-fg-2 hover:bg-surface-2 hover:text-fg",
        danger: "border border-transparent bg-danger-fill text-white hover:bg-danger-fill-hover",
        dangerOutline: "border border-danger bg-transparent text-danger hover:bg-danger/10",
        link: "h-auto rounded-sm px-0 text-accent underline decoration-accent/40 underline-offset-4 hover:decoration-accent",
      },
      size: {
        sm: "h-7 px-2.5 text-sm",
        md: "h-9 px-3.5 text-base",
        lg: "h-10 px-4 text-base",
        icon: "size-9",
        iconSm: "size-7",
        text: "text-base",
      },
    },
    compoundVariants: [{ variant: "link", class: "h-auto px-0" }],
    defaultVariants: { variant: "secondary", size: "md" },
  },
);

type ButtonStyle = VariantProps<typeof buttonStyle>;

export interface ButtonProps extends ComponentProps<"button">, ButtonStyle {
  /** Something that the button started is under way: it shows so, keeps its words, and takes no second press. */
  pending?: boolean;
}

export function Button({ variant, size, pending = false, className, children, onClick, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={cn(buttonStyle({ variant, size }), className)}
      aria-disabled={pending || undefined}
      aria-busy={pending || undefined}
      onClick={(event) => {
        // A button that is only aria-disabled keeps the focus, but a submit must not go out twice.
        if (pending) event.preventDefault();
        else onClick?.(event);
      }}
      {...rest}
    >
      {pending && <LoaderCircle size={16} className="animate-turn" aria-hidden />}
      {children}
    </button>
  );
}

export interface ButtonLinkProps extends ComponentProps<typeof Link>, ButtonStyle {}

export function ButtonLink({ variant, size, className, ...rest }: ButtonLinkProps) {
  return <Link className={cn(buttonStyle({ variant, size }), className)} {...rest} />;
}
