"use client";
import { ChevronRight } from "lucide-react";
import { useNow } from "@/components/shell/clock";
import { PlainTime, TimeChip } from "@/components/shell/time-chip";
import { cn } from "@/components/ui/class-names";
import { computeElapsedMs, isUnfinished, OPERATION_TITLES, STATE_WORDS } from "@/lib/client/operations";
import { formatElapsed } from "@/lib/client/time";
import type { OperationDto } from "@/lib/schemas/operation";
import { OperationSteps } from "./steps";

/** What was done to a service, newest first; each opens to its steps. */
export function OperationHistory({ operations }: { operations: readonly OperationDto[] }) {
  if (operations.length === 0) return <p className="text-fg-3">Nothing was done yet.</p>;
  return (
    <ul className="-my-1 flex flex-col divide-y divide-border">
      {operations.map((operation) => (
        <li key={operation.operation_id}>
          <Entry operation={operation} />
        </li>
      ))}
    </ul>
  );
}

function Entry({ operation }: { operation: OperationDto }) {
  const nowMs = useNow();
  const failed = operation.state === "FAILED";
  return (
    <details className="group py-1">
      <summary className="touch-target flex min-h-9 list-none flex-wrap items-center gap-x-2 gap-y-1 rounded-sm [&::-webkit-details-marker]:hidden">
        <ChevronRight
          size={16}
          className="shrink-0 text-fg-3 transition-transform duration-100 group-open:rotate-90"
          aria-hidden
        />
        <span className="font-medium">{OPERATION_TITLES[operation.kind]}</span>
        <span className={cn(failed ? "text-danger" : isUnfinished(operation) ? "text-info" : "text-fg-2")}>
          {STATE_WORDS[operation.state]}
        </span>
        <span className="tabular text-fg-3 text-sm">
          {operation.started_at && formatElapsed(computeElapsedMs(operation, nowMs))}
        </span>
        <span className="tabular ml-auto text-fg-3 text-sm">
          <PlainTime at={operation.requested_at} />
          {operation.requested_by && <span className="max-sm:hidden"> by {operation.requested_by}</span>}
        </span>
      </summary>
      <div className="pt-2 pb-3 pl-6">
        <p className="mb-3 text-fg-3 text-sm">
          Asked for {operation.requested_by && `by ${operation.requested_by} `}at{" "}
          <TimeChip at={operation.requested_at} seconds full />
        </p>
        <OperationSteps operation={operation} announced={false} />
      </div>
    </details>
  );
}
