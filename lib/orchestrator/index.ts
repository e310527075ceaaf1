/**
 * Durable operations: rows first, then idempotent steps, each recorded and fenced. Knows no domain.
 *
 *   enqueueOperation(tx, { id?, projectId, serviceId, kind, input, steps, requestedBy, nowMs }): Promise<string>
 *   startOrchestrator({ db, connectionString, handlers, clock, log, leaseMs?, concurrency?, isOnlyWorker?,
 *     computeBackoffMs?, onStepBoundary?, onEnded? }): Promise<{ stop(), ended }>
 *   migrateQueue(connectionString): Promise<void>      once after migrate(), before anything is enqueued
 *   recordFinishedOperation(tx, { … without steps }): Promise<string>       what is one transaction
 *   cancelOperation(tx, { operationId, by, before, nowMs }): Promise<CancelOutcome>
 *   emitProgress(tx, { projectId, kind, payload, nowMs })  last in a transaction; tellOperation(tx, id, nowMs) of an operation
 *   readProgress(db, { projectId, after? }): Promise<{ events, isCut, newest }>
 *   findStrayJobs(db, dueForMs): Promise<string[]>     jobs of operations that are finished
 *   startReaper({ findNextDueMs, reap, clock, log }): { wake(), stop() }
 *
 * Handlers: Record<kind, { steps: Record<name, (context) => Promise<Json | undefined>>,
 *   onSucceeded?(tx, operation), undo?(context, failure), onFailed?(tx, operation, failure), onCancelled?(tx, operation) }>
 */
export { type CancelOutcome, type CancelRequest, cancelOperation } from "./cancel";
export { enqueueOperation, type FinishedOperation, type NewOperation, recordFinishedOperation } from "./enqueue";
export { LeaseLostError } from "./fence";
export type {
  OperationFacts,
  OperationFailure,
  OperationHandler,
  OperationHandlers,
  Step,
  StepContext,
} from "./handler";
export { type Orchestrator, type OrchestratorOptions, startOrchestrator } from "./orchestrator";
export type { StepBoundary } from "./perform";
export {
  emitProgress,
  forgetProgress,
  type NewProgress,
  PROGRESS_CHANNEL,
  type ProgressEvent,
  type ProgressRead,
  readProgress,
  tellOperation,
} from "./progress";
export { migrateQueue } from "./queue";
export { type Reaper, type ReaperOptions, startReaper } from "./reaper";
export { findStrayJobs } from "./stray-jobs";
