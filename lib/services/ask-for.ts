import type { Prisma, Transaction } from "@/lib/db";
import { enqueueOperation } from "@/lib/orchestrator";
import type { OperationKind } from "@/lib/schemas/operation";
import { OPERATION_STEPS } from "@/lib/schemas/operation-steps";

export interface Ask {
  readonly kind: OperationKind;
  readonly service: { readonly id: string; readonly projectId: string; readonly sample: string | null };
  readonly by: string;
  readonly nowMs: number;
  readonly input?: Prisma.InputJsonObject;
}

/**
 * Writes an operation with its steps into the transaction that changes the service's state; its id. The caller holds the
 * service's row, or has just made it.
 */
export async function askFor(tx: Transaction, { kind, service, by, nowMs, input }: Ask): Promise<string> {
  const steps = OPERATION_STEPS[kind].map(({ name }) => name).filter((name) => name !== "sample" || service.sample);
  return enqueueOperation(tx, {
    projectId: service.projectId,
    serviceId: service.id,
    kind,
    input: input ?? {},
    steps,
    requestedBy: by,
    nowMs: await nextInLine(tx, service.id, nowMs),
  });
}

// Operations of a service run in the order of their times: of two within a millisecond, or after the clock was set back,
// the second must still come second.
async function nextInLine(tx: Transaction, serviceId: string, nowMs: number): Promise<number> {
  const { _max } = await tx.operation.aggregate({ where: { serviceId }, _max: { requestedAt: true } });
  return Math.max(nowMs, (_max.requestedAt?.getTime() ?? 0) + 1);
}
