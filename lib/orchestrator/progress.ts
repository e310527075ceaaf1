import type { Database, Prisma, Transaction } from "@/lib/db";

export interface NewProgress {
  readonly projectId: string;
  /** `operation`, `service`, `warning`. */
  readonly kind: string;
  readonly payload: Prisma.InputJsonObject;
  readonly nowMs: number;
}

/** The channel that says "look": what there is to see is in the table. */
export const PROGRESS_CHANNEL = "offshoot_progress";

/**
 * Tells an open console what changes with this transaction. Call it last: it takes the project's next number with the project's
 * row held, so numbers become visible in their order and whoever has read one has missed none before it.
 */
export async function emitProgress(tx: Transaction, { projectId, kind, payload, nowMs }: NewProgress): Promise<void> {
  const [project] = await tx.$queryRaw<{ seq: bigint }[]>`
    UPDATE projects SET progress_seq = progress_seq + 1 WHERE id = ${projectId} RETURNING progress_seq AS seq`;
  if (!project) return;
  await tx.progressEvent.create({ data: { projectId, seq: project.seq, at: new Date(nowMs), kind, payload } });
  await tx.$queryRaw`SELECT pg_notify(${PROGRESS_CHANNEL}, ${projectId})::text`;
}

/** The same, about an operation as it is now. */
export async function tellOperation(tx: Transaction, operationId: string, nowMs: number): Promise<void> {
  const { projectId, serviceId, kind, state, error, steps } = await tx.operation.findUniqueOrThrow({
    where: { id: operationId },
    include: { steps: { where: { state: { in: ["RUNNING", "FAILED"] } }, orderBy: { position: "desc" }, take: 1 } },
  });
  const [step] = steps;
  const where = { step: step?.name ?? null, percent: step?.percent ?? null };
  const payload = { operation_id: operationId, service_id: serviceId, operation: kind, state, error, ...where };
  await emitProgress(tx, { projectId, kind: "operation", payload, nowMs });
}

export interface ProgressEvent {
  readonly seq: bigint;
  readonly atMs: number;
  readonly kind: string;
  readonly payload: Prisma.JsonValue;
}

export interface ProgressRead {
  /** In order, without a gap after `after`; empty when some were forgotten meanwhile. */
  readonly events: readonly ProgressEvent[];
  /** Events after `after` are gone: whoever asks has to look at everything anew, and goes on from `newest`. */
  readonly isCut: boolean;
  readonly newest: bigint;
}

const READ_AT_ONCE = 500;

/** What was told after the number `after`; without it nothing but where the project is. */
export async function readProgress(
  db: Database,
  { projectId, after }: { projectId: string; after?: bigint },
): Promise<ProgressRead> {
  // First: whatever had a number by then is found below, unless it was forgotten.
  const project = await db.project.findUnique({ where: { id: projectId }, select: { progressSeq: true } });
  const newest = project?.progressSeq ?? 0n;
  if (after === undefined || after === newest) return { events: [], isCut: false, newest };
  const rows = await db.progressEvent.findMany({
    where: { projectId, seq: { gt: after } },
    orderBy: { seq: "asc" },
    take: READ_AT_ONCE,
  });
  if (rows[0]?.seq !== after + 1n) return { events: [], isCut: true, newest };
  const events = rows.map(({ seq, at, kind, payload }) => ({ seq, atMs: at.getTime(), kind, payload }));
  return { events, isCut: false, newest };
}

/** A console that was away for longer loads its page anew. */
export const PROGRESS_KEPT_MS = 3_600_000;

/** Forgets what was told longer ago than that; how many events. */
export async function forgetProgress(db: Database, nowMs: number): Promise<number> {
  const { count } = await db.progressEvent.deleteMany({ where: { at: { lt: new Date(nowMs - PROGRESS_KEPT_MS) } } });
  return count;
}
