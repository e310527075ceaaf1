import type { Transaction } from "@/lib/db";
import type { Actor } from "@/lib/schemas/actor";
import type { ServiceDto } from "@/lib/schemas/service";
import { assert } from "@/lib/std/assert";
import { askFor } from "./ask-for";
import { type CallOptions, servicesContext } from "./context";
import { lockServiceRow, type ServiceRow, serviceNotFound } from "./find-service-row";
import { getService } from "./get-service";
import { moveService } from "./move-service";
import { isBeingDeleted, isFailed, isLive } from "./service-state";

/**
 * Asks for a deletion. From this moment the name is free and the service is in Recently deleted, restorable until
 * `purge_at`; its forks live on. Asking again changes nothing. A failed service has nothing to keep and is purged.
 */
export async function requestDelete(actor: Actor, serviceId: string, options: CallOptions = {}): Promise<ServiceDto> {
  const context = servicesContext(options);
  const gone = await context.db.$transaction(async (tx) => {
    const row = await lockServiceRow(tx, actor, serviceId);
    const isKnown = isLive(row.status) || isBeingDeleted(row.status) || isFailed(row.status);
    if (!isKnown) throw serviceNotFound();
    return deleteService(tx, row, { by: actor.name, nowMs: context.clock.nowMs() });
  });
  assert(gone, "a service whose row is held moves as the table says");
  return getService(actor, serviceId, { context, deletedToo: true });
}

/** Deletes a service whose row is locked; false when it is not in a state to be deleted. */
export async function deleteService(
  tx: Transaction,
  row: ServiceRow,
  { by, nowMs }: { by: string; nowMs: number },
): Promise<boolean> {
  const deletion = { deletedAt: new Date(nowMs), deletedBy: by };
  if (isBeingDeleted(row.status)) {
    // Its operation gave up (the machine was in trouble for long): the person asks again, and so do we.
    const isUnderWay = row.operations.some((one) => one.kind === "delete" && one.finishedAt === null);
    if (!isUnderWay) await askFor(tx, { kind: "delete", service: row, by, nowMs });
    return true;
  }
  if (isFailed(row.status)) {
    const moved = await moveService(tx, {
      serviceId: row.id,
      to: "PURGING",
      patch: { ...deletion, purgeAt: deletion.deletedAt },
    });
    if (moved) await askFor(tx, { kind: "purge", service: row, by, nowMs });
    return moved;
  }
  const project = await tx.project.findUniqueOrThrow({ where: { id: row.projectId } });
  const purgeAt = new Date(nowMs + project.graceSeconds * 1000);
  const moved = await moveService(tx, { serviceId: row.id, to: "DELETING", patch: { ...deletion, purgeAt } });
  if (moved) await askFor(tx, { kind: "delete", service: row, by, nowMs });
  return moved;
}
