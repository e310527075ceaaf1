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

/** Writes an operation with its steps into the transaction that changes the service's state; its id. */
export async function askFor(tx: Transaction, { kind, service, by, nowMs, input }: Ask): Promise<string> {
  const steps = OPERATION_STEPS[kind].map(({ name }) => name).filter((name) => name !== "sample" || service.sample);
  const { operationId } = await enqueueOperation(tx, {
    projectId: service.projectId,
    serviceId: service.id,
    kind,
    input: input ?? {},
    steps,
    requestedBy: by,
    requestedAtMs: nowMs,
  });
  return operationId;
}
