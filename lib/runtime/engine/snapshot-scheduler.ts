import type { Snapshot } from "@/lib/blocks";
import type { Database } from "@/lib/db";
import { forgetSnapshotEvents, listSnapshotSources, nameByTime, recordServiceEvents } from "@/lib/services";
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
  readonly intervalMs?: number;
  /** So many scheduled snapshots a service keeps. */
  readonly keep?: number;
}

const HOUR_MS = 3_600_000;
const KEEP = 24;
// A new service has its first snapshot within a minute.
const LOOK_MS = 60_000;

/**
 * Takes snapshots of all services that are no forks: at once of a new one, then hourly, after a checkpoint, unless nothing
 * changed since the last. When the last one was taken is what the store says, so a restart changes nothing.
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

interface Source {
  readonly serviceId: string;
  readonly volumeId: string;
}

async function takeIfDue(options: SnapshotSchedulerOptions, { serviceId, volumeId }: Source): Promise<void> {
  const { db, store, settle, clock, intervalMs = HOUR_MS, keep = KEEP } = options;
  const { head, snapshots } = await store.window(volumeId);
  const scheduled = snapshots.filter(({ kind }) => kind === "scheduled").sort(newestFirst);
  const last = scheduled[0]?.takenMicros ?? Number.NEGATIVE_INFINITY;
  const isUnchanged = snapshots.some(({ commit }) => commit === head.commit);
  if (clock.nowMicros() < last + intervalMs * 1000 || isUnchanged) return;
  await settle(serviceId);
  const name = nameByTime(clock.nowMs());
  const taken = await store.takeSnapshot(volumeId, { snapshotId: newId(), name, kind: "scheduled" });
  const { snapshotId: id, commit, micros } = taken;
  await recordServiceEvents(db, serviceId, [{ id, kind: "snapshot", what: name, rows: null, commit, micros }]);
  const old = scheduled.slice(keep - 1).map(({ snapshotId }) => snapshotId);
  for (const snapshotId of old) await store.deleteSnapshot(volumeId, snapshotId);
  await forgetSnapshotEvents(db, serviceId, old);
}

const newestFirst = (left: Snapshot, right: Snapshot): number => right.takenMicros - left.takenMicros;
