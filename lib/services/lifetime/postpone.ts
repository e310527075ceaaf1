import type { Project, Transaction } from "@/lib/db";
import { emitProgress } from "@/lib/orchestrator";
import type { Actor } from "@/lib/schemas/actor";
import type { ServiceRow } from "../find-service-row";
import { recordChange } from "../record-change";
import { queueWarning } from "./queue-warning";

export interface PostponeOptions {
  readonly actor: Actor;
  readonly nowMs: number;
  /** How many clients are connected. */
  readonly clients: number;
  readonly sendsMail: boolean;
}

/**
 * The end of a fork with clients after a postponement: once for each end, by what the policy grants, and never by more than the
 * life that was asked for. Undefined when it ends now, as when the engine comes back so late that this would be over too.
 */
export function findPostponedEndMs(
  row: Pick<ServiceRow, "expiresAt" | "ttlSeconds" | "postponed">,
  { onExpiry, postponeSeconds }: Pick<Project, "onExpiry" | "postponeSeconds">,
  nowMs: number,
): number | undefined {
  if (onExpiry !== "postpone" || row.postponed > 0 || !row.expiresAt || row.ttlSeconds === null) return undefined;
  const endMs = row.expiresAt.getTime() + Math.min(row.ttlSeconds, postponeSeconds) * 1000;
  return endMs > nowMs ? endMs : undefined;
}

/** Puts off the end of a fork whose row is held, and says so. */
export async function postponeEnd(
  tx: Transaction,
  { row, endMs }: { row: ServiceRow; endMs: number },
  { actor, nowMs, clients, sendsMail }: PostponeOptions,
): Promise<void> {
  const after = { expiresAt: new Date(endMs), postponed: row.postponed + 1 };
  const moved = await tx.service.update({ where: { id: row.id }, data: after });
  await queueWarning(tx, { service: moved, event: "fork.postponed", clients, nowMs, sendsMail });
  const payload = { service_id: row.id, postponed: true, expires_at: after.expiresAt.toISOString(), clients };
  await recordChange(tx, { actor, action: "service.extend", service: row, before: row, after, nowMs });
  await emitProgress(tx, { projectId: row.projectId, kind: "warning", payload, nowMs });
}
