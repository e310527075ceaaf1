import { authorize } from "@/lib/auth";
import type { Transaction } from "@/lib/db";
import type { Actor } from "@/lib/schemas/actor";
import type { ServiceDto } from "@/lib/schemas/service";
import { AppError } from "@/lib/std/app-error";
import { askFor } from "./ask-for";
import { type CallOptions, servicesContext } from "./context";
import { lockServiceRow, type ServiceRow } from "./find-service-row";
import { getService } from "./get-service";
import { moveService } from "./move-service";
import { recordChange } from "./record-change";
import { isBeingPurged, isPurged, isRestorable } from "./service-state";

/** Asks for the end of a deleted service before its time: volume, port and password go, and nothing brings them back. */
export async function requestPurge(actor: Actor, serviceId: string, options: CallOptions = {}): Promise<ServiceDto> {
  const context = servicesContext(options);
  await context.db.$transaction(async (tx) => {
    const row = await lockServiceRow(tx, actor, serviceId);
    if (isPurged(row.status)) throw new AppError("GONE", `${row.name} was purged at ${row.purgedAt?.toISOString()}.`);
    if (!isRestorable(row.status) && !isBeingPurged(row.status))
      throw new AppError("CONFLICT", `${row.name} is not deleted. Delete it first; then it can be purged.`);
    authorize(actor, "service.purge", row);
    await purgeService(tx, row, { actor, nowMs: context.clock.nowMs() });
  });
  return getService(actor, serviceId, { context, deletedToo: true });
}

/** Purges a deleted service whose row is locked. Asking again is harmless, and starts anew what gave up. */
export async function purgeService(
  tx: Transaction,
  row: ServiceRow,
  { actor, nowMs }: { actor: Actor; nowMs: number },
): Promise<boolean> {
  const isUnderWay = row.operations.some((one) => one.kind === "purge" && one.finishedAt === null);
  if (isBeingPurged(row.status) && isUnderWay) return false;
  const purgeAt = new Date(nowMs);
  if (!isBeingPurged(row.status)) {
    const moved = await moveService(tx, { serviceId: row.id, to: "PURGING", patch: { purgeAt } });
    if (!moved) return false;
  }
  await askFor(tx, { kind: "purge", service: row, by: actor.name, nowMs });
  await recordChange(tx, { actor, action: "service.purge", service: row, before: row, after: { purgeAt }, nowMs });
  return true;
}
