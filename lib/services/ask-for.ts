import type { Prisma, Transaction } from "@/lib/db";
import { enqueueOperation, recordFinishedOperation, tellOperation } from "@/lib/orchestrator";
import type { DurableKind, OperationKind } from "@/lib/schemas/operation";
import { OPERATION_STEPS } from "@/lib/schemas/operation-steps";

interface Wanted {
  readonly service: { readonly id: string; readonly projectId: string; readonly sample: string | null };
  readonly by: string;
  readonly nowMs: number;
  readonly input?: Prisma.InputJsonObject;
}

export interface Ask extends Wanted {
  /** Made here unless something has to be named after it before. */
  readonly id?: string;
  readonly kind: DurableKind;
}

/**
 * Writes an operation with its steps into the transaction that changes the service's state; its id. The caller holds the
 * service's row, or has just made it, and writes little after this: who watches the project waits from here on.
 */
export async function askFor(tx: Transaction, { id, kind, service, by, nowMs, input }: Ask): Promise<string> {
  const steps = OPERATION_STEPS[kind].map(({ name }) => name).filter((name) => name !== "sample" || service.sample);
  const operationId = await enqueueOperation(tx, {
    ...(id !== undefined && { id }),
    projectId: service.projectId,
    serviceId: service.id,
    kind,
    input: input ?? {},
    steps,
    requestedBy: by,
    nowMs: await nextInLine(tx, service.id, nowMs),
  });
  await tellOperation(tx, operationId, nowMs);
  return operationId;
}

/** Writes the operation of what this very transaction does to the row, finished; its id. */
export async function recordDone(
  tx: Transaction,
  { kind, service, by, nowMs, input }: Wanted & { readonly kind: OperationKind },
): Promise<string> {
  const operationId = await recordFinishedOperation(tx, {
    projectId: service.projectId,
    serviceId: service.id,
    kind,
    input: input ?? {},
    requestedBy: by,
    nowMs: await nextInLine(tx, service.id, nowMs),
  });
  await tellOperation(tx, operationId, nowMs);
  return operationId;
}

// Operations of a service run in the order of their times: of two within a millisecond, or after the clock was set back,
// the second must still come second.
async function nextInLine(tx: Transaction, serviceId: string, nowMs: number): Promise<number> {
  const { _max } = await tx.operation.aggregate({ where: { serviceId }, _max: { requestedAt: true } });
  return Math.max(nowMs, (_max.requestedAt?.getTime() ?? 0) + 1);
}
