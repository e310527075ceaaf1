import type { Database, Prisma } from "@/lib/db";
import { assert } from "@/lib/std/assert";
import type { Clock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";
import { CancelledError } from "./cancelled-error";
import { type Claim, type ClaimedStep, claimOperation } from "./claim";
import { describeCause, isFinal, MAX_ATTEMPTS } from "./failure";
import { LeaseLostError, writeFenced } from "./fence";
import type { OperationFacts, OperationFailure, OperationHandler, OperationHandlers, StepContext } from "./handler";
import { Lease } from "./lease";
import { tellOperation } from "./progress";
import { addJob } from "./queue";
import { type Records, recordsOf } from "./record";

/** A place between two durable acts, where a crash test ends the process. */
export interface StepBoundary {
  readonly operationId: string;
  readonly kind: string;
  readonly step: string;
  /** `before` the step runs, `done` but not recorded, `recorded` and before the next one. */
  readonly when: "before" | "done" | "recorded";
}

export interface PerformOptions {
  readonly db: Database;
  readonly handlers: OperationHandlers;
  readonly clock: Clock;
  readonly log: Log;
  readonly leaseMs: number;
  computeBackoffMs(attempt: number): number;
  onStepBoundary?(boundary: StepBoundary): void | Promise<void>;
  /** An operation came to its end, either way; told after it was recorded. */
  onEnded?(operation: OperationFacts): void;
  /** Aborted when the engine stops: steps end soon, and their operations are handed back. */
  readonly stopSignal: AbortSignal;
}

/** The reason with which steps are aborted when the engine stops. */
export class StoppingError extends Error {
  override name = "StoppingError";
}

/** Claims an operation and performs what is left of it. Failures are recorded, not thrown; only a silent control database throws. */
export async function performOperation(id: string, options: PerformOptions): Promise<void> {
  const { db, clock, leaseMs } = options;
  const found = await claimOperation(db, id, { leaseMs, nowMs: clock.nowMs() });
  if (found.outcome === "finished") return;
  if (found.outcome === "later") return void (await addJob(db, id, { delayMs: found.retryInMs, keepTime: true }));
  const { claim } = found;
  const lease = new Lease(claim, options);
  lease.start();
  let hasEnded: boolean;
  try {
    const progress = { step: undefined, attempt: claim.attempt };
    hasEnded = await performClaim({ claim, lease, options, progress, records: recordsOf(db, claim, clock) });
  } finally {
    lease.end();
  }
  if (hasEnded) options.onEnded?.(claim.operation);
}

interface Performance {
  readonly claim: Claim;
  readonly lease: Lease;
  readonly options: PerformOptions;
  readonly records: Records;
  /** The step that runs, and the attempt at it that this is. */
  readonly progress: { step: string | undefined; attempt: number };
}

/** True when the operation has come to its end, false when it goes on later or elsewhere. */
async function performClaim(performance: Performance): Promise<boolean> {
  const { claim, options, records } = performance;
  const { operation } = claim;
  try {
    const handler = options.handlers[operation.kind];
    assert(handler, `no handler performs operations of the kind "${operation.kind}"`);
    // A claim past the bound is one whose predecessors all crashed: doing it once more would crash again.
    if (claim.attempt > MAX_ATTEMPTS) throw new ExhaustedError(claim);
    await runSteps(performance, handler);
    await records.succeeded(handler);
    return true;
  } catch (error) {
    return settle(performance, { step: performance.progress.step, message: describeCause(error), cause: error });
  }
}

class ExhaustedError extends Error {
  constructor({ attempt, lastError }: Claim) {
    super(lastError ?? `The engine ended unexpectedly ${attempt - 1} times while it worked on this.`);
  }
}

async function runSteps(performance: Performance, handler: OperationHandler): Promise<void> {
  const { claim, lease, options, records, progress } = performance;
  const { id: operationId, kind } = claim.operation;
  const results = new Map(claim.steps.filter((step) => step.isDone).map(({ name, result }) => [name, result]));
  for (const step of claim.steps) {
    if (step.isDone) continue;
    progress.step = step.name;
    const run = handler.steps[step.name];
    assert(run, `the handler of "${kind}" has no step "${step.name}"`);
    lease.signal.throwIfAborted();
    await records.stepStarted(step);
    await options.onStepBoundary?.({ operationId, kind, step: step.name, when: "before" });
    const result = await run(contextOf(performance, results, step));
    await options.onStepBoundary?.({ operationId, kind, step: step.name, when: "done" });
    await records.stepSucceeded(step, result);
    await options.onStepBoundary?.({ operationId, kind, step: step.name, when: "recorded" });
    results.set(step.name, (result ?? null) as Prisma.JsonValue);
    progress.step = undefined;
    progress.attempt = 1;
  }
}

function contextOf(
  { claim, lease, options, records }: Performance,
  results: ReadonlyMap<string, Prisma.JsonValue>,
  step?: ClaimedStep,
): StepContext {
  return {
    operation: claim.operation,
    signal: lease.signal,
    log: options.log,
    findResult: (name) => results.get(name) ?? undefined,
    reportPercent: (percent) => (step ? records.stepPercent(step, percent) : Promise.resolve()),
    write: (use) =>
      writeFenced(options.db, claim, async (tx) => {
        const result = await use(tx);
        await tellOperation(tx, claim.operation.id, options.clock.nowMs());
        return result;
      }),
  };
}

/** Records how an attempt ended that did not succeed. */
async function settle(performance: Performance, failure: OperationFailure): Promise<boolean> {
  const { claim, lease, options, records } = performance;
  const { id: operationId, kind } = claim.operation;
  const { attempt } = performance.progress;
  const reason: unknown = lease.signal.aborted ? lease.signal.reason : failure.cause;
  const fields = { operationId, kind, step: failure.step, attempt, err: failure.cause };
  try {
    if (reason instanceof LeaseLostError) throw reason;
    if (reason instanceof StoppingError) return await records.released().then(() => false);
    if (reason instanceof CancelledError || (await records.isCancelAsked())) {
      options.log.info({ operationId, kind, step: failure.step }, "an operation is cancelled");
      await undo(performance, failure);
      await records.cancelled(options.handlers[kind]);
      return true;
    }
    if (attempt < MAX_ATTEMPTS && !isFinal(failure.cause)) {
      options.log.warn(fields, "an attempt at an operation failed");
      await records.retrying(failure.message, options.computeBackoffMs(attempt));
      return false;
    }
    options.log.error(fields, "an operation failed");
    await undo(performance, failure);
    await records.failed(options.handlers[kind], failure);
    return true;
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    options.log.warn({ operationId, kind }, "another worker took the operation over");
    return false;
  }
}

/** What cannot be undone is logged and left: the failure must be recorded, or the operation would never end. */
async function undo(performance: Performance, failure: OperationFailure): Promise<void> {
  const { claim, options } = performance;
  const results = new Map(claim.steps.map(({ name, result }) => [name, result]));
  try {
    await options.handlers[claim.operation.kind]?.undo?.(contextOf(performance, results, undefined), failure);
  } catch (error) {
    options.log.error(
      { operationId: claim.operation.id, err: error },
      "what a failed operation had made could not be undone",
    );
  }
}
