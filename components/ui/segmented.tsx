import type { ReactNode } from "react";
import { cn } from "./class-names";

export interface SegmentedOption {
  readonly value: string;
  readonly label: ReactNode;
  /** For a screen reader where the label is an icon or an abbreviation. */
  readonly name?: string;
}

export interface SegmentedProps {
  name: string;
  value: string;
  options: readonly SegmentedOption[];
  onValueChange: (value: string) => void;
  disabled?: boolean;
  className?: string;
  compact?: boolean;
  /** More than fits a small screen: there it becomes a grid. */
  many?: boolean;
}

/** Native radios drawn as one control. The group's name comes from the fieldset or `role="radiogroup"` around it. */
export function Segmented({ name, value, options, onValueChange, disabled, className, compact, many }: SegmentedProps) {
  return (
    <div
      className={cn(
        "flex [&>label+label]:-ml-px",
        many && "max-sm:grid max-sm:grid-cols-3 max-sm:gap-2 max-sm:[&>label+label]:ml-0 max-sm:[&>label]:rounded-md",
        className,
      )}
    >
      {options.map((option) => (
        <label
          key={option.value}
          className={cn(
            "touch-target relative flex cursor-pointer items-center justify-center border border-border-strong bg-surface-1 text-fg-2 transition-colors duration-100 first:rounded-l-md last:rounded-r-md hover:bg-surface-2 hover:text-fg",
            "has-checked:z-10 has-checked:border-accent-fill has-checked:bg-accent-fill has-checked:text-white",
            "forced-colors:has-checked:bg-[Highlight] forced-colors:has-checked:text-[HighlightText] forced-colors:has-checked:forced-color-adjust-none",
            "has-focus-visible:z-20 has-focus-visible:outline-2 has-focus-visible:outline-focus has-focus-visible:outline-offset-2",
            "has-disabled:cursor-default has-disabled:not-has-checked:opacity-50",
            compact ? "h-7 px-2.5 text-sm" : "h-9 px-3.5 text-base",
          )}
        >
          <input
            type="radio"
            className="absolute inset-0 size-full cursor-[inherit] appearance-none rounded-[inherit] outline-none"
            name={name}
            value={option.value}
            checked={option.value === value}
            onChange={() => onValueChange(option.value)}
            disabled={disabled}
            aria-label={option.name}
          />
          <span className="pointer-events-none relative">{option.label}</span>
        </label>
      ))}
    </div>
  );
}
