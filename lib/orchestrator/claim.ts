import { type Database, Prisma } from "@/lib/db";
import type { OperationFacts } from "./handler";
import { tellOperation } from "./progress";

/** The right to perform an operation, until its lease ends or a newer claim takes a higher token. */
export interface Claim {
  readonly operation: OperationFacts;
  readonly fencingToken: number;
  /** Attempts at the step that is next, this one included: also those that ended in a crash count. */
  readonly attempt: number;
  readonly steps: readonly ClaimedStep[];
  /** What the last attempt ended with. */
  readonly lastError: string | null;
}

export interface ClaimedStep {
  readonly position: number;
  readonly name: string;
  readonly isDone: boolean;
  readonly result: Prisma.JsonValue;
}

export type ClaimOutcome =
  | { readonly outcome: "claimed"; readonly claim: Claim }
  /** There is nothing left to do, or no such operation. */
  | { readonly outcome: "finished" }
  /** Somebody else holds the lease, or an earlier operation of the same service is not finished. */
  | { readonly outcome: "later"; readonly retryInMs: number };

// Room for a slow disk and a full pool; a transaction that takes longer has another problem.
export const TRANSACTION = { maxWait: 10_000, timeout: 15_000 };

export interface ClaimOptions {
  readonly leaseMs: number;
  readonly nowMs: number;
}

// How long to wait before looking again at an operation that an earlier one of its service holds back; that one's end
// wakes it, so this only covers the moment in which both happen at once.
const BLOCKED_RETRY_MS = 1_000;

/**
 * Takes the operation if it is free: unfinished, without a living lease, and first in its service's line. Operations of
 * one service run one after the other, in the order in which they were asked for; one that has begun goes on first.
 */
export async function claimOperation(db: Database, id: string, options: ClaimOptions): Promise<ClaimOutcome> {
  return db.$transaction(async (tx) => {
    // Two claims for one service at once would each not see the other's.
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('operations of ' || service_id, 0))
      FROM operations WHERE id = ${id}`;
    const taken = await tx.$executeRaw`
      UPDATE operations AS o SET state = 'RUNNING', attempt = attempt + 1, fencing_token = fencing_token + 1,
        lease_expires_at = clock_timestamp() + ${options.leaseMs}::float8 * interval '1 millisecond',
        started_at = coalesce(started_at, ${new Date(options.nowMs)})
      WHERE id = ${id} AND state IN ('QUEUED', 'RUNNING') AND ${isUnleased} AND (state = 'RUNNING' OR NOT ${isBlocked})`;
    if (taken === 0) return findReason(tx, id);
    const row = await tx.operation.findUniqueOrThrow({
      where: { id },
      include: { steps: { orderBy: { position: "asc" } } },
    });
    await tellOperation(tx, id, options.nowMs);
    return { outcome: "claimed", claim: toClaim(row) };
  }, TRANSACTION);
}

// Leases are on the database's clock: the clocks of two engines may differ.
const isUnleased = Prisma.sql`(lease_expires_at IS NULL OR lease_expires_at <= clock_timestamp())`;

const isBlocked = Prisma.sql`EXISTS (
  SELECT 1 FROM operations AS other WHERE other.service_id = o.service_id AND other.id <> o.id
    AND (other.state = 'RUNNING' OR other.state = 'QUEUED' AND (other.requested_at, other.id) < (o.requested_at, o.id)))`;

async function findReason(tx: Prisma.TransactionClient, id: string): Promise<ClaimOutcome> {
  const [row] = await tx.$queryRaw<{ state: string; lease_ms: number | null }[]>`
    SELECT state::text, (extract(epoch FROM lease_expires_at - clock_timestamp()) * 1000)::float8 AS lease_ms
    FROM operations WHERE id = ${id}`;
  if (!row || (row.state !== "QUEUED" && row.state !== "RUNNING")) return { outcome: "finished" };
  return { outcome: "later", retryInMs: Math.max(BLOCKED_RETRY_MS, row.lease_ms ?? 0) };
}

type OperationRow = Prisma.OperationGetPayload<{ include: { steps: true } }>;

function toClaim(row: OperationRow): Claim {
  const { id, projectId, serviceId, kind, input, requestedBy } = row;
  return {
    operation: { id, projectId, serviceId, kind, input, requestedBy, requestedAtMs: row.requestedAt.getTime() },
    fencingToken: row.fencingToken,
    attempt: row.attempt,
    lastError: row.error,
    steps: row.steps.map(({ position, name, state, result }) => ({
      position,
      name,
      isDone: state === "SUCCEEDED",
      result,
    })),
  };
}
