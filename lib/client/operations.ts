import type { OperationDto, OperationKind, StepDto } from "@/lib/schemas/operation";

export const isUnfinished = ({ state }: OperationDto): boolean => state === "QUEUED" || state === "RUNNING";

/** The step that runs or failed; undefined before the first and after the last. */
export const findCurrentStep = ({ steps }: OperationDto): StepDto | undefined =>
  steps.find(({ state }) => state === "RUNNING" || state === "FAILED");

interface Span {
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

/** How long an operation or a step took, or takes until now. */
export function computeElapsedMs({ started_at, finished_at }: Span, nowMs: number): number {
  if (!started_at) return 0;
  return Math.max(0, (finished_at ? Date.parse(finished_at) : nowMs) - Date.parse(started_at));
}

/** From the press of the button to the end: what the person waited, not what the engine worked. */
export function computeWaitedMs(operation: OperationDto, nowMs: number): number {
  return computeElapsedMs({ ...operation, started_at: operation.requested_at }, nowMs);
}

export const OPERATION_TITLES: Record<OperationKind, string> = {
  create: "Create",
  fork: "Fork",
  pause: "Pause",
  resume: "Start",
  resize: "Resize",
  reset: "Reset",
  expire: "Expire",
  delete: "Delete",
  restore: "Restore",
  purge: "Purge",
  free: "Give back what a reset kept",
  snapshot: "Snapshot",
  settings: "History settings",
  schema: "Read the schema",
  arm: "Switch on",
  allow_list: "Allow list",
  rename: "Rename",
  environment: "Environment",
  password: "Password",
  protection: "Protection",
  labels: "Labels",
  extend: "Another end",
};

/** What an operation came to, in a word. */
export const STATE_WORDS: Record<OperationDto["state"], string> = {
  QUEUED: "queued",
  RUNNING: "in progress",
  SUCCEEDED: "done",
  FAILED: "failed",
  CANCELLED: "cancelled",
};
