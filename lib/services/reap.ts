import type { Transaction } from "@/lib/db";
import { systemActor } from "@/lib/schemas/actor";
import { type CallOptions, type ServicesContext, servicesContext } from "./context";
import { lockServiceRow } from "./find-service-row";
import { IDEMPOTENCY_KEPT_MS } from "./idempotency";
import { deleteService } from "./request-delete";
import { purgeService } from "./request-purge";
import { SEAL_KEPT_MS } from "./sealed-password";
import { isBeingPurged, isFailed, isLive, isRestorable, statesWhere } from "./service-state";

const hasEnd = statesWhere((state) => isLive(state) || isFailed(state));
// Also one whose deletion gave up, and one whose purge did.
const waitsForPurge = statesWhere((state) => isRestorable(state) || isBeingPurged(state));
const hasGrace = statesWhere(isRestorable);

/** When the next fork's life or the next grace ends, in milliseconds since the epoch; undefined when none does. */
export async function findNextDue(options: CallOptions = {}): Promise<number | undefined> {
  const { db } = servicesContext(options);
  const [end, purge] = await Promise.all([
    db.service.aggregate({ where: { status: { in: hasEnd } }, _min: { expiresAt: true } }),
    db.service.aggregate({ where: { status: { in: hasGrace } }, _min: { purgeAt: true } }),
  ]);
  const dues = [end._min.expiresAt, purge._min.purgeAt].flatMap((due) => (due === null ? [] : [due.getTime()]));
  return dues.length === 0 ? undefined : Math.min(...dues);
}

/** What a pass did: operations asked for, and what was forgotten. */
export interface Reaped {
  readonly expired: number;
  readonly purged: number;
  readonly sealsErased: number;
  readonly keysForgotten: number;
}

/**
 * Asks for the end of everything whose time is over at `nowMs`: forks past their TTL are deleted, deleted services past their
 * grace are purged, passwords that nobody looked at and old idempotency keys are forgotten. Harmless to repeat. What could not
 * be ended is thrown after the rest.
 */
export async function reapDue(nowMs: number, options: CallOptions = {}): Promise<Reaped> {
  const context = servicesContext(options);
  const now = new Date(nowMs);
  const pass: Pass = { context, nowMs, problems: [] };
  const reaped = {
    expired: await endEach(pass, { status: { in: hasEnd }, expiresAt: { lte: now } }),
    purged: await endEach(pass, { status: { in: waitsForPurge }, purgeAt: { lte: now } }),
    sealsErased: await eraseOldSeals(context, nowMs),
    keysForgotten: await forgetOldKeys(context, nowMs),
  };
  if (pass.problems.length > 0)
    throw new AggregateError(pass.problems, `${pass.problems.length} services that are due could not be ended`);
  return reaped;
}

interface Pass {
  readonly context: ServicesContext;
  readonly nowMs: number;
  readonly problems: unknown[];
}

type DueServices = NonNullable<Parameters<ServicesContext["db"]["service"]["findMany"]>[0]>["where"];

// Each in a transaction of its own: one that cannot end keeps no other alive.
async function endEach({ context: { db }, nowMs, problems }: Pass, where: DueServices): Promise<number> {
  const due = await db.service.findMany({ where, select: { id: true, projectId: true } });
  let count = 0;
  for (const one of due)
    try {
      if (await db.$transaction((tx) => endOne(tx, one, nowMs))) count++;
    } catch (error) {
      problems.push(error);
    }
  return count;
}

// Decided again with the row held: a person may have extended, restored or deleted it since it was found.
async function endOne(
  tx: Transaction,
  { id, projectId }: { id: string; projectId: string },
  nowMs: number,
): Promise<boolean> {
  const actor = systemActor(projectId, "ttl");
  const row = await lockServiceRow(tx, actor, id);
  if (waitsForPurge.includes(row.status))
    return row.purgeAt !== null && row.purgeAt.getTime() <= nowMs && purgeService(tx, row, { actor, nowMs });
  const isOver = row.expiresAt !== null && row.expiresAt.getTime() <= nowMs;
  return isOver && hasEnd.includes(row.status) && deleteService(tx, row, { actor, nowMs });
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
