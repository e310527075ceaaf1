/**
 * What the engine tells of services whose operations pause, resize, reset or end them. Each is one statement fenced by the state
 * it may come from, as in engine-side.ts.
 */

import type { z } from "zod";
import type { cameFromInput } from "@/lib/schemas/operation-input";
import type { ServiceSize } from "@/lib/schemas/size";
import { type Db, moveService } from "./move-service";
import { isComingUp, isLive, type ServiceState, statesWhere } from "./service-state";

/** Nothing of it runs any more; its data waits until it is started. */
export const markPaused = (db: Db, serviceId: string, reason: string | null = null): Promise<boolean> =>
  moveService(db, { serviceId, to: "PAUSED", patch: { statusReason: reason } });

/** Nothing of it runs any more; its data waits for a restore or the purge. */
export const markExpired = (db: Db, serviceId: string): Promise<boolean> =>
  moveService(db, { serviceId, to: "EXPIRED", from: ["EXPIRING"] });

export type CameFrom = z.infer<typeof cameFromInput>["from"];

/** What was asked for has come to nothing, and changed nothing: it is again what it was. */
export const markAsBefore = (db: Db, serviceId: string, from: CameFrom): Promise<boolean> =>
  moveService(db, { serviceId, to: from, from: statesWhere(isBetween) });

/** What was asked for has come to nothing, and what served it before could not be brought back. */
export const markBroken = (db: Db, serviceId: string, reason: string): Promise<boolean> =>
  moveService(db, { serviceId, to: "UNSTABLE", from: statesWhere(isBetween), patch: { statusReason: reason } });

const BETWEEN: readonly ServiceState[] = ["CONFIGURING", "PAUSING", "UPGRADING"];
const isBetween = (state: ServiceState) => BETWEEN.includes(state);

/** The size that its Postgres has from now on. */
export async function setSize(db: Db, serviceId: string, size: ServiceSize): Promise<void> {
  const data = { cpuMillis: size.cpuMillis, memoryGbs: size.memoryGbs };
  await db.service.updateMany({ where: { id: serviceId, status: { in: statesWhere(isLive) } }, data });
}

/** It was cancelled before it was there: nothing of it is left but the row, which is shown to nobody. */
export async function markCancelled(
  db: Db,
  serviceId: string,
  { by, nowMs }: { by: string; nowMs: number },
): Promise<boolean> {
  const now = new Date(nowMs);
  return moveService(db, {
    serviceId,
    to: "PURGED",
    from: statesWhere(isComingUp),
    patch: {
      statusReason: `Cancelled by ${by}. Nothing was kept and nothing was billed.`,
      deletedAt: now,
      deletedBy: by,
      purgedAt: now,
      directPort: null,
      scramVerifier: "",
      sealedPassword: null,
      passwordSealedAt: null,
      expiresAt: null,
    },
  });
}
