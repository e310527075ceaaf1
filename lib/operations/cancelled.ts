import type { OperationFacts, OperationHandler } from "@/lib/orchestrator";
import type { OperationKind } from "@/lib/schemas/operation";
import { recordCancelled } from "@/lib/services";
import type { OperationDeps } from "./operation-deps";

/** The row of a service whose operation was cancelled while it ran: as lib/services says for one that nobody had begun. */
export function cancelledAs(
  kind: OperationKind,
  { clock }: Pick<OperationDeps, "clock">,
): NonNullable<OperationHandler["onCancelled"]> {
  return async (tx, { id, serviceId, input }: OperationFacts) => {
    const { cancelAskedBy } = await tx.operation.findUniqueOrThrow({ where: { id } });
    await recordCancelled(tx, { kind, serviceId, input, by: cancelAskedBy ?? "Offshoot", nowMs: clock.nowMs() });
  };
}
