import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";
import { cn } from "./class-names";

const tagStyle = cva(
  "inline-flex h-5 items-center whitespace-nowrap rounded-sm border px-1.5 font-medium text-xs leading-none",
  {
    variants: {
      tone: {
        prod: "border-danger text-danger",
        quiet: "border-border-strong text-fg-2",
        accent: "border-accent text-accent",
      },
    },
    defaultVariants: { tone: "quiet" },
  },
);

export function Tag({ tone, className, ...rest }: ComponentProps<"span"> & VariantProps<typeof tagStyle>) {
  return <span className={cn(tagStyle({ tone }), className)} {...rest} />;
}
