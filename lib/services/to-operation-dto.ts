import type { Prisma } from "@/lib/db";
import { type OperationDto, operationKind, type ProgressDto, type StepDto } from "@/lib/schemas/operation";
import { findFinalStep, stepsOf } from "@/lib/schemas/operation-steps";
import type { ServiceRow } from "./find-service-row";
import {
  hasExpired,
  isBeingDeleted,
  isBeingPurged,
  isComingUp,
  isFailed,
  isPausing,
  isResuming,
  isUpgrading,
  type ServiceState,
} from "./service-state";

export const OPERATION_PARTS = {
  service: { select: { name: true } },
  steps: { orderBy: { position: "asc" } },
} as const satisfies Prisma.OperationInclude;

export type OperationRow = Prisma.OperationGetPayload<{ include: typeof OPERATION_PARTS }>;
type StepRow = OperationRow["steps"][number];

export function toOperationDto(row: OperationRow): OperationDto {
  const kind = operationKind.parse(row.kind);
  const titles = new Map(stepsOf(kind).map((step) => [step.name, step.title]));
  return {
    operation_id: row.id,
    service_id: row.serviceId,
    service_name: row.service.name,
    kind,
    state: row.state,
    error: row.error,
    cancellable: isCancellable(row, findFinalStep(kind)),
    cancelled_by: row.cancelAskedBy,
    requested_at: row.requestedAt.toISOString(),
    requested_by: row.requestedBy,
    started_at: toText(row.startedAt),
    finished_at: toText(row.finishedAt),
    steps: row.steps.map((step) => toStepDto(step, titles.get(step.name) ?? step.name)),
  };
}

/** As `cancelOperation` decides it, for a button. */
function isCancellable({ state, cancelAskedAt, steps }: OperationRow, final: string | undefined): boolean {
  if (final === undefined || cancelAskedAt !== null) return false;
  if (state === "QUEUED") return true;
  return state === "RUNNING" && steps.find(({ name }) => name === final)?.startedAt === null;
}

const toText = (instant: Date | null): string | null => instant?.toISOString() ?? null;

function toStepDto(step: StepRow, title: string): StepDto {
  return {
    name: step.name,
    title,
    state: step.state,
    started_at: toText(step.startedAt),
    finished_at: toText(step.finishedAt),
    percent: step.percent,
  };
}

const isUnfinished = (operation: ServiceRow["operations"][number]) =>
  operation.state === "QUEUED" || operation.state === "RUNNING";

/** What is being done to a service, or what went wrong when it failed; null while nothing is. */
export function toProgressDto(row: ServiceRow): ProgressDto | null {
  const kinds = kindsBehind(row.status);
  const operation = row.operations.find(
    (one) => kinds.includes(one.kind) && (isFailed(row.status) ? one.state === "FAILED" : isUnfinished(one)),
  );
  if (!operation) return null;
  const step = operation.steps.find(({ state }) => state === "RUNNING" || state === "FAILED");
  return {
    operation: operationKind.parse(operation.kind),
    operation_id: operation.id,
    step: step?.name ?? null,
    percent: step?.percent ?? null,
    error: operation.error,
  };
}

/** Operations may wait in line; the state says which of them a person wants to hear about. */
function kindsBehind(state: ServiceState): string[] {
  if (isComingUp(state)) return ["create", "fork", "restore", "reset"];
  if (isPausing(state)) return ["pause"];
  if (isResuming(state)) return ["resume"];
  if (isUpgrading(state)) return ["resize"];
  if (hasExpired(state)) return ["expire"];
  if (isFailed(state)) return ["create", "fork"];
  if (isBeingDeleted(state)) return ["delete"];
  return isBeingPurged(state) ? ["purge"] : [];
}
