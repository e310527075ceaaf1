import { authorize } from "@/lib/auth";
import type { Transaction } from "@/lib/db";
import type { Actor } from "@/lib/schemas/actor";
import type { ServiceDto } from "@/lib/schemas/service";
import { assert } from "@/lib/std/assert";
import { askFor } from "./ask-for";
import { type CallOptions, servicesContext } from "./context";
import { lockServiceRow, type ServiceRow, serviceNotFound } from "./find-service-row";
import { getService } from "./get-service";
import { moveService } from "./move-service";
import { recordChange } from "./record-change";
import { assertUnprotected } from "./safety/protection";
import { hasExpired, isBeingDeleted, isFailed, isLive } from "./service-state";

/**
 * Asks for a deletion. From this moment the name is free and the service is in Recently deleted, restorable until
 * `purge_at`; its forks live on. Asking again changes nothing. A failed service has nothing to keep and is purged.
 */
export async function requestDelete(actor: Actor, serviceId: string, options: CallOptions = {}): Promise<ServiceDto> {
  const context = servicesContext(options);
  const gone = await context.db.$transaction(async (tx) => {
    const row = await lockServiceRow(tx, actor, serviceId);
    const isKnown = isLive(row.status) || hasExpired(row.status) || isBeingDeleted(row.status) || isFailed(row.status);
    if (!isKnown) throw serviceNotFound();
    authorize(actor, "service.delete", row);
    if (isLive(row.status) || hasExpired(row.status)) await assertUnprotected(tx, row, "deleted");
    return deleteService(tx, row, { actor, nowMs: context.clock.nowMs() });
  });
  assert(gone, "a service whose row is held moves as the table says");
  return getService(actor, serviceId, { context, deletedToo: true });
}

/** Deletes a service whose row is locked; false when it is not in a state to be deleted. */
export async function deleteService(
  tx: Transaction,
  row: ServiceRow,
  { actor, nowMs }: { actor: Actor; nowMs: number },
): Promise<boolean> {
  const by = actor.name;
  const change = { actor, action: "service.delete", service: row, before: row, nowMs } as const;
  if (isBeingDeleted(row.status)) {
    // Its operation gave up (the machine was in trouble for long): the person asks again, and so do we.
    const isUnderWay = row.operations.some((one) => one.kind === "delete" && one.finishedAt === null);
    if (isUnderWay) return true;
    await askFor(tx, { kind: "delete", service: row, by, nowMs });
    await recordChange(tx, { ...change, after: {} });
    return true;
  }
  const { kind, to, graceSeconds } = await planDeletion(tx, row);
  const purgeAt = new Date(nowMs + graceSeconds * 1000);
  const patch = { deletedAt: new Date(nowMs), deletedBy: by, purgeAt };
  if (!(await moveService(tx, { serviceId: row.id, to, patch }))) return false;
  await askFor(tx, { kind, service: row, by, nowMs });
  await recordChange(tx, { ...change, after: patch });
  return true;
}

async function planDeletion(tx: Transaction, { status, projectId }: ServiceRow) {
  if (isFailed(status)) return { kind: "purge", to: "PURGING", graceSeconds: 0 } as const;
  const { graceSeconds } = await tx.project.findUniqueOrThrow({ where: { id: projectId } });
  return { kind: "delete", to: "DELETING", graceSeconds } as const;
}
