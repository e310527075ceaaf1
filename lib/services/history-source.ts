import type { Actor } from "@/lib/schemas/actor";
import { AppError } from "@/lib/std/app-error";
import { getServiceRow, type ServiceRow, serviceNotFound } from "./find-service-row";
import type { Db } from "./move-service";
import { isBeingDeleted, isComingUp, isFailed, isForkable, isListed, isRestorable } from "./service-state";

/** The actor's service if it has a history to read: NOT_FOUND, or SOURCE_BUSY with the reason why it has none now. */
export async function getRowWithHistory(db: Db, actor: Actor, serviceId: string): Promise<ServiceRow> {
  const row = await getServiceRow(db, actor, serviceId);
  assertHasHistory(row);
  return row;
}

export function assertHasHistory(row: ServiceRow): void {
  if (isForkable(row.status)) return;
  assertNotInBin(row);
  throw new AppError("SOURCE_BUSY", `${row.name} ${sayWhyNot(row)}`);
}

/** NOT_FOUND for what is deleted, as the service itself; until it is purged it says where it is and how it comes back. */
export function assertNotInBin({ status, name }: ServiceRow): void {
  if (isListed(status)) return;
  if (!isRestorable(status)) throw serviceNotFound();
  throw new AppError(
    "NOT_FOUND",
    `${name} is in Recently deleted. Its history is still there: restore it to read it (POST …/restore).`,
    { fix: [{ label: `Restore ${name}`, href: "/bin" }] },
  );
}

function sayWhyNot({ status }: ServiceRow): string {
  if (isBeingDeleted(status)) return "is being deleted, and its history with it. Undo that to read it.";
  if (isFailed(status)) return "failed and holds no data.";
  if (isComingUp(status)) return "is not ready yet. Its history begins when it is.";
  return "has no history that can be read now.";
}
