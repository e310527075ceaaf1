import type { ReactNode } from "react";
import { cn } from "./class-names";

export interface Fact {
  readonly term: string;
  readonly value: ReactNode;
}

/** Terms and values in two aligned columns. */
export function Facts({ facts, className }: { facts: readonly Fact[]; className?: string }) {
  return (
    <dl className={cn("flex flex-col gap-2", className)}>
      {facts.map(({ term, value }) => (
        <div key={term} className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-0.5">
          <dt className="text-fg-3">{term}</dt>
          <dd className="tabular min-w-0 break-words text-right text-fg">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
