import type { Prisma } from "@/lib/db";
import type { OperationKind } from "@/lib/schemas/operation";
import { cameFromInput, restoreInput } from "@/lib/schemas/operation-input";
import { markAsBefore, markCancelled, markPaused } from "../engine-marks";
import { markBackAsleep } from "../engine-side";
import type { Db } from "../move-service";

export interface Cancelled {
  readonly kind: OperationKind;
  readonly serviceId: string;
  readonly input: Prisma.JsonValue;
  readonly by: string;
  readonly nowMs: number;
}

/** What a service is once an operation of it was cancelled, and all that was done of it undone. */
export async function recordCancelled(db: Db, { kind, serviceId, input, by, nowMs }: Cancelled): Promise<void> {
  switch (kind) {
    case "create":
    case "fork":
      await markCancelled(db, serviceId, { by, nowMs });
      return;
    case "pause":
    case "resize":
    case "reset":
      await markAsBefore(db, serviceId, cameFromInput.parse(input).from);
      return;
    case "resume":
      await markPaused(db, serviceId);
      return;
    case "restore":
      await markBackAsleep(db, serviceId, { to: restoreInput.parse(input).from, reason: null, nowMs });
      return;
    default:
  }
}
