"use client";
import { CircleAlert } from "lucide-react";
import { type RefObject, useEffect, useRef } from "react";

export interface SummaryEntry {
  /** Id of the control that is at fault, or undefined when none is. */
  readonly fieldId: string | undefined;
  readonly message: string;
}

export interface ErrorSummaryProps {
  entries: readonly SummaryEntry[];
  /** Changes with every press of the button: the summary then takes the focus again. */
  turn: number;
}

/** What stands in the way of a form, on top of it, as links to the fields. */
export function ErrorSummary({ entries, turn }: ErrorSummaryProps) {
  const box: RefObject<HTMLDivElement | null> = useRef(null);
  useEffect(() => {
    if (turn > 0) box.current?.focus();
  }, [turn]);
  if (entries.length === 0) return null;
  const title = entries.length === 1 ? "One thing to settle first" : `${entries.length} things to settle first`;
  return (
    <div
      ref={box}
      role="alert"
      tabIndex={-1}
      className="mb-4 flex gap-3 rounded-md border border-danger/50 bg-danger-tint px-4 py-3"
    >
      <CircleAlert size={16} className="mt-0.5 shrink-0 text-danger" aria-hidden />
      <div className="min-w-0">
        <p className="font-medium">{title}</p>
        <ul className="mt-1 flex flex-col gap-0.5">
          {entries.map(({ fieldId, message }) => (
            <li key={message}>
              {fieldId ? (
                <a href={`#${fieldId}`} className="underline underline-offset-4" onClick={focusField(fieldId)}>
                  {message}
                </a>
              ) : (
                message
              )}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

/** Moves the focus itself: following the fragment would put it into the URL and into the history. */
const focusField = (fieldId: string) => (event: { preventDefault: () => void }) => {
  event.preventDefault();
  const field = document.getElementById(fieldId);
  field?.scrollIntoView({ block: "center" });
  field?.focus();
};
