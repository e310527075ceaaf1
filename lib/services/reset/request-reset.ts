import { authorize } from "@/lib/auth";
import type { Actor } from "@/lib/schemas/actor";
import type { ResetInput } from "@/lib/schemas/operation-input";
import type { ResetBody, ServiceDto } from "@/lib/schemas/service";
import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import { newId } from "@/lib/std/ids";
import { askFor } from "../ask-for";
import { askOnce } from "../ask-once";
import { assertAwake, cameFrom } from "../can-change";
import { type ServicesContext, servicesContext } from "../context";
import { getServiceRow, type ServiceRow } from "../find-service-row";
import { getService } from "../get-service";
import { findKeyedRequest, findReplayed } from "../idempotency";
import { moveService } from "../move-service";
import { saying } from "../pause";
import type { NewServiceOptions } from "../request-create";
import { assertUnprotected } from "../safety/protection";
import { isPaused, isServed, type ServiceState } from "../service-state";
import { planReset } from "./plan-reset";

export interface ResetRequest {
  readonly serviceId: string;
  readonly body: ResetBody;
}

/**
 * Asks that a service go on from a moment of its own history, with the endpoint and password that it has. What it holds now is kept
 * until the project's grace ends, and `{undo: true}` brings it back; `{base: true}` means the moment that a fork began with.
 */
export async function requestReset(
  actor: Actor,
  { serviceId, body }: ResetRequest,
  options: NewServiceOptions = {},
): Promise<ServiceDto> {
  // Asked again with the row held; here so that nothing is reserved for whoever may not.
  const context = servicesContext(options);
  // What the engine finds takes longer than anybody may hold the service's row; a repeated request has its answer already.
  const operationId = newId();
  const keyed = findKeyedRequest(actor, options.idempotencyKey, { "service.reset": serviceId, body });
  const isRepeated = keyed && (await findReplayed(context.db, keyed, context.clock.nowMs())) !== undefined;
  const plan = isRepeated
    ? undefined
    : await planReset(context, {
        row: await getResettable(context, actor, serviceId),
        body,
        holdId: operationId,
      });
  const request = { actor, serviceId, action: "service.reset" as const, body, options: { ...options, context } };
  await askOnce(request, async (tx, row, nowMs) => {
    assert(plan, "a key that was found a moment ago is kept for a day");
    assertResettable(row);
    await assertUnprotected(tx, row, "reset");
    if (row.volumeId !== plan.volumes.oldVolumeId)
      throw new AppError("CONFLICT", `${row.name} was reset meanwhile. Look at it, then choose again.`);
    const input: ResetInput = { ...plan.volumes, from: cameFrom(row) };
    const moved = await moveService(tx, { serviceId, to: "CONFIGURING", from: [row.status] });
    assert(moved, "a service whose row is held moves as the table says");
    return askFor(tx, { id: operationId, kind: "reset", service: row, by: actor.name, nowMs, input });
  }).catch(async (error: unknown) => {
    if (error instanceof AppError) await plan?.release();
    throw error;
  });
  return saying(await getService(actor, serviceId, { context }), { READY: "CONFIGURING", PAUSED: "CONFIGURING" });
}

const canBeReset = (state: ServiceState) => isServed(state) || isPaused(state);

async function getResettable({ db }: ServicesContext, actor: Actor, serviceId: string): Promise<ServiceRow> {
  const row = await getServiceRow(db, actor, serviceId);
  // Before anything is said about it.
  authorize(actor, "service.reset", row);
  assertResettable(row);
  await assertUnprotected(db, row, "reset");
  return row;
}

function assertResettable(row: ServiceRow): ServiceRow {
  assertAwake(row, { to: "reset", needs: canBeReset });
  return row;
}
