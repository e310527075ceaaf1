import type { Transaction } from "@/lib/db";
import type { Actor } from "@/lib/schemas/actor";
import type { ServiceDto } from "@/lib/schemas/service";
import { AppError } from "@/lib/std/app-error";
import { askFor } from "./ask-for";
import { askOnce } from "./ask-once";
import type { ServiceRow } from "./find-service-row";
import { getService } from "./get-service";
import { moveService } from "./move-service";
import { recordChange } from "./record-change";
import type { NewServiceOptions } from "./request-create";
import { assertUnprotected } from "./safety/protection";
import { hasExpired, isBeingPurged, isPurged, isRestorable } from "./service-state";

/** Asks for the end of a deleted service before its time: volume, port and password go, and nothing brings them back. */
export async function requestPurge(
  actor: Actor,
  serviceId: string,
  options: NewServiceOptions = {},
): Promise<ServiceDto> {
  await askOnce({ actor, serviceId, action: "service.purge", options }, async (tx, row, nowMs) => {
    if (isPurged(row.status)) throw new AppError("GONE", `${row.name} was purged at ${row.purgedAt?.toISOString()}.`);
    if (!isRestorable(row.status) && !isBeingPurged(row.status))
      throw new AppError("CONFLICT", `${row.name} is not deleted. Delete it first; then it can be purged.`);
    // What was deleted was not protected; what has expired may be.
    if (hasExpired(row.status)) await assertUnprotected(tx, row, "purged");
    return startPurge(tx, row, { actor, nowMs });
  });
  return getService(actor, serviceId, { ...options, deletedToo: true });
}

/** Purges a service whose grace is over and whose row is locked; false when that is under way. */
export async function purgeService(
  tx: Transaction,
  row: ServiceRow,
  { actor, nowMs }: { actor: Actor; nowMs: number },
): Promise<boolean> {
  if ((await startPurge(tx, row, { actor, nowMs })) === undefined) return false;
  const after = { purgeAt: new Date(nowMs) };
  await recordChange(tx, { actor, action: "service.purge", service: row, before: row, after, nowMs });
  return true;
}

/** The operation. Asking again is harmless, and starts anew what gave up. */
async function startPurge(
  tx: Transaction,
  row: ServiceRow,
  { actor, nowMs }: { actor: Actor; nowMs: number },
): Promise<string | undefined> {
  const isUnderWay = row.operations.some((one) => one.kind === "purge" && one.finishedAt === null);
  if (isBeingPurged(row.status) && isUnderWay) return undefined;
  if (!isBeingPurged(row.status)) {
    const patch = { purgeAt: new Date(nowMs) };
    const moved = await moveService(tx, { serviceId: row.id, to: "PURGING", patch });
    if (!moved) return undefined;
  }
  return askFor(tx, { kind: "purge", service: row, by: actor.name, nowMs });
}
