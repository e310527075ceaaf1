import { z } from "zod";

/** What takes steps: each is performed by a handler of lib/operations. */
const durableKind = z.enum([
  "create",
  "fork",
  "pause",
  "resume",
  "resize",
  "reset",
  "expire",
  "delete",
  "restore",
  "purge",
  "free",
  "snapshot",
  "settings",
  "schema",
  "arm",
  "allow_list",
]);
export type DurableKind = z.infer<typeof durableKind>;

/** What is one transaction with the request: its operation is finished when it is written. */
const instantKind = z.enum(["rename", "environment", "password", "extend", "protection", "labels"]);
export type InstantKind = z.infer<typeof instantKind>;

export const operationKind = z.enum([...durableKind.options, ...instantKind.options]);
export type OperationKind = z.infer<typeof operationKind>;

export const stepDto = z.object({
  name: z.string(),
  /** What a person reads: "Clone storage (copy-on-write)". */
  title: z.string(),
  state: z.enum(["PENDING", "RUNNING", "SUCCEEDED", "FAILED"]),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  percent: z.number().int().nullable(),
});
export type StepDto = z.infer<typeof stepDto>;

export const operationDto = z.object({
  operation_id: z.string(),
  service_id: z.string(),
  service_name: z.string(),
  kind: operationKind,
  state: z.enum(["QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]),
  error: z.string().nullable(),
  /** It can be cancelled: nothing that cannot be undone has begun, and nobody has asked yet. */
  cancellable: z.boolean(),
  /** Who asked that it be cancelled; it is once its state says so. */
  cancelled_by: z.string().nullable(),
  requested_at: z.string(),
  requested_by: z.string().nullable(),
  started_at: z.string().nullable(),
  finished_at: z.string().nullable(),
  steps: z.array(stepDto),
});
export type OperationDto = z.infer<typeof operationDto>;

/** What travels inside a service while something is being done to it (api.md section 2). */
export const progressDto = z.object({
  operation: operationKind,
  operation_id: z.string(),
  step: z.string().nullable(),
  percent: z.number().int().nullable(),
  error: z.string().nullable(),
});
export type ProgressDto = z.infer<typeof progressDto>;
