import {
  type At,
  COARSE_TICK_MICROS,
  EXACT_MICROS,
  FINE_TICK_MICROS,
  type Resolved,
  type ScrubReport,
  type Snapshot,
} from "@/lib/blocks";
import type { Compute } from "@/lib/compute";
import {
  DAMAGES_MAX,
  type DamagesFacts,
  type EngineHandlers,
  type HistoryClient,
  type LogFigures,
  type Target,
  type VolumeStorage,
} from "@/lib/engine-client";
import { AppError } from "@/lib/std/app-error";
import type { Clock } from "@/lib/std/clock";
import { releaseIfThere } from "./data-plane";
import type { EngineStore } from "./engine-store";
import { settle } from "./settle";

export interface HistorySources {
  readonly store: Pick<
    EngineStore,
    | "window"
    | "resolve"
    | "histogram"
    | "hold"
    | "releaseHold"
    | "guard"
    | "deleteSnapshot"
    | "storage"
    | "figures"
    | "shares"
    | "frees"
    | "damages"
    | "pauseUpkeep"
  >;
  /** The service's Postgres if it runs. */
  findCompute(serviceId: string): Promise<Compute> | undefined;
  readonly clock: Clock;
}

type HistoryHandlers = Pick<EngineHandlers, keyof HistoryClient>;

/** Answers what only the block store knows of the past. Errors are the store's own; lib/services puts them into words. */
export function answerHistory(reach: () => HistorySources): HistoryHandlers {
  return {
    window: async ({ volumeId }) => {
      const { store, clock } = reach();
      const { gaps, snapshots, holds, ...window } = await store.window(volumeId);
      return {
        ...window,
        latestMicros: findLatest(clock, window.head.micros),
        gaps: [...gaps],
        thinning: THINNING,
        snapshots: [...snapshots],
        holds: [...holds],
      };
    },
    resolve: async ({ volumeId, at }) => resolve(reach(), volumeId, at),
    histogram: async ({ volumeId, ...span }) => reach().store.histogram(volumeId, span),
    reserve: async (ask) => {
      const sources = reach();
      const { store, clock } = sources;
      const { volumeId, at, holdId, leaseMicros } = ask;
      await settleFor(sources, ask);
      const { snapshotId, ...resolved } = await resolve(sources, volumeId, at);
      const untilMicros = clock.nowMicros() + leaseMicros;
      // The commit, not the target once more: a commit may be made between the two.
      await store.hold(volumeId, { holdId, at: { commit: resolved.commit }, untilMicros });
      return { ...resolved, snapshotId, untilMicros };
    },
    release: async ({ volumeId, holdId }) => {
      await releaseIfThere(reach().store, volumeId, holdId);
      return {};
    },
    mark: async ({ volumeId, guardId, micros }) => {
      const sources = reach();
      const atMicros = micros ?? sources.clock.nowMicros();
      const { commit, micros: commitMicros } = await resolve(sources, volumeId, {
        micros: atMicros,
        acceptInexact: true,
      });
      await sources.store.guard(volumeId, [{ guardId, commit }]);
      return { commit, micros: commitMicros, atMicros };
    },
    deleteSnapshot: async ({ volumeId, snapshotId }) => {
      await ignoringUnknown(reach().store.deleteSnapshot(volumeId, snapshotId));
      return {};
    },
    usage: async ({ volumeId }) => {
      const { store } = reach();
      const ids = [volumeId];
      const [storage, figures, frees] = await Promise.all([store.storage(ids), store.figures(ids), store.frees(ids)]);
      const [volume, log] = [storage.get(volumeId), figures.get(volumeId)];
      if (!volume || !log) throw new AppError("NOT_FOUND", "This service has no data yet.");
      return { ...frees, logicalBytes: volume.logicalBytes, log };
    },
    figures: async ({ volumeIds }) => Object.fromEntries(await reach().store.figures(volumeIds)),
    totals: async () => findTotals(await reach().store.shares()),
    frees: ({ volumeIds }) => reach().store.frees(volumeIds),
    pauseUpkeep: async ({ forMs }) => ({ wasPaused: await reach().store.pauseUpkeep(forMs) }),
    damages: async ({ volumeIds }) => pickDamages(await reach().store.damages(), volumeIds && new Set(volumeIds)),
  };
}

function findTotals({
  logs,
  otherBytes,
}: Awaited<ReturnType<EngineStore["shares"]>>): Awaited<ReturnType<HistoryHandlers["totals"]>> {
  const sumOf = (figures: LogFigures) => Object.values(figures).reduce((sum, bytes) => sum + bytes, 0);
  return {
    diskBytes: logs.reduce((sum, { figures }) => sum + sumOf(figures), otherBytes),
    left: logs
      .filter(({ isLiving, heirs }) => !isLiving && heirs.length > 0)
      .map(({ figures: { keptForForksBytes }, heirs }) => ({
        keptForForksBytes,
        heirIds: heirs.map(({ volumeId }) => volumeId),
      })),
  };
}

/** The bytes of volumes as a list shows them; one whose figures are not known is left out. */
export async function sumStorage(
  store: Pick<EngineStore, "storage" | "figures">,
  volumeIds: readonly string[],
): Promise<Record<string, VolumeStorage>> {
  const [storage, figures] = await Promise.all([store.storage(volumeIds), store.figures(volumeIds)]);
  const known = [...storage].flatMap(([volumeId, { logicalBytes, writtenBytes: diskBytes }]) => {
    const log = figures.get(volumeId);
    return log
      ? [[volumeId, { logicalBytes, writtenBytes: log.headBytes + log.historyBytes, diskBytes }] as const]
      : [];
  });
  return Object.fromEntries(known);
}

/** What is damaged of these volumes, or of all; of each place only the volumes that were asked for. */
function pickDamages(report: ScrubReport, asked: ReadonlySet<string> | undefined): DamagesFacts {
  const damages = report.damages
    .map(({ volumeIds, ...damage }) => ({ ...damage, volumeIds: volumeIds.filter((id) => asked?.has(id) ?? true) }))
    .filter(({ volumeIds }) => volumeIds.length > 0 || !asked)
    .sort((left, right) => right.foundMicros - left.foundMicros);
  const counts: Record<string, number> = {};
  for (const id of damages.flatMap(({ volumeIds }) => volumeIds)) counts[id] = (counts[id] ?? 0) + 1;
  return { damages: damages.slice(0, DAMAGES_MAX), counts, scrubbedMicros: report.scrubbedMicros };
}

// What the store thins by when a window's limit in bytes is reached, mildest first.
const THINNING = [FINE_TICK_MICROS, COARSE_TICK_MICROS].map((onePerMicros) => ({
  olderThanMicros: EXACT_MICROS,
  onePerMicros,
}));

/** In a quiet time now names the newest commit; after the clock was set back that commit is later than now. */
const findLatest = (clock: Clock, headMicros: number): number => Math.max(clock.nowMicros(), headMicros);

type Found = Resolved & { readonly snapshotId?: string | undefined };

async function resolve(sources: HistorySources, volumeId: string, at: Target): Promise<Found> {
  const { store } = sources;
  if ("newestSnapshot" in at) {
    const { snapshotId, commit } = findNewest((await store.window(volumeId)).snapshots);
    return { ...(await store.resolve(volumeId, { commit })), snapshotId };
  }
  if ("snapshotId" in at) return { ...(await store.resolve(volumeId, at)), snapshotId: at.snapshotId };
  if ("commit" in at) return store.resolve(volumeId, at);
  await refuseFuture(sources, volumeId, at.micros);
  return store.resolve(volumeId, toAt(at));
}

const toAt = ({ micros, acceptInexact }: { micros: number; acceptInexact?: boolean | undefined }): At =>
  acceptInexact === undefined ? { micros } : { micros, acceptInexact };

function findNewest(snapshots: readonly Snapshot[]): Snapshot {
  const [newest] = [...snapshots].sort(
    (left, right) => right.commit - left.commit || right.takenMicros - left.takenMicros,
  );
  if (!newest) throw new AppError("NO_SNAPSHOT", "There is no snapshot.");
  return newest;
}

async function refuseFuture({ store, clock }: HistorySources, volumeId: string, micros: number): Promise<void> {
  if (micros <= clock.nowMicros()) return;
  const { earliest, head } = await store.window(volumeId);
  const latest = findLatest(clock, head.micros);
  if (micros <= latest) return;
  throw new AppError("TARGET_OUTSIDE_WAL_WINDOW", "That moment is in the future.", {
    details: { earliest: earliest.micros, latest },
  });
}

/** A target of now must find what was acknowledged before the request: it is committed first. */
async function settleFor(
  { store, findCompute, clock }: HistorySources,
  { serviceId, volumeId, at }: { serviceId: string; volumeId: string; at: Target },
): Promise<void> {
  if (!("micros" in at)) return;
  const { head } = await store.window(volumeId);
  if (at.micros >= head.micros) await settle(findCompute(serviceId), clock, "target");
}

async function ignoringUnknown(done: Promise<void>): Promise<void> {
  try {
    await done;
  } catch (error) {
    if (!(error instanceof AppError) || (error.code !== "NOT_FOUND" && error.code !== "NO_SNAPSHOT")) throw error;
  }
}
