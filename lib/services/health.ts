/** What the engine tells of a service's health, beside all operations: so an open console is told of it too. */
import type { Database } from "@/lib/db";
import { emitProgress } from "@/lib/orchestrator";
import { type Move, moveService } from "./move-service";

/** Its Postgres ended and did not come back by itself; `reason` is a sentence for a person. */
export const markUnstable = (
  db: Database,
  serviceId: string,
  { reason, nowMs }: { reason: string; nowMs: number },
): Promise<boolean> =>
  moveAndTell(db, { serviceId, to: "UNSTABLE", from: ["READY"], patch: { statusReason: reason } }, nowMs);

/** It answers again. */
export const markRecovered = (db: Database, serviceId: string, nowMs: number): Promise<boolean> =>
  moveAndTell(db, { serviceId, to: "READY", from: ["UNSTABLE"], patch: { statusReason: null } }, nowMs);

async function moveAndTell(db: Database, move: Move, nowMs: number): Promise<boolean> {
  return db.$transaction(async (tx) => {
    if (!(await moveService(tx, move))) return false;
    const { serviceId, to: status } = move;
    const { projectId } = await tx.service.findUniqueOrThrow({ where: { id: serviceId } });
    await emitProgress(tx, { projectId, kind: "service", payload: { service_id: serviceId, status }, nowMs });
    return true;
  });
}
