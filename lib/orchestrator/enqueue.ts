import type { Prisma, Transaction } from "@/lib/db";
import { assert } from "@/lib/std/assert";
import { newId } from "@/lib/std/ids";
import { addJob } from "./queue";

export interface NewOperation {
  /** Ten of `[a-z0-9]`; made here unless the caller needs it earlier. */
  readonly id?: string;
  readonly projectId: string;
  readonly serviceId: string;
  readonly kind: string;
  readonly input: Prisma.InputJsonValue;
  /** Names of the steps, in order; the handler of this kind must know each. */
  readonly steps: readonly string[];
  readonly requestedBy: string | null;
  readonly nowMs: number;
}

/**
 * Writes an operation, its steps and its job in the caller's transaction, and answers its id: either all of what was asked
 * for is there, or nothing. The engine wakes up when the transaction commits.
 */
export async function enqueueOperation(tx: Transaction, operation: NewOperation): Promise<string> {
  assert(operation.steps.length > 0, "an operation has at least one step");
  const { id = newId(), steps, nowMs, ...facts } = operation;
  await tx.operation.create({
    data: {
      id,
      ...facts,
      state: "QUEUED",
      requestedAt: new Date(nowMs),
      steps: { create: steps.map((name, position) => ({ position, name, state: "PENDING" as const })) },
    },
  });
  await addJob(tx, id);
  return id;
}

export type FinishedOperation = Omit<NewOperation, "steps">;

/**
 * Writes an operation that is one with the caller's transaction: a change of the row, done and recorded at once. `tellOperation`
 * says so, last.
 */
export async function recordFinishedOperation(tx: Transaction, operation: FinishedOperation): Promise<string> {
  const { id = newId(), nowMs, ...facts } = operation;
  const at = new Date(nowMs);
  const times = { requestedAt: at, startedAt: at, finishedAt: at };
  await tx.operation.create({ data: { id, ...facts, ...times, state: "SUCCEEDED" } });
  return id;
}
