import { isTemplateVolume } from "@/lib/compute";
import type { Database } from "@/lib/db";
import { findStrayJobs } from "@/lib/orchestrator";
import { listOwned, type Owned } from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import type { Log } from "@/lib/std/log";
import type { EngineStore } from "./engine-store";

export interface ReconcileSources {
  readonly db: Database;
  readonly store: Pick<EngineStore, "list" | "window">;
  /** What runs and what is open. */
  readonly services: { list(): { running: string[]; open: string[] } };
  /** A job is left behind when it has waited for so long; a minute. */
  readonly jobsDueForMs?: number;
}

const JOBS_DUE_FOR_MS = 60_000;

/** What is there and belongs to nobody. */
export interface Strays {
  readonly volumes: string[];
  /** Services whose port is open, or whose Postgres runs, although their state says otherwise. */
  readonly open: string[];
  readonly running: string[];
  /** `volume: hold`, of operations that have ended. */
  readonly holds: string[];
  readonly jobs: string[];
}

/** Compares what the engine holds with the rows. It only reports: what is left behind costs space, and a wrong guess costs data. */
export async function reconcile(sources: ReconcileSources): Promise<Strays> {
  const { db, store, services, jobsDueForMs = JOBS_DUE_FOR_MS } = sources;
  // First what is there: what is made meanwhile is in the rows by the time that they are read.
  const there = services.list();
  const volumes = (await store.list()).map(({ volumeId }) => volumeId).filter((id) => !isTemplateVolume(id));
  const jobs = await findStrayJobs(db, jobsDueForMs);
  const owned = await listOwned(db);
  return {
    volumes: volumes.filter((id) => !owned.volumes.has(id)),
    open: there.open.filter((id) => !owned.open.has(id)),
    running: there.running.filter((id) => !owned.running.has(id)),
    holds: (await Promise.all(volumes.map((id) => findStrayHolds(store, id, owned)))).flat(),
    jobs,
  };
}

async function findStrayHolds(store: ReconcileSources["store"], volumeId: string, owned: Owned): Promise<string[]> {
  const holds = await store.window(volumeId).then(
    (window) => window.holds,
    (error: unknown) => {
      // It went while this was read, or is damaged, which the scrub reports.
      if (error instanceof AppError) return [];
      throw error;
    },
  );
  return holds
    .filter(({ holdId }) => owned.holders.has(holdId) && !owned.heldFor.has(holdId))
    .map(({ holdId }) => `${volumeId}: ${holdId}`);
}

/** The same, for the log of a starting engine. */
export async function reportStrays(sources: ReconcileSources, log: Log): Promise<void> {
  try {
    const strays = await reconcile(sources);
    const count = Object.values(strays).flat().length;
    if (count > 0) log.warn({ ...strays }, `${count} things are there that belong to no service or operation`);
  } catch (err) {
    log.warn({ err }, "What is there could not be compared with what should be.");
  }
}
