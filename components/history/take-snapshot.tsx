"use client";
import { OperationSteps } from "@/components/operations/steps";
import { Button, type ButtonProps } from "@/components/ui/button";
import { FieldError } from "@/components/ui/field";
import type { Snapshotting } from "./use-snapshotting";

export interface TakeSnapshotButtonProps extends ButtonProps {
  snapshotting: Snapshotting;
}

export function TakeSnapshotButton({ snapshotting, ...rest }: TakeSnapshotButtonProps) {
  return (
    <Button size="sm" {...rest} pending={snapshotting.pending} onClick={() => snapshotting.take()}>
      Take snapshot now
    </Button>
  );
}

/** The steps of the snapshot that is being taken, or why there is none. */
export function SnapshotProgress({ snapshotting: { operation, problem } }: { snapshotting: Snapshotting }) {
  if (problem)
    return (
      <div role="alert">
        <FieldError>{problem}</FieldError>
      </div>
    );
  return operation ? (
    <div className="rounded-md border border-border bg-surface-1 p-3">
      <OperationSteps operation={operation} />
    </div>
  ) : null;
}
