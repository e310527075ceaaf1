import type { Project } from "@/lib/db";
import { AppError } from "@/lib/std/app-error";
import type { Db } from "../move-service";
import { hasExpired, isLive, isPaused, isPausing, type ServiceState, statesWhere } from "../service-state";

export type Quota = "forks" | "running" | "store_bytes";

/** Of these a Postgres runs, or is about to. */
const isRunning = (state: ServiceState) => isLive(state) && !isPaused(state) && !isPausing(state);
const isKept = (state: ServiceState) => isLive(state) || hasExpired(state);

type Limits = Pick<Project, "id" | "maxForks" | "maxRunning" | "maxStoreBytes">;

/** One more fork is within the project's quota. Asked under the lock that all new rows are written under. */
export async function assertForksLeft(db: Db, { id: projectId, maxForks }: Limits): Promise<void> {
  const where = { projectId, forkedFromId: { not: null }, status: { in: statesWhere(isKept) } };
  const used = await db.service.count({ where });
  if (used < maxForks) return;
  throw exceeded("forks", { limit: maxForks, used, sentence: `This project has ${used} of ${maxForks} forks.` });
}

/** One more running Postgres is within the project's quota. */
export async function assertRunningLeft(db: Db, { id: projectId, maxRunning }: Limits): Promise<void> {
  const used = await db.service.count({ where: { projectId, status: { in: statesWhere(isRunning) } } });
  if (used < maxRunning) return;
  const sentence = `${used} of ${maxRunning} services of this project are running.`;
  throw exceeded("running", { limit: maxRunning, used, sentence });
}

/** Bytes that the project's services have on the disk are below the project's quota. */
export function assertBytesLeft({ maxStoreBytes }: Limits, usedBytes: number): void {
  if (maxStoreBytes === null || usedBytes < maxStoreBytes) return;
  const sentence = `This project has ${usedBytes} of ${maxStoreBytes} bytes of the store.`;
  throw exceeded("store_bytes", { limit: Number(maxStoreBytes), used: usedBytes, sentence });
}

const INSTEAD: Readonly<Record<Quota, string>> = {
  forks: "Delete one, or ask an admin for more.",
  running: "Pause or delete one, or ask an admin for more.",
  store_bytes: "Delete something, purge what is deleted, or ask an admin for more.",
};

const exceeded = (
  quota: Quota,
  { limit, used, sentence }: { limit: number; used: number; sentence: string },
): AppError => new AppError("QUOTA", `${sentence} ${INSTEAD[quota]}`, { details: { quota, limit, used } });
