/**
 * Durable operations: rows first, then idempotent steps, each recorded and fenced. Knows no domain.
 *
 *   enqueueOperation(tx, { id?, projectId, serviceId, kind, input, steps, requestedBy, nowMs }): Promise<string>
 *   startOrchestrator({ db, connectionString, handlers, clock, log, leaseMs?, concurrency?, isOnlyWorker?,
 *     computeBackoffMs?, onStepBoundary?, onEnded? }): Promise<{ stop(), ended }>
 *   migrateQueue(connectionString): Promise<void>      once after migrate(), before anything is enqueued
 *   startReaper({ findNextDueMs, reap, clock, log }): { wake(), stop() }
 *
 * Handlers: Record<kind, { steps: Record<name, (context) => Promise<Json | undefined>>,
 *   onSucceeded?(tx, operation), undo?(context, failure), onFailed?(tx, operation, failure) }>
 */
export { enqueueOperation, type NewOperation } from "./enqueue";
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
export { migrateQueue } from "./queue";
export { type Reaper, type ReaperOptions, startReaper } from "./reaper";
