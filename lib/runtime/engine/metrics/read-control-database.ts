import type { Database } from "@/lib/db";
import { findNextDue } from "@/lib/services";

/** What the control database says at one moment. */
export interface ControlFigures {
  readonly services: readonly { readonly status: string; readonly count: number }[];
  /** That are not over. */
  readonly operations: readonly { readonly kind: string; readonly state: string; readonly count: number }[];
  /** Since when the operation waits that waits longest; undefined when none does. */
  readonly oldestQueuedMs: number | undefined;
  /** When the next end, purge or warning was or will be due. */
  readonly nextDueMs: number | undefined;
  /** Up to when usage is counted; undefined when there is nothing to count. */
  readonly meteredMs: number | undefined;
  readonly deliveries: { readonly pending: number; readonly failed: number };
}

export async function readControlDatabase(db: Database, nowMs: number): Promise<ControlFigures> {
  const unfinished = { state: { in: ["QUEUED", "RUNNING"] as ("QUEUED" | "RUNNING")[] } };
  const [services, operations, queued, nextDueMs, metered, pending, failed] = await Promise.all([
    db.service.groupBy({ by: ["status"], _count: true }),
    db.operation.groupBy({ by: ["kind", "state"], where: unfinished, _count: true }),
    db.operation.aggregate({ where: { state: "QUEUED" }, _min: { requestedAt: true } }),
    findNextDue(nowMs),
    db.usageMeter.aggregate({ _max: { asOf: true } }),
    db.delivery.count({ where: { nextAt: { not: null } } }),
    db.delivery.count({ where: { nextAt: null, deliveredAt: null } }),
  ]);
  return {
    services: services.map(({ status, _count }) => ({ status, count: _count })),
    operations: operations.map(({ kind, state, _count }) => ({ kind, state, count: _count })),
    oldestQueuedMs: queued._min.requestedAt?.getTime(),
    nextDueMs,
    meteredMs: metered._max.asOf?.getTime(),
    deliveries: { pending, failed },
  };
}
