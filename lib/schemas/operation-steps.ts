import type { DurableKind, OperationKind } from "./operation";

/** A step's name in the database and what a person reads. */
export interface StepTitle {
  readonly name: string;
  readonly title: string;
  /** From here on it cannot be undone: once this step has begun, the operation cannot be cancelled. */
  readonly isFinal?: true;
}

/** The steps of each operation, in order: written as rows when it is asked for, performed by lib/operations. */
export const OPERATION_STEPS: Record<DurableKind, readonly StepTitle[]> = {
  create: [
    { name: "template", title: "Prepare the image" },
    { name: "clone", title: "Clone the image (copy-on-write)" },
    { name: "start", title: "Start Postgres" },
    { name: "sample", title: "Load the sample data" },
    { name: "check", title: "Health check through the endpoint", isFinal: true },
  ],
  fork: [
    { name: "settle", title: "Reserve the recovery point" },
    { name: "clone", title: "Clone storage (copy-on-write)" },
    { name: "start", title: "Start Postgres" },
    { name: "disarm", title: "Set new password, pause background jobs" },
    { name: "check", title: "Health check through the endpoint", isFinal: true },
  ],
  pause: [
    { name: "disconnect", title: "End connections", isFinal: true },
    { name: "stop", title: "Stop Postgres" },
  ],
  resume: [
    { name: "start", title: "Start Postgres" },
    { name: "check", title: "Health check through the endpoint", isFinal: true },
  ],
  resize: [
    { name: "stop", title: "Stop Postgres", isFinal: true },
    { name: "start", title: "Start Postgres with the new size" },
    { name: "check", title: "Health check through the endpoint" },
  ],
  reset: [
    { name: "clone", title: "Clone storage (copy-on-write)" },
    { name: "disconnect", title: "End connections" },
    { name: "stop", title: "Stop Postgres" },
    { name: "switch", title: "Switch to the clone", isFinal: true },
    { name: "start", title: "Start Postgres" },
    { name: "disarm", title: "Pause background jobs" },
    { name: "check", title: "Health check through the endpoint" },
  ],
  expire: [
    { name: "disconnect", title: "End connections" },
    { name: "stop", title: "Stop Postgres" },
  ],
  delete: [
    { name: "disconnect", title: "End connections" },
    { name: "stop", title: "Stop Postgres" },
  ],
  restore: [
    { name: "start", title: "Start Postgres" },
    { name: "check", title: "Health check through the endpoint", isFinal: true },
  ],
  purge: [
    { name: "stop", title: "Stop Postgres" },
    { name: "free", title: "Give the space back" },
  ],
  free: [{ name: "free", title: "Give back the space of the volume before the reset" }],
  snapshot: [
    { name: "settle", title: "Checkpoint" },
    { name: "take", title: "Take the snapshot", isFinal: true },
  ],
  settings: [{ name: "apply", title: "Apply to the history" }],
  schema: [
    { name: "settle", title: "Choose what is read" },
    { name: "fork", title: "Clone storage out of sight (copy-on-write)" },
    { name: "read", title: "Read the catalogues" },
    { name: "end", title: "Free the clones", isFinal: true },
  ],
  arm: [{ name: "arm", title: "Switch it on", isFinal: true }],
  allow_list: [{ name: "apply", title: "End the sessions that are no longer allowed" }],
};

/** The steps of an operation of any kind; what is one transaction has none. */
export const stepsOf = (kind: OperationKind): readonly StepTitle[] =>
  kind in OPERATION_STEPS ? OPERATION_STEPS[kind as DurableKind] : [];

/** The step that ends the time in which it can be cancelled; undefined when it never can be. */
export const findFinalStep = (kind: OperationKind): string | undefined =>
  stepsOf(kind).find(({ isFinal }) => isFinal)?.name;
