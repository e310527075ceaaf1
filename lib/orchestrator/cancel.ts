import type { Transaction } from "@/lib/db";
import { addJob } from "./queue";
import { wakeNext } from "./record";

export interface CancelRequest {
  readonly operationId: string;
  readonly by: string;
  /** The first step that cannot be undone: once it has begun, it is too late. Without it, as soon as any step has. */
  readonly before: string | undefined;
  readonly nowMs: number;
}

export type CancelOutcome =
  /** Nobody had begun: it is cancelled, and the caller writes what that means in the same transaction. */
  | { readonly outcome: "cancelled" }
  /** Whoever performs it will see, undo what was done, and record that with `onCancelled`. */
  | { readonly outcome: "asked" }
  | { readonly outcome: "too-late"; readonly step: string | undefined };

/** Cancels an operation, or asks its worker to, as long as that is possible; asking again changes nothing. */
export async function cancelOperation(tx: Transaction, request: CancelRequest): Promise<CancelOutcome> {
  const { operationId: id, by, before, nowMs } = request;
  // The worker takes the same lock before each step: either it sees the request, or the step is seen here.
  await tx.$queryRaw`SELECT 1 FROM operations WHERE id = ${id} FOR NO KEY UPDATE`;
  const row = await tx.operation.findUniqueOrThrow({
    where: { id },
    include: { steps: { where: { startedAt: { not: null } }, orderBy: { position: "desc" } } },
  });
  const asked = { cancelAskedAt: new Date(nowMs), cancelAskedBy: by };
  if (row.state === "QUEUED") {
    await tx.operation.update({
      where: { id },
      data: { ...asked, state: "CANCELLED", finishedAt: asked.cancelAskedAt },
    });
    await wakeNext(tx, row.serviceId);
    return { outcome: "cancelled" };
  }
  if (row.state !== "RUNNING") return { outcome: "too-late", step: undefined };
  const begun = before === undefined ? row.steps[0] : row.steps.find(({ name }) => name === before);
  if (begun || before === undefined) return { outcome: "too-late", step: begun?.name };
  if (row.cancelAskedAt === null) await tx.operation.update({ where: { id }, data: asked });
  // One that waits for its next attempt need not.
  await addJob(tx, id);
  return { outcome: "asked" };
}
