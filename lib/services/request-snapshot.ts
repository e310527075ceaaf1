import { authorize } from "@/lib/auth";
import type { Actor } from "@/lib/schemas/actor";
import type { TakeSnapshotBody } from "@/lib/schemas/history-requests";
import type { OperationDto } from "@/lib/schemas/operation";
import type { SnapshotInput } from "@/lib/schemas/operation-input";
import { AppError } from "@/lib/std/app-error";
import { askFor } from "./ask-for";
import { type ServicesContext, servicesContext } from "./context";
import { lockServiceRow } from "./find-service-row";
import { assertHasHistory, getRowWithHistory } from "./history-source";
import { findKeyedRequest, findReplayed } from "./idempotency";
import { getOperation } from "./list-operations";
import { lockPlacement } from "./place-service";
import { assertRoom } from "./policy/room";
import { recordChange } from "./record-change";
import type { NewServiceOptions } from "./request-create";
import {
  assertSnapshotNameFree,
  findSnapshotNames,
  nameByTime,
  type SnapshotNames,
  withNamesOnTheirWay,
} from "./snapshot-names";

export interface SnapshotRequest {
  readonly serviceId: string;
  readonly body?: TakeSnapshotBody;
}

/**
 * Asks for a snapshot of a service as it is when the operation runs. The operation's id will be the snapshot's. Whether a name
 * is free only the engine knows; one that gives none may be silent.
 */
export async function requestSnapshot(
  actor: Actor,
  { serviceId, body = {} }: SnapshotRequest,
  options: NewServiceOptions = {},
): Promise<OperationDto> {
  authorize(actor, "snapshot.create");
  const context = servicesContext(options);
  const keyed = findKeyedRequest(actor, options.idempotencyKey, { snapshot: serviceId, body });
  const isRepeated = keyed && (await findReplayed(context.db, keyed, context.clock.nowMs())) !== undefined;
  if (!isRepeated) await assertRoom(context, actor);
  const names = isRepeated ? NO_NAMES : await findNames(context, actor, { serviceId, body });
  const operationId = await context.db.$transaction(async (tx) => {
    const nowMs = context.clock.nowMs();
    if (keyed) await lockPlacement(tx); // as everybody who looks up a key
    const replayed = keyed && (await findReplayed(tx, keyed, nowMs));
    if (replayed) return replayed.operationId;
    const row = await lockServiceRow(tx, actor, serviceId);
    assertHasHistory(row);
    const taken = await withNamesOnTheirWay(tx, row, names);
    if (body.name !== undefined) assertSnapshotNameFree(body.name, taken, row);
    const input: SnapshotInput = { name: body.name ?? nameByTime(nowMs, taken) };
    const operationId = await askFor(tx, { kind: "snapshot", service: row, by: actor.name, nowMs, input });
    const made = { serviceId, operationId, createdAt: new Date(nowMs) };
    if (keyed) await tx.idempotencyKey.create({ data: { ...keyed, ...made } });
    const after = { name: input.name, operationId };
    await recordChange(tx, { actor, action: "snapshot.create", service: row, after, nowMs });
    return operationId;
  });
  return getOperation(actor, operationId, { context });
}

const NO_NAMES: SnapshotNames = { taken: new Set(), asOfMs: 0 };

async function findNames(
  context: ServicesContext,
  actor: Actor,
  { serviceId, body = {} }: SnapshotRequest,
): Promise<SnapshotNames> {
  const row = await getRowWithHistory(context.db, actor, serviceId);
  try {
    return await findSnapshotNames(context, row);
  } catch (error) {
    if (body.name === undefined && error instanceof AppError && error.code === "CONTROL_PLANE") return NO_NAMES;
    throw error;
  }
}
