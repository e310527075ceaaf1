import { z } from "zod";
import { BUCKETS_MAX } from "@/lib/schemas/history-requests";
import { ID_PATTERN } from "@/lib/std/ids";

/** Questions about the history of volumes. Times are integer microseconds since the epoch. */
const id = z.string().regex(ID_PATTERN);
const count = z.number().int();
const micros = count;

const commitPoint = z.object({ commit: count, micros });
export type CommitPoint = z.infer<typeof commitPoint>;

/** A moment of a volume, as a person means it. */
export const target = z.union([
  z.strictObject({ commit: count }),
  z.strictObject({ micros, acceptInexact: z.boolean().optional() }),
  z.strictObject({ snapshotId: id }),
  z.strictObject({ newestSnapshot: z.literal(true) }),
]);
export type Target = z.infer<typeof target>;

const snapshot = commitPoint.extend({
  snapshotId: z.string(),
  name: z.string(),
  kind: z.enum(["manual", "scheduled"]),
  takenMicros: micros,
});
export type SnapshotFacts = z.infer<typeof snapshot>;

const hold = commitPoint.extend({ holdId: z.string(), untilMicros: micros });
export type HoldFacts = z.infer<typeof hold>;

const historyWindow = z.object({
  earliest: commitPoint,
  exactSince: commitPoint,
  head: commitPoint,
  /** Now, by the engine's clock. */
  latestMicros: micros,
  gaps: z.array(
    z.object({ fromMicros: micros, toMicros: micros, before: commitPoint, after: commitPoint, cause: z.string() }),
  ),
  retention: z.object({ micros: count, bytes: count }),
  thinning: z.array(z.object({ olderThanMicros: count, onePerMicros: count })),
  snapshots: z.array(snapshot),
  holds: z.array(hold),
});
export type WindowFacts = z.infer<typeof historyWindow>;

const resolved = commitPoint.extend({
  nextMicros: micros.optional(),
  momentsAfter: count,
  exact: z.boolean(),
  momentsMissing: count,
  nearestSnapshot: snapshot.optional(),
});
export type ResolvedFacts = z.infer<typeof resolved>;

const reserved = resolved.extend({ snapshotId: z.string().optional(), untilMicros: micros });
export type ReservedFacts = z.infer<typeof reserved>;

const logFigures = z.object({
  headBytes: count,
  historyBytes: count,
  keptForForksBytes: count,
  garbageBytes: count,
  metadataBytes: count,
});
export type LogFigures = z.infer<typeof logFigures>;

const frees = z.object({ freesBytes: count, pinnedBytes: count });
export type Frees = z.infer<typeof frees>;

const damage = z.object({
  /** Of the volumes that were asked for, those that can meet it. */
  volumeIds: z.array(z.string()),
  /** The volume that wrote it. */
  ownerId: z.string().optional(),
  /** The commit that wrote it, in the owner's history. */
  commit: count.optional(),
  commitMicros: micros.optional(),
  path: z.string().optional(),
  block: count.optional(),
  log: count,
  segment: count,
  unit: count,
  foundMicros: micros,
});
export type DamageFacts = z.infer<typeof damage>;

const damages = z.object({
  /** Newest first; at most `DAMAGES_MAX` of them. */
  damages: z.array(damage),
  /** By volume id, of all of them; volumes without damage are left out. */
  counts: z.record(z.string(), count),
  /** When everything had been read for the last time; missing until this run of the engine has read it once. */
  scrubbedMicros: micros.optional(),
});
export type DamagesFacts = z.infer<typeof damages>;

/** More than a person reads. */
export const DAMAGES_MAX = 100;

/** A project has at most 500 forks and a page asks about one project; twice that is no longer a page's question. */
export const IDS_MAX = 1_000;

/** Who needs it for longer asks again: a disk must not fill up because somebody was killed. */
const PAUSE_MAX_MS = 600_000;

const volume = { volumeId: id };
const moment = { ...volume, at: target };

/** `lib/engine-client/contract.ts` adds these to its own. */
export const historyQuestions = {
  window: { ask: z.strictObject(volume), answer: historyWindow },
  resolve: { ask: z.strictObject(moment), answer: resolved },
  histogram: {
    ask: z.strictObject({
      ...volume,
      fromMicros: micros,
      toMicros: micros,
      buckets: count.min(1).max(BUCKETS_MAX),
    }),
    answer: z.array(z.object({ fromMicros: micros, moments: count, bytes: count })),
  },
  /**
   * Resolves and keeps the commit for a while. A target at or after the newest commit waits until what was acknowledged
   * before is committed, 200 ms at most. The same id again moves the end.
   */
  reserve: {
    ask: z.strictObject({ ...moment, serviceId: id, holdId: id, leaseMicros: count.min(1) }),
    answer: reserved,
  },
  /** Ends a hold; unknown ones are fine. */
  release: { ask: z.strictObject({ ...volume, holdId: id }), answer: z.object({}) },
  /** The newest commit at or before a time (by default now), which is never thinned from now on while it is in the window. */
  mark: {
    ask: z.strictObject({ ...volume, guardId: id, micros: micros.optional() }),
    answer: commitPoint.extend({ atMicros: micros }),
  },
  /** Unknown ones are fine. */
  deleteSnapshot: { ask: z.strictObject({ ...volume, snapshotId: id }), answer: z.object({}) },
  usage: { ask: z.strictObject(volume), answer: frees.extend({ logicalBytes: count, log: logFigures }) },
  /** By volume id; unknown volumes are left out. */
  figures: {
    ask: z.strictObject({ volumeIds: z.array(id).max(IDS_MAX) }),
    answer: z.record(z.string(), logFigures),
  },
  /** The disk, and what deleted volumes left on it because others need it: living ones that descend from them. */
  totals: {
    ask: z.strictObject({}),
    answer: z.object({
      left: z.array(z.object({ keptForForksBytes: count, heirIds: z.array(z.string()) })),
      diskBytes: count,
    }),
  },
  frees: { ask: z.strictObject({ volumeIds: z.array(id).max(IDS_MAX) }), answer: frees },
  /**
   * For who copies the files of the store: for so long nothing is removed or replaced. Answered when nothing of the kind is under
   * way, with whether it was so until now; 0 ends it.
   */
  pauseUpkeep: {
    ask: z.strictObject({ forMs: count.max(PAUSE_MAX_MS) }),
    answer: z.object({ wasPaused: z.boolean() }),
  },
  /** What the scrub found; of all volumes when none are named. */
  damages: { ask: z.strictObject({ volumeIds: z.array(id).max(IDS_MAX).optional() }), answer: damages },
} as const;
