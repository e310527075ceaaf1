import type { ReactNode } from "react";
import { cn } from "./class-names";

export interface FieldsetProps {
  /** Number in the order of the page, drawn before the legend. */
  step?: number;
  legend: ReactNode;
  disabled?: boolean;
  className?: string;
  children: ReactNode;
}

/** One part of a form, as a card. */
export function Fieldset({ step, legend, disabled, className, children }: FieldsetProps) {
  return (
    <fieldset
      disabled={disabled}
      className={cn("min-w-0 rounded-lg border border-border bg-surface-1 p-4 sm:p-5", className)}
    >
      {/* A floated legend is laid out inside the card instead of on its border. */}
      <legend className="float-left mb-4 flex w-full items-center gap-2.5 font-semibold text-lg">
        {step !== undefined && (
          <span
            aria-hidden
            className="tabular flex size-6 items-center justify-center rounded-full bg-surface-2 text-fg-2 text-sm"
          >
            {step}
          </span>
        )}
        {legend}
      </legend>
      <div className="clear-both flex flex-col gap-4">{children}</div>
    </fieldset>
  );
}
