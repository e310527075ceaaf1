import type { Actor } from "@/lib/schemas/actor";
import type { TakeSnapshotBody } from "@/lib/schemas/history-requests";
import type { OperationDto } from "@/lib/schemas/operation";
import type { SnapshotInput } from "@/lib/schemas/operation-input";
import { askFor } from "./ask-for";
import { servicesContext } from "./context";
import { lockServiceRow } from "./find-service-row";
import { assertHasHistory } from "./history-source";
import { findKeyedRequest, findReplayed } from "./idempotency";
import { getOperation } from "./list-operations";
import { lockPlacement } from "./place-service";
import type { NewServiceOptions } from "./request-create";

export interface SnapshotRequest {
  readonly serviceId: string;
  readonly body?: TakeSnapshotBody;
}

/** Asks for a snapshot of a service as it is when the operation runs. The operation's id will be the snapshot's. */
export async function requestSnapshot(
  actor: Actor,
  { serviceId, body = {} }: SnapshotRequest,
  options: NewServiceOptions = {},
): Promise<OperationDto> {
  const context = servicesContext(options);
  const keyed = findKeyedRequest(actor, options.idempotencyKey, { snapshot: serviceId, body });
  const operationId = await context.db.$transaction(async (tx) => {
    const nowMs = context.clock.nowMs();
    if (keyed) await lockPlacement(tx); // as everybody who looks up a key
    const replayed = keyed && (await findReplayed(tx, keyed, nowMs));
    if (replayed) return replayed.operationId;
    const row = await lockServiceRow(tx, actor, serviceId);
    assertHasHistory(row);
    const input: SnapshotInput = { name: body.name ?? nameByTime(nowMs) };
    const operationId = await askFor(tx, { kind: "snapshot", service: row, by: actor.name, nowMs, input });
    const made = { serviceId, operationId, createdAt: new Date(nowMs) };
    if (keyed) await tx.idempotencyKey.create({ data: { ...keyed, ...made } });
    return operationId;
  });
  return getOperation(actor, operationId, { context });
}

/** A snapshot's name where nobody gave one: the second in which it was asked for. */
export const nameByTime = (nowMs: number): string => `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
