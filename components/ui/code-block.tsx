import type { ComponentProps } from "react";
import { cn } from "./class-names";

/** Text for a shell or a file. It wraps, because nobody scrolls a command sideways; focus reaches it for selecting. */
export function CodeBlock({ className, ...rest }: ComponentProps<"pre">) {
  return (
    <pre
      className={cn(
        "tabular overflow-x-auto wrap-anywhere whitespace-pre-wrap rounded-md border border-border bg-bg p-3 text-fg-2 text-sm leading-5",
        className,
      )}
      {...rest}
    />
  );
}
