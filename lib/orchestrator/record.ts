import { type Database, Prisma, type Transaction } from "@/lib/db";
import type { Clock } from "@/lib/std/clock";
import { CancelledError } from "./cancelled-error";
import type { Claim, ClaimedStep } from "./claim";
import { writeFenced } from "./fence";
import type { OperationFailure, OperationHandler } from "./handler";
import { tellOperation } from "./progress";
import { addJob } from "./queue";

/** Every write that the performing of one claim makes, each fenced. */
export interface Records {
  stepStarted(step: ClaimedStep): Promise<void>;
  stepPercent(step: ClaimedStep, percent: number): Promise<void>;
  stepSucceeded(step: ClaimedStep, result: Prisma.InputJsonValue | undefined): Promise<void>;
  succeeded(handler: OperationHandler): Promise<void>;
  /** The attempt failed; the next one begins after the pause. */
  retrying(message: string, delayMs: number): Promise<void>;
  failed(handler: OperationHandler | undefined, failure: OperationFailure): Promise<void>;
  /** What was done of it is undone. */
  cancelled(handler: OperationHandler | undefined): Promise<void>;
  isCancelAsked(): Promise<boolean>;
  /** Hands the operation back as it is, because this engine stops. */
  released(): Promise<void>;
}

export function recordsOf(db: Database, claim: Claim, clock: Clock): Records {
  const { id, serviceId } = claim.operation;
  const now = () => new Date(clock.nowMs());
  const write = (use: (tx: Transaction) => Promise<unknown>) =>
    writeFenced(db, claim, async (tx) => {
      await use(tx);
      await tellOperation(tx, id, clock.nowMs());
    });
  const isCancelAsked = async (tx: Transaction | Database) =>
    (await tx.operation.findUniqueOrThrow({ where: { id } })).cancelAskedAt !== null;
  const at = ({ position }: ClaimedStep) => ({ operationId_position: { operationId: id, position } });
  const updateStep = (step: ClaimedStep, data: Prisma.OperationStepUpdateInput) =>
    write((tx) => tx.operationStep.update({ where: at(step), data }));

  return {
    stepStarted: (step) =>
      write(async (tx) => {
        // Nothing that cannot be undone begins once somebody asked: cancelOperation holds the row as this does.
        if (await isCancelAsked(tx)) throw new CancelledError(`the operation ${id} is to be cancelled`);
        const data = { state: "RUNNING" as const, startedAt: now(), finishedAt: null, percent: null };
        await tx.operationStep.update({ where: at(step), data });
      }),
    stepPercent: (step, percent) => updateStep(step, { percent: Math.round(Math.min(100, Math.max(0, percent))) }),
    stepSucceeded: (step, result) =>
      write(async (tx) => {
        const data = { state: "SUCCEEDED" as const, finishedAt: now(), percent: null, result: result ?? Prisma.DbNull };
        await tx.operationStep.update({ where: at(step), data });
        // It has come further: this is the first attempt at the next step, and an error of before is no longer true.
        await tx.operation.update({ where: { id }, data: { attempt: 1, error: null } });
      }),
    succeeded: (handler) =>
      write(async (tx) => {
        await handler.onSucceeded?.(tx, claim.operation);
        const data = { state: "SUCCEEDED" as const, finishedAt: now(), leaseExpiresAt: null, error: null };
        await tx.operation.update({ where: { id }, data });
        await wakeNext(tx, serviceId);
      }),
    retrying: (message, delayMs) =>
      write(async (tx) => {
        await tx.operation.update({ where: { id }, data: { error: message, leaseExpiresAt: null } });
        await resetRunningStep(tx, id);
        await addJob(tx, id, { delayMs });
      }),
    failed: (handler, failure) =>
      write(async (tx) => {
        await handler?.onFailed?.(tx, claim.operation, failure);
        const data = { state: "FAILED" as const, finishedAt: now(), leaseExpiresAt: null, error: failure.message };
        await tx.operation.update({ where: { id }, data });
        await tx.operationStep.updateMany({
          where: { operationId: id, name: failure.step ?? "" },
          data: { state: "FAILED", finishedAt: now() },
        });
        await wakeNext(tx, serviceId);
      }),
    cancelled: (handler) =>
      write(async (tx) => {
        await handler?.onCancelled?.(tx, claim.operation);
        const data = { state: "CANCELLED" as const, finishedAt: now(), leaseExpiresAt: null, error: null };
        await tx.operation.update({ where: { id }, data });
        await resetRunningStep(tx, id);
        await wakeNext(tx, serviceId);
      }),
    isCancelAsked: () => isCancelAsked(db),
    released: () =>
      write(async (tx) => {
        await tx.operation.update({ where: { id }, data: { leaseExpiresAt: null, attempt: { decrement: 1 } } });
        await resetRunningStep(tx, id);
        await addJob(tx, id);
      }),
  };
}

const resetRunningStep = (tx: Transaction, operationId: string) =>
  tx.operationStep.updateMany({
    where: { operationId, state: "RUNNING" },
    // That it had begun stays known: what cannot be undone may have been done.
    data: { state: "PENDING", percent: null },
  });

/** The service's next operation waited for this one. */
export async function wakeNext(tx: Transaction, serviceId: string): Promise<void> {
  const next = await tx.operation.findFirst({
    where: { serviceId, state: "QUEUED" },
    orderBy: [{ requestedAt: "asc" }, { id: "asc" }],
    select: { id: true },
  });
  if (next) await addJob(tx, next.id);
}
