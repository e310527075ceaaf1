import type { Snapshot } from "@/lib/blocks";
import type { Database } from "@/lib/db";
import {
  forgetSnapshotEvents,
  listSnapshotSources,
  nameByTime,
  recordServiceEvents,
  type SnapshotSource,
} from "@/lib/services";
import type { Clock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import type { Log } from "@/lib/std/log";
import type { EngineStore } from "./engine-store";

export interface SnapshotSchedulerOptions {
  readonly db: Database;
  readonly store: Pick<EngineStore, "window" | "takeSnapshot" | "deleteSnapshot">;
  /** A checkpoint of the service, if it runs and is not busy. */
  settle(serviceId: string): Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

// A new service has its first snapshot within a minute, and what is no longer to be kept goes within a minute.
const LOOK_MS = 60_000;

/**
 * Takes snapshots of services as their settings say: at once of a new one, of a fork after an interval, then whenever one has
 * passed, after a checkpoint, unless nothing changed since the last. When that was is what the store says, so a restart changes
 * nothing.
 */
export function startSnapshotScheduler(options: SnapshotSchedulerOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const ended = run(options, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

async function run(options: SnapshotSchedulerOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await takeDueSnapshots(options, signal);
    await options.clock.sleep(LOOK_MS, signal).catch(() => {}); // stopped
  }
}

/** One look at all services; what fails for one is logged, and tried again at the next look. */
export async function takeDueSnapshots(options: SnapshotSchedulerOptions, signal?: AbortSignal): Promise<void> {
  const { db, log } = options;
  const sources = await listSnapshotSources(db).catch((err: unknown) => {
    log.error({ err }, "services that are due for a snapshot could not be found");
    return [];
  });
  for (const source of sources) {
    if (signal?.aborted) return;
    try {
      await takeIfDue(options, source);
    } catch (err) {
      log.error({ err, serviceId: source.serviceId }, `A scheduled snapshot of ${source.name} could not be taken.`);
    }
  }
}

async function takeIfDue(options: SnapshotSchedulerOptions, source: SnapshotSource): Promise<void> {
  const { db, store, settle, clock } = options;
  const { serviceId, volumeId } = source;
  const { head, snapshots } = await store.window(volumeId);
  const scheduled = snapshots.filter(({ kind }) => kind === "scheduled").sort(newestFirst);
  const isUnchanged = snapshots.some(({ commit }) => commit === head.commit);
  if (isUnchanged || !isDue(source, scheduled[0], clock.nowMicros() / 1000)) return forget(options, source, scheduled);
  await settle(serviceId);
  const taken = await store.takeSnapshot(volumeId, {
    snapshotId: newId(),
    name: nameByTime(clock.nowMs(), new Set(snapshots.map(({ name }) => name))),
    kind: "scheduled",
  });
  const { snapshotId: id, name, commit, micros } = taken;
  await recordServiceEvents(db, serviceId, [{ id, kind: "snapshot", what: name, rows: null, commit, micros }]);
  await forget(options, source, [taken, ...scheduled]);
}

/** By the time that passed since the last: less than none means that the clock was set back, and nobody knows how much it was. */
function isDue({ intervalMs, forkedMs }: SnapshotSource, last: Snapshot | undefined, nowMs: number): boolean {
  if (intervalMs === null) return false;
  const sinceMs = last ? last.takenMicros / 1000 : forkedMs;
  if (sinceMs === undefined) return true;
  const passedMs = nowMs - sinceMs;
  return passedMs >= intervalMs || passedMs < 0;
}

/** Lets go what is more than the service keeps. */
async function forget(
  { db, store }: SnapshotSchedulerOptions,
  { serviceId, volumeId, keep }: SnapshotSource,
  scheduled: readonly Snapshot[],
): Promise<void> {
  const old = scheduled.slice(keep).map(({ snapshotId }) => snapshotId);
  for (const snapshotId of old) await store.deleteSnapshot(volumeId, snapshotId);
  await forgetSnapshotEvents(db, serviceId, old);
}

// By commit: of two times on both sides of a clock that was set back, the greater is the older one's.
const newestFirst = (left: Snapshot, right: Snapshot): number => right.commit - left.commit;
