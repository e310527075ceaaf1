import { z } from "zod";

/**
 * The history of a service: its window, its snapshots, what happened in it. All times are RFC 3339 in UTC with six digits
 * (lib/std/micros): a time cut to milliseconds names the commit before. Counts and bytes are integers.
 */
const time = z.string();
const count = z.number().int();

export const snapshotKind = z.enum(["manual", "scheduled"]);
export type SnapshotKindDto = z.infer<typeof snapshotKind>;

/** A named commit that is kept until it is deleted. */
export const snapshotDto = z.object({
  id: z.string(),
  name: z.string(),
  commit: count,
  /** Of the commit: what a fork of it holds. */
  time,
  /** When it was taken. */
  taken_time: time,
  kind: snapshotKind,
  /** Living forks that were made of it. They need nothing of it any more: it can be deleted. */
  forks: count,
});
export type SnapshotDto = z.infer<typeof snapshotDto>;

/** A commit that is kept while a person decides. */
export const holdDto = z.object({ id: z.string(), commit: count, time, until: time });
export type HoldDto = z.infer<typeof holdDto>;

/** Between these two times nothing can be asked for by time; both commits can be, by number. */
export const gapDto = z.object({ from: time, to: time, cause: z.string(), commit_before: count, commit_after: count });
export type GapDto = z.infer<typeof gapDto>;

/** How far back a service can be read and forked. */
export const windowDto = z.object({
  /** The first time that resolves. */
  earliest: time,
  /** From here on every commit is there. */
  exact_since: time,
  /** Now, by the engine's clock: in a quiet time it names the newest commit. */
  latest: time,
  newest_commit: count,
  newest_commit_time: time,
  retention_seconds: count,
  retention_bytes: count,
  /** What is kept of older history once the limit in bytes is reached, mildest first. */
  thinning: z.array(z.object({ older_than_seconds: count, one_per_seconds: count })),
  gaps: z.array(gapDto),
  /** Newest first. */
  snapshots: z.array(snapshotDto),
  holds: z.array(holdDto),
  generated_at: time,
});
export type WindowDto = z.infer<typeof windowDto>;

/** Milliseconds from the request to READY, of this installation's own recent forks. */
export const readyMsDto = z.object({ p50: count, p95: count });
export type ReadyMsDto = z.infer<typeof readyMsDto>;

/** The commit that a time, an event or a number means, and what lies around it. */
export const resolveDto = z.object({
  /** The time asked for; null when it was asked by event or by number. */
  requested: time.nullable(),
  commit: count,
  time,
  /** When the commit after it was made; null when this is the newest. */
  next_time: time.nullable(),
  /** Commits that a fork of it leaves out. */
  moments_after: count,
  /** False where history is thinned and commits between this one and the asked time are gone. */
  exact: z.boolean(),
  /** At most so many of them: all that lay between the kept commits on both sides. Which of them came before the time is gone too. */
  moments_missing: count,
  nearest_snapshot: snapshotDto.nullable(),
  /** Null until this installation has made a fork. */
  ready_ms: readyMsDto.nullable(),
});
export type ResolveDto = z.infer<typeof resolveDto>;

export const eventKind = z.enum(["ddl", "truncate", "mass_write", "deploy", "alert", "snapshot"]);
export type EventKindDto = z.infer<typeof eventKind>;

/** Something that happened in a service, tied to a commit. */
export const eventDto = z.object({
  id: z.string(),
  kind: eventKind,
  /** A sentence's worth: `DELETE flights`, `deploy web@9f31c2`. */
  what: z.string(),
  /** Rows that it changed, where that is known. */
  rows: count.nullable(),
  /** Of ddl, truncate and mass_write the commit that made it; of the others the newest at or before `time`. */
  commit: count,
  time,
});
export type EventDto = z.infer<typeof eventDto>;

/** Commits and bytes in equal parts of a span, and the events in it. */
export const timelineDto = z.object({
  from: time,
  to: time,
  buckets: z.array(z.object({ from: time, commits: count, bytes: count })),
  /** Oldest first. */
  events: z.array(eventDto),
  /** Older events of the span that are not listed. */
  events_left_out: count,
  generated_at: time,
});
export type TimelineDto = z.infer<typeof timelineDto>;

/** Bytes of logs on the disk; they add up. */
export const logBytesDto = z.object({
  head_bytes: count,
  history_bytes: count,
  kept_for_forks_bytes: count,
  garbage_bytes: count,
  metadata_bytes: count,
});
export type LogBytesDto = z.infer<typeof logBytesDto>;

export const storageDto = z.object({
  logical_bytes: count,
  /** Logical minus what lies in its own log. */
  shared_bytes: count,
  /** Its own head and history. */
  written_bytes: count,
  /** Kept in other services' logs because of this one alone. */
  pinned_bytes: count,
  /** What deleting it alone returns. */
  frees_bytes: count,
  log: logBytesDto,
  generated_at: time,
});
export type StorageDto = z.infer<typeof storageDto>;

/** A place on the disk whose checksum no longer fits. Reading it fails; it is never returned wrong. */
export const damageDto = z.object({
  /** A file of the data directory; null where no file is damaged, or none has a name any more. */
  path: z.string().nullable(),
  /** Of 8 KiB, counted from 0; null for what is no block of a file: a map, a commit record. */
  block: count.nullable(),
  found: time,
  /** The commit of this service that wrote it: what is kept from before it is whole. Null when another service wrote it. */
  commit: count.nullable(),
  commit_time: time.nullable(),
  /** Another service wrote it, from which this one descends. */
  inherited: z.boolean(),
  /** Where it lies in the block store. */
  log: count,
  segment: count,
  unit: count,
});
export type DamageDto = z.infer<typeof damageDto>;

export const damagesDto = z.object({
  /** Of all; `damages` lists the newest of them. */
  count,
  /** Newest first. */
  damages: z.array(damageDto),
  /** When everything on the disk had been read for the last time; null until the engine has read it once since it started. */
  scrubbed: time.nullable(),
  generated_at: time,
});
export type DamagesDto = z.infer<typeof damagesDto>;

/** All services of a project, those in Recently deleted included. */
export const projectStorageDto = z.object({
  log: logBytesDto,
  /** What purged services left because forks still need it. Where there is one project only, as the next two. */
  kept_of_purged_bytes: count.optional(),
  /** Templates and what belongs to no project; with `log` and what purged services left it makes `disk_bytes`. */
  system_bytes: count.optional(),
  disk_bytes: count.optional(),
  generated_at: time,
});
export type ProjectStorageDto = z.infer<typeof projectStorageDto>;

/** What deleting these services together returns. The sum over single ones means nothing. */
export const freesDto = z.object({
  service_ids: z.array(z.string()),
  frees_bytes: count,
  pinned_bytes: count,
  generated_at: time,
});
export type FreesDto = z.infer<typeof freesDto>;
