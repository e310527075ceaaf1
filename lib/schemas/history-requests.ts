import { z } from "zod";

/** What is asked about a service's history: the bodies and queries behind lib/schemas/history. */
export const serviceThingId = z.string().regex(/^[a-z0-9]{10}$/, "An id has ten lower-case letters and digits.");
/** RFC 3339 with a zone; what it says is read by lib/std/micros, since the refusal names the window's two ends. */
export const targetTime = z.string().max(64, "A time is shorter than that.");
export const commitNumber = z.number().int().min(1, "Commits are numbered from 1.").max(Number.MAX_SAFE_INTEGER);

/** A moment: exactly one of the three. */
const moment = { time: targetTime.optional(), event: serviceThingId.optional(), commit: commitNumber.optional() };
const hasOne = (asked: { time?: unknown; event?: unknown; commit?: unknown }) =>
  [asked.time, asked.event, asked.commit].filter((one) => one !== undefined).length === 1;
const ONE_OF = { error: "Give one of time, event and commit.", path: ["time"] };

const queryNumber = z
  .string()
  .regex(/^\d{1,16}$/, "Digits only.")
  .transform(Number);

/** Of `S/resolve?time=` or `?event=` or `?commit=`. */
export const resolveQuery = z
  .strictObject({ ...moment, commit: queryNumber.pipe(commitNumber).optional() })
  .refine(hasOne, ONE_OF);
export type ResolveQuery = z.infer<typeof resolveQuery>;

export const BUCKETS_MAX = 1_000;
/** Of `S/timeline?from&to&buckets`; without ends, the whole window. */
export const timelineQuery = z.strictObject({
  from: targetTime.optional(),
  to: targetTime.optional(),
  buckets: queryNumber
    .pipe(
      z
        .number()
        .min(1, "A timeline has at least one bucket.")
        .max(BUCKETS_MAX, `A timeline has at most ${BUCKETS_MAX} buckets.`),
    )
    .optional(),
});
export type TimelineQuery = z.infer<typeof timelineQuery>;

const NAME_MAX = 128;
export const takeSnapshotBody = z.strictObject({
  /** By default the time at which it was asked for. */
  name: z
    .string()
    .trim()
    .min(1, "Give the snapshot a name, or leave it out.")
    .max(NAME_MAX, `A name has at most ${NAME_MAX} characters.`)
    .regex(/^\P{Cc}*$/u, "A name has no control characters.")
    .optional(),
});
export type TakeSnapshotBody = z.infer<typeof takeSnapshotBody>;

export const LEASE_DEFAULT_SECONDS = 600;
export const LEASE_MAX_SECONDS = 3_600;
const lease = z
  .number()
  .int()
  .min(1, "A lease lasts at least a second.")
  .max(LEASE_MAX_SECONDS, `A lease lasts at most ${LEASE_MAX_SECONDS} seconds. Renew it.`)
  .default(LEASE_DEFAULT_SECONDS);

export const takeHoldBody = z.strictObject({ ...moment, lease_seconds: lease }).refine(hasOne, ONE_OF);
export type TakeHoldBody = z.input<typeof takeHoldBody>;

export const renewHoldBody = z.strictObject({ lease_seconds: lease });
export type RenewHoldBody = z.input<typeof renewHoldBody>;

const WHAT_MAX = 500;
/** A marker that somebody else sets: what the engine sees itself is recorded by it alone. */
export const markEventBody = z.strictObject({
  kind: z.enum(["deploy", "alert"]),
  what: z
    .string()
    .trim()
    .min(1, "Say what happened.")
    .max(WHAT_MAX, `A marker has at most ${WHAT_MAX} characters.`)
    .regex(/^\P{Cc}*$/u, "A marker is one line without control characters."),
  /** By default now. */
  time: targetTime.optional(),
});
export type MarkEventBody = z.infer<typeof markEventBody>;

const FREES_MAX = 1_000;
export const freesBody = z.strictObject({
  service_ids: z
    .array(serviceThingId)
    .min(1, "Name at least one service.")
    .max(FREES_MAX, `At most ${FREES_MAX} services.`),
});
export type FreesBody = z.infer<typeof freesBody>;
