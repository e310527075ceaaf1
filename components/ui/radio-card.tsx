import type { ComponentProps, ReactNode } from "react";
import { cn } from "./class-names";

export interface RadioCardProps extends Omit<ComponentProps<"input">, "title" | "type"> {
  title: ReactNode;
  children?: ReactNode;
  /** Drawn as a quiet card: it can be looked at, the reason stands on it. */
  quiet?: boolean;
}

/** A native radio as a card: arrows move and check, the whole card is the target, everything on it is visible. */
export function RadioCard({ title, children, quiet = false, className, ...rest }: RadioCardProps) {
  return (
    <label
      className={cn(
        "group relative flex cursor-pointer gap-3 rounded-md border border-border-strong bg-surface-1 p-3.5 transition-colors duration-100 hover:bg-surface-2",
        "has-checked:border-accent has-checked:bg-accent/6 has-checked:ring-1 has-checked:ring-accent",
        "has-focus-visible:outline-2 has-focus-visible:outline-focus has-focus-visible:outline-offset-2",
        "has-disabled:cursor-default has-disabled:hover:bg-surface-1 has-disabled:not-has-checked:opacity-50",
        quiet && "border-border-strong border-dashed bg-transparent",
        className,
      )}
    >
      <input type="radio" className="radio mt-0.5" {...rest} />
      <span className="flex min-w-0 flex-1 flex-col gap-1">
        <span className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">{title}</span>
        {children}
      </span>
    </label>
  );
}
