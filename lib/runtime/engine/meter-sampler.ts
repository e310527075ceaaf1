import type { History, LogShare } from "@/lib/blocks";
import type { Database } from "@/lib/db";
import {
  closeDeadComputes,
  closeUsage,
  KEPT_FORKS,
  type LogBytes,
  NO_BYTES,
  type Seen,
  type Size,
  shareBytes,
} from "@/lib/metering";
import { listMetered, type MeteredService } from "@/lib/services";
import type { Clock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";
import { MeterMarks } from "./meter-marks";

export interface MeterOptions {
  readonly db: Database;
  readonly store: Pick<History, "shares">;
  readonly clock: Clock;
  readonly log: Log;
  /** Looks at what the sample of each minute wrote. */
  afterSample?(atMs: number): Promise<void>;
}

export interface MeterSampler {
  /** A service's Postgres runs, at this size. */
  started(serviceId: string, size: Size): void;
  /** It does not any more, for whatever reason. */
  stopped(serviceId: string): void;
  /** Closes all counters; answers up to when everything is counted. */
  close(): Promise<number>;
  /** The last sample, and no more after it. */
  stop(): Promise<void>;
}

/** What a crash can lose at most. */
const SAMPLE_MS = 60_000;

/** Meters all services, a sample a minute. What a dead engine left running is closed first. */
export async function startMeter(options: MeterOptions): Promise<MeterSampler> {
  const { db, clock, log } = options;
  await db.$transaction((tx) => closeDeadComputes(tx));
  const marks = new MeterMarks(clock);
  let sampling: Promise<number> | undefined;
  /** Who asks while a sample is taken gets that one. */
  const close = () => {
    sampling ??= sample(options, marks).finally(() => {
      sampling = undefined;
    });
    return sampling;
  };
  const closeAndLook = async () => {
    try {
      const atMs = await close();
      await options.afterSample?.(atMs);
    } catch (err) {
      log.error({ err }, "A sample of what is used failed. The next one counts what it would have counted.");
    }
  };

  const stopping = new AbortController();
  const run = async () => {
    for (;;) {
      // The first one a minute from now: after opening, a store of a thousand forks reads for seconds, and clients wait.
      await clock.sleep(SAMPLE_MS, stopping.signal).catch(() => {}); // stopped
      if (stopping.signal.aborted) return;
      await closeAndLook();
    }
  };
  const ended = run();
  return {
    started: (serviceId, size) => marks.started(serviceId, size),
    stopped: (serviceId) => marks.stopped(serviceId),
    close,
    async stop() {
      stopping.abort();
      await ended;
      await closeAndLook();
    },
  };
}

async function sample({ db, store }: MeterOptions, marks: MeterMarks): Promise<number> {
  const services = await listMetered(db);
  const { logs } = await store.shares();
  const now = marks.read();
  const seen = [...toMarks(services, now.marks), ...toSamples(services, logs, now)];
  await db.$transaction((tx) => closeUsage(tx, seen));
  marks.forget(now.marks);
  return now.atMs;
}

/** Of a service whose row is gone nobody can be charged. */
function toMarks(services: readonly MeteredService[], marks: ReturnType<MeterMarks["read"]>["marks"]): Seen[] {
  const byId = new Map(services.map((service) => [service.serviceId, service]));
  return marks.flatMap(({ serviceId, ...mark }) => {
    const service = byId.get(serviceId);
    return service ? [{ projectId: service.projectId, serviceId, ...mark }] : [];
  });
}

function toSamples(
  services: readonly MeteredService[],
  logs: readonly LogShare[],
  { atMs, running }: ReturnType<MeterMarks["read"]>,
): Seen[] {
  const owners = new Map(services.flatMap((service) => service.volumeIds.map((id) => [id, service] as const)));
  const { byService, keptByProject } = shareBytes(logs.map(toLogBytes), (volumeId) => owners.get(volumeId));
  const known = services.filter(
    ({ serviceId, hasMeter }) => hasMeter || byService.has(serviceId) || running.has(serviceId),
  );
  const projects = new Set([...services.map(({ projectId }) => projectId), ...keptByProject.keys()]);
  return [
    ...known.map(({ projectId, serviceId, endedAtMs, cpuMillis, memoryGbs }): Seen => {
      const of = { projectId, serviceId };
      if (endedAtMs !== undefined) return { ...of, atMs: endedAtMs, isRunning: false, bytes: NO_BYTES, isOver: true };
      // What runs has the size that it was started with, whatever the row says by now.
      const size = running.get(serviceId) ?? { cpuMillis, memoryGbs };
      const isRunning = running.has(serviceId);
      return { ...of, atMs, isRunning, size, bytes: byService.get(serviceId) ?? NO_BYTES };
    }),
    ...[...projects].map((projectId) => ({
      ...{ projectId, serviceId: KEPT_FORKS, atMs },
      bytes: { ...NO_BYTES, pinned: keptByProject.get(projectId) ?? 0 },
    })),
  ];
}

function toLogBytes({ figures, ...log }: LogShare): LogBytes {
  const { keptForForksBytes, headBytes, historyBytes, garbageBytes, metadataBytes } = figures;
  return { ...log, keptForForksBytes, ownBytes: headBytes + historyBytes + garbageBytes + metadataBytes };
}
