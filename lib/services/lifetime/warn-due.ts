import type { Database, Service, Transaction } from "@/lib/db";
import { emitProgress } from "@/lib/orchestrator";
import { isLive, statesWhere } from "../service-state";
import { queueWarning } from "./queue-warning";
import { findDueWarning, findNextWarningMs } from "./warnings";

const living = statesWhere(isLive);

export interface WarnOptions {
  readonly nowMs: number;
  readonly countClients: (serviceId: string) => number;
  readonly sendsMail: boolean;
  onProblem(error: unknown): void;
}

/** When the next warning before any fork's end becomes due; undefined when none does. */
export async function findNextWarning(db: Database, nowMs: number): Promise<number | undefined> {
  const forks = await listEnding(db, nowMs);
  const dues = forks.flatMap((fork) => findNextWarningMs(fork, nowMs) ?? []);
  return dues.length === 0 ? undefined : Math.min(...dues);
}

/** Gives each warning that is due, once for an end and a threshold; how many. */
export async function warnDue(db: Database, options: WarnOptions): Promise<number> {
  const { nowMs, onProblem } = options;
  const forks = await listEnding(db, nowMs);
  const due = forks.filter((fork) => findDueWarning(fork, nowMs) !== undefined);
  const given = await db.expiryWarning.findMany({ where: { serviceId: { in: due.map(({ id }) => id) } } });
  const known = new Set(given.map(({ serviceId, expiresAt, threshold }) => keyOf(serviceId, expiresAt, threshold)));
  const missing = due.filter((fork) => !known.has(keyOf(fork.id, fork.expiresAt, findDueWarning(fork, nowMs))));
  let count = 0;
  for (const { id } of missing)
    try {
      if (await db.$transaction((tx) => warn(tx, id, options))) count++;
    } catch (error) {
      onProblem(error);
    }
  return count;
}

const keyOf = (serviceId: string, expiresAt: Date | null, threshold: string | undefined): string =>
  `${serviceId} ${expiresAt?.getTime()} ${threshold}`;

/** Forks that live and have an end to come. */
const listEnding = (db: Database, nowMs: number): Promise<Pick<Service, "id" | "expiresAt" | "ttlSeconds">[]> =>
  db.service.findMany({
    where: { status: { in: living }, expiresAt: { gt: new Date(nowMs) }, ttlSeconds: { not: null } },
    select: { id: true, expiresAt: true, ttlSeconds: true },
  });

// Decided again with the row held: a person may have extended it since it was found.
async function warn(tx: Transaction, id: string, { nowMs, countClients, sendsMail }: WarnOptions): Promise<boolean> {
  await tx.$queryRaw`SELECT 1 FROM services WHERE id = ${id} FOR UPDATE`;
  const service = await tx.service.findUniqueOrThrow({ where: { id } });
  const threshold = findDueWarning(service, nowMs);
  if (!threshold || !service.expiresAt || !living.includes(service.status)) return false;
  const row = { serviceId: id, expiresAt: service.expiresAt, threshold, warnedAt: new Date(nowMs) };
  const { count } = await tx.expiryWarning.createMany({ data: row, skipDuplicates: true });
  if (count === 0) return false;
  const clients = countClients(id);
  await queueWarning(tx, { service, event: "fork.expiring", threshold, clients, nowMs, sendsMail });
  const payload = { service_id: id, threshold, expires_at: service.expiresAt.toISOString(), clients };
  await emitProgress(tx, { projectId: service.projectId, kind: "warning", payload, nowMs });
  return true;
}

const KEPT_MS = 7 * 86_400_000;

/** Forgets which warnings were given before ends that are long past. */
export async function forgetWarnings(db: Database, nowMs: number): Promise<void> {
  await db.expiryWarning.deleteMany({ where: { expiresAt: { lt: new Date(nowMs - KEPT_MS) } } });
}
