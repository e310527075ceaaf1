import type { Database, Delivery } from "@/lib/db";

/** Pauses after each attempt. With the last one over, a message is given up: about twelve hours after it was written. */
const PAUSES_S = [5, 30, 120, 600, 3_600, 10_800, 28_800];
export const ATTEMPTS_MAX = PAUSES_S.length + 1;

const KEPT_MS = 7 * 86_400_000;

/** Messages to send now, the oldest of each receiver: one that is slow keeps nobody else waiting, and gets its own in order. */
export async function takeDue(
  db: Database,
  { nowMs, busy, limit }: { nowMs: number; busy: readonly string[]; limit: number },
): Promise<Delivery[]> {
  const due = await db.$queryRaw<{ id: string }[]>`
    SELECT DISTINCT ON (target) id FROM deliveries
    WHERE next_at <= ${new Date(nowMs)} AND NOT target = ANY(${[...busy]}::text[])
    ORDER BY target, next_at, created_at LIMIT ${limit}`;
  return db.delivery.findMany({ where: { id: { in: due.map(({ id }) => id) } } });
}

/**
 * Counts an attempt before it is made, and sets when the next one is if this one never ends: a crash sends twice at worst, and
 * never for ever. False when somebody else took it.
 */
export async function recordAttempt(db: Database, { id, attempt }: Delivery, nowMs: number): Promise<boolean> {
  const pauseMs = (PAUSES_S[attempt] ?? PAUSES_S.at(-1) ?? 0) * 1000;
  const { count } = await db.delivery.updateMany({
    where: { id, attempt, deliveredAt: null },
    data: { attempt: attempt + 1, nextAt: new Date(nowMs + pauseMs) },
  });
  return count === 1;
}

export async function recordTaken(db: Database, id: string, nowMs: number): Promise<void> {
  await db.delivery.update({ where: { id }, data: { deliveredAt: new Date(nowMs), nextAt: null, error: null } });
}

/** Why it was not taken; `isFinal`: and that it is not tried again. */
export async function recordRefused(
  db: Database,
  { id, reason, isFinal }: { id: string; reason: string; isFinal: boolean },
): Promise<void> {
  const error = isFinal ? `${reason} Given up.` : reason;
  await db.delivery.update({ where: { id }, data: { error, ...(isFinal && { nextAt: null }) } });
}

/** Forgets what was taken or given up a week ago. */
export async function forgetOld(db: Database, nowMs: number): Promise<void> {
  await db.delivery.deleteMany({ where: { nextAt: null, createdAt: { lt: new Date(nowMs - KEPT_MS) } } });
}
