import type { Transaction } from "@/lib/db";
import type { Actor } from "@/lib/schemas/actor";
import { askFor } from "./ask-for";
import type { ServiceRow } from "./find-service-row";
import { moveService } from "./move-service";
import { recordChange } from "./record-change";
import { isEnding } from "./service-state";

/**
 * Ends the life of a fork whose row is locked: nobody connects any more, Postgres stops, and its data waits for a restore until
 * the project's grace is over. False when it is not in a state to end, or is ending already.
 */
export async function expireService(
  tx: Transaction,
  row: ServiceRow,
  { actor, nowMs }: { actor: Actor; nowMs: number },
): Promise<boolean> {
  const by = actor.name;
  if (isEnding(row.status)) {
    // Its operation gave up (the machine was in trouble for long): what still runs has to end.
    const isUnderWay = row.operations.some((one) => one.kind === "expire" && one.finishedAt === null);
    if (!isUnderWay) await askFor(tx, { kind: "expire", service: row, by, nowMs });
    return !isUnderWay;
  }
  const project = await tx.project.findUniqueOrThrow({ where: { id: row.projectId } });
  const patch = { expiredAt: new Date(nowMs), purgeAt: new Date(nowMs + project.graceSeconds * 1000) };
  const moved = await moveService(tx, { serviceId: row.id, to: "EXPIRING", patch });
  if (!moved) return false;
  await askFor(tx, { kind: "expire", service: row, by, nowMs });
  await recordChange(tx, { actor, action: "service.expire", service: row, before: row, after: patch, nowMs });
  return true;
}
