import type { Prisma, Transaction } from "@/lib/db";
import type { Log } from "@/lib/std/log";

/** What was asked for: the operation's row, without what only the orchestrator needs. */
export interface OperationFacts {
  readonly id: string;
  readonly projectId: string;
  readonly serviceId: string;
  readonly kind: string;
  readonly input: Prisma.JsonValue;
  readonly requestedAtMs: number;
  readonly requestedBy: string | null;
}

/** What a step works with. Everything it writes to the control database goes through `write`. */
export interface StepContext {
  readonly operation: OperationFacts;
  /**
   * Aborted when the lease is lost or the engine stops: end soon; what is not recorded is done again. Also when the operation
   * is to be cancelled: then it is undone.
   */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** The recorded result of an earlier step of this operation. */
  findResult(step: string): Prisma.JsonValue | undefined;
  /** Says how far the step is, 0 to 100. */
  reportPercent(percent: number): Promise<void>;
  /**
   * One transaction, fenced: it commits only while this worker's claim is the newest, and throws LeaseLostError otherwise.
   */
  write<Result>(use: (tx: Transaction) => Promise<Result>): Promise<Result>;
}

/**
 * A step may run again after a crash at any point before its result was recorded, so it must be idempotent. What it
 * answers is recorded for later steps: small plain data, never a secret.
 */
export type Step = (context: StepContext) => Promise<Prisma.InputJsonValue | undefined>;

export interface OperationFailure {
  /** Name of the step that failed; undefined when the operation failed outside of any. */
  readonly step: string | undefined;
  /** One sentence for a person; also recorded as the operation's error. */
  readonly message: string;
  readonly cause: unknown;
}

/** How one kind of operation is performed. */
export interface OperationHandler {
  /** By the names that were enqueued. */
  readonly steps: Readonly<Record<string, Step>>;
  /** Runs in the transaction that records success. */
  onSucceeded?(tx: Transaction, operation: OperationFacts): Promise<void>;
  /**
   * Ends what the steps left outside of the control database, before a failure or the cancelling is recorded; idempotent, as a
   * step is.
   */
  undo?(context: StepContext, failure: OperationFailure): Promise<void>;
  /** Runs in the transaction that records the final failure. */
  onFailed?(tx: Transaction, operation: OperationFacts, failure: OperationFailure): Promise<void>;
  /** Runs in the transaction that records that it was cancelled while it ran. */
  onCancelled?(tx: Transaction, operation: OperationFacts): Promise<void>;
}

/** A handler per kind of operation. */
export type OperationHandlers = Readonly<Record<string, OperationHandler>>;
