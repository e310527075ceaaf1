"use client";
import { CircleAlert } from "lucide-react";
import { type ComponentProps, type ReactNode, useId } from "react";
import { cn } from "./class-names";

export interface FieldIds {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": boolean | undefined;
}

export interface FieldProps {
  label: ReactNode;
  hint?: ReactNode;
  error?: ReactNode;
  /** Ways out of the error. */
  fix?: ReactNode;
  /** For links from an error summary. */
  id?: string;
  className?: string;
  children: (ids: FieldIds) => ReactNode;
}

/** A label, its control, and what there is to say about it, wired so that each is read out with the control. */
export function Field({ label, hint, error, fix, id, className, children }: FieldProps) {
  const made = useId();
  const fieldId = id ?? made;
  const hintId = `${fieldId}-hint`;
  const errorId = `${fieldId}-error`;
  const described = [error ? errorId : "", hint ? hintId : ""].filter(Boolean).join(" ") || undefined;
  return (
    <div className={cn("flex flex-col gap-1.5", className)}>
      <label htmlFor={fieldId} className="font-medium text-fg">
        {label}
      </label>
      {children({ id: fieldId, "aria-describedby": described, "aria-invalid": error ? true : undefined })}
      {error && (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
          <FieldError id={errorId}>{error}</FieldError>
          {fix}
        </div>
      )}
      {hint && (
        <p id={hintId} className="text-fg-3 text-sm">
          {hint}
        </p>
      )}
    </div>
  );
}

/** What is wrong with a field, beside it. */
export function FieldError({ children, className, ...rest }: ComponentProps<"p">) {
  return (
    <p className={cn("flex items-start gap-1.5 text-danger text-sm", className)} {...rest}>
      <CircleAlert size={14} className="mt-0.5 shrink-0" aria-hidden />
      <span className="min-w-0">{children}</span>
    </p>
  );
}

export const inputStyle =
  "touch-target h-9 w-full min-w-0 rounded-md border border-border-strong bg-surface-1 px-3 text-base text-fg transition-colors duration-100 hover:border-fg-3 aria-invalid:border-danger read-only:bg-surface-2 read-only:text-fg-2 max-md:text-lg";

export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input className={cn(inputStyle, className)} {...rest} />;
}
