import type { OperationKind } from "./operation";

/** A step's name in the database and what a person reads. */
export interface StepTitle {
  readonly name: string;
  readonly title: string;
}

/** The steps of each operation, in order: written as rows when it is asked for, performed by lib/operations. */
export const OPERATION_STEPS: Record<OperationKind, readonly StepTitle[]> = {
  create: [
    { name: "template", title: "Prepare the image" },
    { name: "clone", title: "Clone the image (copy-on-write)" },
    { name: "start", title: "Start Postgres" },
    { name: "sample", title: "Load the sample data" },
    { name: "check", title: "Health check through the endpoint" },
  ],
  fork: [
    { name: "settle", title: "Reserve the recovery point" },
    { name: "clone", title: "Clone storage (copy-on-write)" },
    { name: "start", title: "Start Postgres" },
    { name: "check", title: "Health check through the endpoint" },
  ],
  delete: [
    { name: "disconnect", title: "End connections" },
    { name: "stop", title: "Stop Postgres" },
  ],
  restore: [
    { name: "start", title: "Start Postgres" },
    { name: "check", title: "Health check through the endpoint" },
  ],
  purge: [
    { name: "stop", title: "Stop Postgres" },
    { name: "free", title: "Give the space back" },
  ],
  snapshot: [
    { name: "settle", title: "Checkpoint" },
    { name: "take", title: "Take the snapshot" },
  ],
  settings: [{ name: "apply", title: "Apply to the history" }],
};
