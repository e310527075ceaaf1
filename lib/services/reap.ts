import type { Transaction } from "@/lib/db";
import { forgetProgress } from "@/lib/orchestrator";
import { systemActor } from "@/lib/schemas/actor";
import { askFor } from "./ask-for";
import { type CallOptions, type ServicesContext, servicesContext } from "./context";
import { expireService } from "./expire";
import { lockServiceRow, type ServiceRow } from "./find-service-row";
import { IDEMPOTENCY_KEPT_MS } from "./idempotency";
import { type FindClients, isConnected } from "./lifetime/connected";
import { findPostponedEndMs, postponeEnd } from "./lifetime/postpone";
import { findNextWarning, forgetWarnings, warnDue } from "./lifetime/warn-due";
import { deleteService } from "./request-delete";
import { purgeService } from "./request-purge";
import { postponeFree } from "./reset/switch-volume";
import { SEAL_KEPT_MS } from "./sealed-password";
import { isBeingPurged, isEnding, isFailed, isLive, isPurged, isRestorable, statesWhere } from "./service-state";

const hasEnd = statesWhere((state) => isLive(state) || isFailed(state));
// One whose end gave up is ended again, also when a person asked for it before its time.
const ending = statesWhere(isEnding);
const overSince = (now: Date) => ({
  OR: [
    { status: { in: hasEnd }, expiresAt: { lte: now } },
    { status: { in: ending }, expiredAt: { lte: now } },
  ],
});
// Also one whose deletion gave up, and one whose purge did.
const waitsForPurge = statesWhere((state) => isRestorable(state) || isBeingPurged(state));
const hasGrace = statesWhere(isRestorable);
// A purge takes what resets left with it.
const freeable = { service: { status: { in: statesWhere((state) => !isBeingPurged(state) && !isPurged(state)) } } };

/** When the next fork's life or the next grace ends, or the next warning of an end is due; undefined when none is. */
export async function findNextDue(nowMs: number, options: CallOptions = {}): Promise<number | undefined> {
  const { db } = servicesContext(options);
  const [warning, end, ended, purge, free] = await Promise.all([
    findNextWarning(db, nowMs),
    db.service.aggregate({ where: { status: { in: hasEnd } }, _min: { expiresAt: true } }),
    db.service.aggregate({ where: { status: { in: ending } }, _min: { expiredAt: true } }),
    db.service.aggregate({ where: { status: { in: hasGrace } }, _min: { purgeAt: true } }),
    db.retiredVolume.aggregate({ where: freeable, _min: { purgeAt: true } }),
  ]);
  const dues = [end._min.expiresAt, ended._min.expiredAt, purge._min.purgeAt, free._min.purgeAt].flatMap((due) =>
    due === null ? [] : [due.getTime()],
  );
  const all = warning === undefined ? dues : [...dues, warning];
  return all.length === 0 ? undefined : Math.min(...all);
}

/** What a pass did: operations asked for, and what was forgotten. */
export interface Reaped {
  readonly expired: number;
  /** Ends that were put off because clients are connected. */
  readonly postponed: number;
  /** Warnings before ends. */
  readonly warned: number;
  readonly purged: number;
  /** Volumes of before a reset whose grace is over. */
  readonly freed: number;
  readonly sealsErased: number;
  readonly keysForgotten: number;
  readonly progressForgotten: number;
}

export interface ReapOptions extends CallOptions {
  /** Without it nobody is connected. */
  readonly findClients?: FindClients;
}

/**
 * Asks for the end of everything whose time is over at `nowMs`: forks past their TTL expire, or are put off once while somebody
 * works with them, ends that come near are warned of, what has expired or was deleted is
 * purged after its grace, what a reset kept is given back after its own; passwords that nobody looked at, old idempotency keys and
 * progress are forgotten. Harmless to repeat. What could not be ended is thrown after the rest.
 */
export async function reapDue(nowMs: number, options: ReapOptions = {}): Promise<Reaped> {
  const context = servicesContext(options);
  const now = new Date(nowMs);
  const findConnected = (id: string) =>
    (options.findClients?.(id) ?? []).filter((one) => isConnected(one, nowMs)).length;
  const pass: Pass = { context, nowMs, findConnected, problems: [], postponed: 0 };
  const reaped = {
    expired: await endEach(pass, overSince(now)),
    purged: await endEach(pass, { status: { in: waitsForPurge }, purgeAt: { lte: now } }),
    freed: await freeEach(pass),
    warned: await warnEach(pass),
    sealsErased: await eraseOldSeals(context, nowMs),
    keysForgotten: await forgetOldKeys(context, nowMs),
    progressForgotten: await forgetProgress(context.db, nowMs),
  };
  await forgetWarnings(context.db, nowMs);
  if (pass.problems.length > 0)
    throw new AggregateError(pass.problems, `${pass.problems.length} services that are due could not be ended`);
  return { ...reaped, postponed: pass.postponed };
}

interface Pass {
  readonly context: ServicesContext;
  readonly nowMs: number;
  /** How many clients work with a service now. */
  readonly findConnected: (serviceId: string) => number;
  readonly problems: unknown[];
  postponed: number;
}

const warnEach = ({ context: { db, sendsMail }, nowMs, findConnected, problems }: Pass): Promise<number> =>
  warnDue(db, { nowMs, countClients: findConnected, sendsMail, onProblem: (error) => problems.push(error) });

type DueServices = NonNullable<Parameters<ServicesContext["db"]["service"]["findMany"]>[0]>["where"];

// Each in a transaction of its own: one that cannot end keeps no other alive.
async function endEach(pass: Pass, where: DueServices): Promise<number> {
  const { context, problems } = pass;
  const { db } = context;
  const due = await db.service.findMany({ where, select: { id: true, projectId: true } });
  let count = 0;
  for (const one of due)
    try {
      if (await db.$transaction((tx) => endOne(tx, one, pass))) count++;
    } catch (error) {
      problems.push(error);
    }
  return count;
}

// Decided again with the row held: a person may have extended, restored or deleted it since it was found.
async function endOne(
  tx: Transaction,
  { id, projectId }: { id: string; projectId: string },
  pass: Pass,
): Promise<boolean> {
  const { nowMs } = pass;
  const actor = systemActor(projectId, "ttl");
  const row = await lockServiceRow(tx, actor, id);
  if (waitsForPurge.includes(row.status) && row.purgeAt !== null && row.purgeAt.getTime() <= nowMs)
    return purgeService(tx, row, { actor, nowMs });
  const isOver = row.expiresAt !== null && row.expiresAt.getTime() <= nowMs && hasEnd.includes(row.status);
  if (!isOver && !ending.includes(row.status)) return false;
  if (isLive(row.status) && (await postponeOne(tx, row, pass))) return false;
  // Of one that failed there is nothing to keep.
  return isFailed(row.status) ? deleteService(tx, row, { actor, nowMs }) : expireService(tx, row, { actor, nowMs });
}

async function postponeOne(tx: Transaction, row: ServiceRow, pass: Pass): Promise<boolean> {
  const { context, nowMs, findConnected } = pass;
  const clients = findConnected(row.id);
  if (clients === 0) return false;
  const policy = await tx.project.findUniqueOrThrow({ where: { id: row.projectId } });
  const endMs = findPostponedEndMs(row, policy, nowMs);
  if (endMs === undefined) return false;
  const actor = systemActor(row.projectId, "ttl");
  await postponeEnd(tx, { row, endMs }, { actor, nowMs, clients, sendsMail: context.sendsMail });
  pass.postponed++;
  return true;
}

async function freeEach({ context: { db }, nowMs, problems }: Pass): Promise<number> {
  const due = await db.retiredVolume.findMany({
    where: { ...freeable, purgeAt: { lte: new Date(nowMs) } },
    include: { service: true },
  });
  let count = 0;
  for (const { volumeId, service } of due)
    try {
      await db.$transaction(async (tx) => {
        await postponeFree(tx, volumeId, nowMs);
        const by = systemActor(service.projectId, "ttl").name;
        await askFor(tx, { kind: "free", service, by, nowMs, input: { volumeId } });
      });
      count++;
    } catch (error) {
      problems.push(error);
    }
  return count;
}

async function eraseOldSeals({ db }: ServicesContext, nowMs: number): Promise<number> {
  const { count } = await db.service.updateMany({
    where: { sealedPassword: { not: null }, passwordSealedAt: { lt: new Date(nowMs - SEAL_KEPT_MS) } },
    data: { sealedPassword: null, passwordSealedAt: null },
  });
  return count;
}

async function forgetOldKeys({ db }: ServicesContext, nowMs: number): Promise<number> {
  const { count } = await db.idempotencyKey.deleteMany({
    where: { createdAt: { lte: new Date(nowMs - IDEMPOTENCY_KEPT_MS) } },
  });
  return count;
}
