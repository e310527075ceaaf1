import { authorize } from "@/lib/auth";
import type { Operation, Transaction } from "@/lib/db";
import { type CancelOutcome, cancelOperation, tellOperation } from "@/lib/orchestrator";
import type { Actor } from "@/lib/schemas/actor";
import { type OperationDto, operationKind } from "@/lib/schemas/operation";
import { forkInput, resetInput } from "@/lib/schemas/operation-input";
import { findFinalStep, stepsOf } from "@/lib/schemas/operation-steps";
import { AppError } from "@/lib/std/app-error";
import { type CallOptions, type ServicesContext, servicesContext } from "../context";
import { getOperation } from "../list-operations";
import { recordChange } from "../record-change";
import { recordCancelled } from "./record-cancelled";

/**
 * Cancels an operation while nothing irreversible has happened: one that nobody has begun at once, one that runs as soon as what
 * it did is undone. CONFLICT, with the reason, after that. Asking again changes nothing.
 */
export async function requestCancel(
  actor: Actor,
  operationId: string,
  options: CallOptions = {},
): Promise<OperationDto> {
  const context = servicesContext(options);
  const { state } = await getOperation(actor, operationId, { context });
  const cancelled =
    state === "CANCELLED"
      ? undefined
      : await context.db.$transaction((tx) => cancel(tx, { actor, operationId, nowMs: context.clock.nowMs() }));
  // It ends with its lease in any case.
  if (cancelled) await releaseHold(context, cancelled).catch(() => {});
  return getOperation(actor, operationId, { context });
}

interface Wanted {
  readonly actor: Actor;
  readonly operationId: string;
  readonly nowMs: number;
}

/** The operation, if it ended here and now. */
async function cancel(tx: Transaction, { actor, operationId, nowMs }: Wanted): Promise<Operation | undefined> {
  const row = await tx.operation.findUniqueOrThrow({ where: { id: operationId }, include: { service: true } });
  const { service, serviceId, input } = row;
  const kind = operationKind.parse(row.kind);
  authorize(actor, "operation.cancel", service);
  const before = findFinalStep(kind);
  if (before === undefined) throw neverCancelled(row);
  const done = await cancelOperation(tx, { operationId, by: actor.name, before, nowMs });
  if (done.outcome === "too-late") throw tooLate(row, done);
  const isOver = done.outcome === "cancelled";
  if (isOver) await recordCancelled(tx, { kind, serviceId, input, by: actor.name, nowMs });
  const change = { operationId, kind };
  await recordChange(tx, { actor, action: "operation.cancel", service, before: {}, after: change, nowMs });
  await tellOperation(tx, operationId, nowMs);
  return isOver ? row : undefined;
}

const INSTEAD: Readonly<Record<string, string>> = {
  delete: "Restore the service instead.",
  expire: "Restore the fork instead.",
  purge: "What is purged cannot come back.",
};

function neverCancelled({ kind }: Operation): AppError {
  const instead = INSTEAD[kind] ?? "It is done within moments.";
  return new AppError("CONFLICT", `This ${kind} cannot be cancelled. ${instead}`, { details: { kind } });
}

function tooLate({ kind, state }: Operation, { step }: Extract<CancelOutcome, { outcome: "too-late" }>): AppError {
  const title = stepsOf(operationKind.parse(kind)).find(({ name }) => name === step)?.title;
  const why = title === undefined ? "it is finished" : `“${title}” has begun and cannot be undone`;
  return new AppError("CONFLICT", `This ${kind} can no longer be cancelled: ${why}.`, {
    details: { state, ...(step !== undefined && { step }) },
  });
}

async function releaseHold({ db, engine }: ServicesContext, operation: Operation): Promise<void> {
  const kept = await findHold(db, operation);
  if (kept) await engine.history.release(kept);
}

async function findHold(db: ServicesContext["db"], { kind, input, serviceId }: Operation) {
  if (kind === "reset") {
    const { clone } = resetInput.parse(input);
    return clone && { volumeId: clone.volumeId, holdId: clone.holdId };
  }
  if (kind !== "fork") return undefined;
  const { reserved } = forkInput.parse(input);
  if (!reserved) return undefined;
  const { forkedFrom } = await db.service.findUniqueOrThrow({
    where: { id: serviceId },
    include: { forkedFrom: { select: { volumeId: true } } },
  });
  const volumeId = reserved.volumeId ?? forkedFrom?.volumeId;
  return volumeId === undefined ? undefined : { volumeId, holdId: reserved.holdId };
}
