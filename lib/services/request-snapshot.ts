import type { Actor } from "@/lib/schemas/actor";
import type { TakeSnapshotBody } from "@/lib/schemas/history-requests";
import type { OperationDto } from "@/lib/schemas/operation";
import type { SnapshotInput } from "@/lib/schemas/operation-input";
import { askFor } from "./ask-for";
import { type CallOptions, servicesContext } from "./context";
import { lockServiceRow } from "./find-service-row";
import { assertHasHistory } from "./history-source";
import { getOperation } from "./list-operations";

export interface SnapshotRequest {
  readonly serviceId: string;
  readonly body?: TakeSnapshotBody;
}

/** Asks for a snapshot of a service as it is when the operation runs. The operation's id will be the snapshot's. */
export async function requestSnapshot(
  actor: Actor,
  { serviceId, body = {} }: SnapshotRequest,
  options: CallOptions = {},
): Promise<OperationDto> {
  const context = servicesContext(options);
  const operationId = await context.db.$transaction(async (tx) => {
    const row = await lockServiceRow(tx, actor, serviceId);
    assertHasHistory(row);
    const nowMs = context.clock.nowMs();
    const input: SnapshotInput = { name: body.name ?? nameByTime(nowMs) };
    return askFor(tx, { kind: "snapshot", service: row, by: actor.name, nowMs, input });
  });
  return getOperation(actor, operationId, { context });
}

/** A snapshot's name where nobody gave one: the second in which it was asked for. */
export const nameByTime = (nowMs: number): string => `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
