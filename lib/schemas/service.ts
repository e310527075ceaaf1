import { z } from "zod";
import { commitNumber, serviceThingId, targetTime } from "./history-requests";
import { progressDto } from "./operation";

/** The public API's words for what a service is doing (api.md section 2), and ours for the final failure. */
export const serviceStatus = z.enum([
  "QUEUED",
  "CONFIGURING",
  "READY",
  "UNSTABLE",
  "PAUSING",
  "PAUSED",
  "RESUMING",
  "UPGRADING",
  "DELETING",
  "DELETED",
  "FAILED",
]);
export type ServiceStatusDto = z.infer<typeof serviceStatus>;

export const forkStrategy = z.enum(["NOW", "LAST_SNAPSHOT", "PITR"]);
export type ForkStrategyDto = z.infer<typeof forkStrategy>;

const endpointDto = z.object({ host: z.string(), port: z.number().int() });

/** What a fork starts from. Null fields of a fork of now are known once its storage is cloned. */
export const receiptDto = z.object({
  /** False when history was thinned at the asked time: `moments_missing` commits before it, at most, are not in the fork. */
  exact: z.boolean().nullable(),
  moments_missing: z.number().int().nullable(),
  fork_strategy: forkStrategy,
  requested_time: z.string().nullable(),
  commit: z.number().int().nullable(),
  /** RFC 3339 with microseconds, as are all times of commits. */
  commit_time: z.string().nullable(),
  /** When the first commit of the source was made that is not in the fork; null when there was none. */
  first_left_out_time: z.string().nullable(),
  snapshot_id: z.string().nullable(),
});
export type ReceiptDto = z.infer<typeof receiptDto>;

export const expiryWarning = z.enum(["quarter", "hour", "ten_minutes"]);
export type ExpiryWarningDto = z.infer<typeof expiryWarning>;

/** A service as the API and the console see it. A fork is a service with `forked_from`. Times are RFC 3339 in UTC. */
export const serviceDto = z.object({
  service_id: z.string(),
  project_id: z.string(),
  name: z.string(),
  region_code: z.string(),
  service_type: z.enum(["TIMESCALEDB", "POSTGRES"]),
  created: z.string(),
  created_by: z.string().nullable(),
  status: serviceStatus,
  status_reason: z.string().nullable(),
  resources: z.array(
    z.object({
      id: z.string(),
      spec: z.object({ cpu_millis: z.number().int(), memory_gbs: z.number().int(), volume_type: z.string() }),
    }),
  ),
  metadata: z.object({ environment: z.enum(["DEV", "PROD"]) }),
  /** Key of the image catalogue and the version a person reads. */
  image: z.object({ id: z.string(), label: z.string() }),
  endpoint: endpointDto.nullable(),
  connection_pooler: z.object({ endpoint: endpointDto.nullable() }),
  forked_from: z
    .object({
      project_id: z.string(),
      service_id: z.string(),
      is_standby: z.literal(false),
      name: z.string(),
      deleted: z.boolean(),
    })
    .nullable(),
  forks: z.number().int(),
  strategy: forkStrategy.nullable(),
  receipt: receiptDto.nullable(),
  ttl: z.string().nullable(),
  expires_at: z.string().nullable(),
  /** Why a fork has no end. */
  never_reason: z.string().nullable(),
  /** The warning that is due before its end: a quarter of its life is left, an hour, ten minutes. */
  expiry_warning: expiryWarning.nullable(),
  /** Its end was put off because clients were connected. */
  postponed: z.boolean(),
  /** Who protected it; a service tagged PROD is protected without. */
  protected_by: z.string().nullable(),
  purpose: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  deleted_at: z.string().nullable(),
  deleted_by: z.string().nullable(),
  purge_at: z.string().nullable(),
  /** When a fork's life ended by its TTL: it is PAUSED then, and can be restored until `purge_at`. */
  expired_at: z.string().nullable(),
  /** A reset can be undone until then; null when there is nothing to go back to. */
  reset_undo_until: z.string().nullable(),
  /** A one-time password waits to be revealed. */
  password_sealed: z.boolean(),
  password_set_at: z.string(),
  progress: progressDto.nullable(),
  /** Bytes from the block store; null when the engine does not answer. */
  storage: z
    .object({
      logical_bytes: z.number().int(),
      /** Its own head and history, as `S/storage` says it. */
      written_bytes: z.number().int(),
      /** All of its own log on the disk: also what forks need of it, garbage and metadata. */
      disk_bytes: z.number().int(),
    })
    .nullable(),
  /** Damaged places on the disk that a scrub found; null when the engine does not answer. */
  damages: z.number().int().nullable(),
  initial_password: z.string().optional(),
});
export type ServiceDto = z.infer<typeof serviceDto>;

export const SERVICE_NAME_MAX = 128;
const name = z
  .string()
  .trim()
  .min(1, "Give the service a name.")
  .max(SERVICE_NAME_MAX, `A name has at most ${SERVICE_NAME_MAX} characters.`)
  .regex(/^\P{Cc}*$/u, "A name has no control characters.");

/** Digits as text or a number: the public API uses both, and people were bitten (api.md section 1). */
const digits = z.union(
  [
    z.number().int().nonnegative(),
    z
      .string()
      .regex(/^\d{1,6}$/)
      .transform(Number),
    z.literal("shared"),
  ],
  { error: "Write it in digits, or shared." },
);

export const createServiceBody = z.strictObject({
  name,
  addons: z
    .array(z.enum(["time-series", "ai"]))
    .max(2)
    .optional(),
  region_code: z.string().max(64).optional(),
  cpu_millis: digits.optional(),
  memory_gbs: digits.optional(),
  replica_count: z.number().int().optional(),
  environment_tag: z.enum(["DEV", "PROD"]).optional(),
  /** Ours: the sample data to load. */
  sample: z.enum(["prod-telemetry"]).optional(),
});
export type CreateServiceBody = z.infer<typeof createServiceBody>;

export const TTL_SHORTEST_SECONDS = 10;

const REASON_MAX = 500;
const neverReason = z
  .string()
  .trim()
  .min(1, "Say why it may never end.")
  .max(REASON_MAX, `A reason has at most ${REASON_MAX} characters.`);

const end = {
  ttl: z.string().max(64).optional(),
  expires_at: z.string().max(64).optional(),
  never_reason: neverReason.optional(),
};

/** A fork's new end: one of the three. */
export const extendBody = z.strictObject(end);
export type ExtendBody = z.infer<typeof extendBody>;

/** What the same would cost; nothing is changed. */
export const extensionQuery = z.strictObject({
  ttl: z.string().max(64).optional(),
  expires_at: z.string().max(64).optional(),
  never: z.literal("true").optional(),
});
export type ExtensionQuery = z.infer<typeof extensionQuery>;

const PURPOSE_MAX = 200;
const LABELS_MAX = 20;
const LABEL_MAX = 63;
const labelText = z
  .string()
  .trim()
  .max(LABEL_MAX, `A label has at most ${LABEL_MAX} characters.`)
  .regex(/^\P{Cc}*$/u, "A label has no control characters.");

/** What a service is for, in a person's words, and marks to find it by. */
export const labelsField = z
  .record(labelText.min(1, "A label has a name."), labelText)
  .refine((labels) => Object.keys(labels).length <= LABELS_MAX, `At most ${LABELS_MAX} labels.`);

export const purposeField = z
  .string()
  .trim()
  .max(PURPOSE_MAX, `A purpose has at most ${PURPOSE_MAX} characters.`)
  .regex(/^\P{Cc}*$/u, "A purpose has no control characters.");

export const forkServiceBody = z.strictObject({
  fork_strategy: forkStrategy,
  /** With PITR one of these three: a time (RFC 3339), a commit's number, or an event: the last moment before it. */
  target_time: targetTime.optional(),
  commit: commitNumber.optional(),
  target_event: serviceThingId.optional(),
  /** With PITR where history is thinned: take the kept commit before the target. */
  accept_inexact: z.boolean().optional(),
  /** With LAST_SNAPSHOT: this one instead of the newest. */
  snapshot_id: serviceThingId.optional(),
  name: name.optional(),
  /** Its source's, or it is refused: it shares blocks with it. */
  region_code: z.string().max(64).optional(),
  cpu_millis: digits.optional(),
  memory_gbs: digits.optional(),
  environment_tag: z.enum(["DEV", "PROD"]).optional(),
  ...end,
  purpose: purposeField.optional(),
  labels: labelsField.optional(),
  /** False leaves TimescaleDB's jobs as they are in the source. */
  jobs_paused: z.boolean().optional(),
});
export type ForkServiceBody = z.infer<typeof forkServiceBody>;

export const restoreBody = z.strictObject({
  ttl: z.string().max(64).optional(),
  /** Ours: another name, when the old one was given to another service meanwhile. */
  name: name.optional(),
});
export type RestoreBody = z.infer<typeof restoreBody>;

export const renameBody = z.strictObject({ name });
export type RenameBody = z.infer<typeof renameBody>;

export const setEnvironmentBody = z.strictObject({ environment: z.enum(["DEV", "PROD"]) });
export type SetEnvironmentBody = z.infer<typeof setEnvironmentBody>;

export const resizeBody = z.strictObject({ cpu_millis: digits, memory_gbs: digits });
export type ResizeBody = z.infer<typeof resizeBody>;

/** A moment of the service's own history as a fork names it, or one of ours: back to the state before the last reset, or to the first. */
export const resetBody = z.strictObject({
  fork_strategy: z.enum(["LAST_SNAPSHOT", "PITR"]).optional(),
  target_time: targetTime.optional(),
  commit: commitNumber.optional(),
  target_event: serviceThingId.optional(),
  accept_inexact: z.boolean().optional(),
  snapshot_id: serviceThingId.optional(),
  undo: z.literal(true).optional(),
  base: z.literal(true).optional(),
});
export type ResetBody = z.infer<typeof resetBody>;

/** No body, or an empty one. */
export const emptyBody = z.strictObject({});

const PASSWORD_SHORTEST = 8;
const PASSWORD_LONGEST = 128;
export const updatePasswordBody = z.strictObject({
  password: z
    .string()
    .min(PASSWORD_SHORTEST, `A password has at least ${PASSWORD_SHORTEST} characters.`)
    .max(PASSWORD_LONGEST, `A password has at most ${PASSWORD_LONGEST} characters.`),
});
export type UpdatePasswordBody = z.infer<typeof updatePasswordBody>;

/** A person's `Idempotency-Key`, whatever makes it: a UUID, a build number. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, "An Idempotency-Key has 1 to 255 printable characters without spaces.");
