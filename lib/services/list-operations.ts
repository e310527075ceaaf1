import { authorize } from "@/lib/auth";
import type { Actor } from "@/lib/schemas/actor";
import type { OperationDto } from "@/lib/schemas/operation";
import { AppError } from "@/lib/std/app-error";
import { ID_PATTERN } from "@/lib/std/ids";
import { type CallOptions, servicesContext } from "./context";
import { OPERATION_PARTS, toOperationDto } from "./to-operation-dto";

// A page of history; older ones are read through the service they belong to.
const LISTED_MAX = 100;

export interface ListOperationsOptions extends CallOptions {
  /** Only those of one service. */
  readonly serviceId?: string | undefined;
}

/** What was asked for in the actor's project, newest first, a hundred at most. */
export async function listOperations(actor: Actor, options: ListOperationsOptions = {}): Promise<OperationDto[]> {
  authorize(actor, "operation.read");
  const { db } = servicesContext(options);
  const { serviceId } = options;
  if (serviceId !== undefined && !ID_PATTERN.test(serviceId)) return [];
  const rows = await db.operation.findMany({
    where: { projectId: actor.projectId, ...(serviceId === undefined ? {} : { serviceId }) },
    include: OPERATION_PARTS,
    orderBy: [{ requestedAt: "desc" }, { id: "asc" }],
    take: LISTED_MAX,
  });
  return rows.map(toOperationDto);
}

/** The actor's operation with its steps, or NOT_FOUND. */
export async function getOperation(
  actor: Actor,
  operationId: string,
  options: CallOptions = {},
): Promise<OperationDto> {
  authorize(actor, "operation.read");
  const { db } = servicesContext(options);
  const row = ID_PATTERN.test(operationId)
    ? await db.operation.findFirst({
        where: { id: operationId, projectId: actor.projectId },
        include: OPERATION_PARTS,
      })
    : null;
  if (!row) throw new AppError("NOT_FOUND", "There is no such operation.");
  return toOperationDto(row);
}
