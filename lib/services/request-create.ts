import { authorize } from "@/lib/auth";
import type { Actor } from "@/lib/schemas/actor";
import type { CreateServiceBody, ServiceDto } from "@/lib/schemas/service";
import { type CallOptions, servicesContext } from "./context";
import { getService } from "./get-service";
import { toHistoryColumns } from "./history-settings";
import { findKeyedRequest, findReplayed } from "./idempotency";
import { assertRegionOffered, assertReplicasOffered, chooseImage, REGION } from "./offers";
import { placeOnce } from "./place-once";
import { prepareIdentity } from "./place-service";
import { offeringSpace } from "./policy/offer-space";
import { assertRunningLeft } from "./policy/quotas";
import { assertRoom } from "./policy/room";
import { chooseSize, DEFAULT_SIZE } from "./service-sizes";
import { TakenNames } from "./taken-names";

export interface NewServiceOptions extends CallOptions {
  readonly idempotencyKey?: string | undefined;
}

/** Asks for a new service. Answers at once, with its endpoint and, this once, `initial_password`; READY comes later. */
export async function requestCreate(
  actor: Actor,
  body: CreateServiceBody,
  options: NewServiceOptions = {},
): Promise<ServiceDto> {
  authorize(actor, "service.create");
  if (body.environment_tag === "PROD") authorize(actor, "service.setEnvironment");
  const context = servicesContext(options);
  const plan = planCreate(body);
  const keyed = findKeyedRequest(actor, options.idempotencyKey, { create: body });
  const identity = await prepareIdentity(context);
  const isRepeated = keyed && (await findReplayed(context.db, keyed, context.clock.nowMs())) !== undefined;
  if (!isRepeated) await offeringSpace(context, actor, assertRoom(context, actor));
  const placing = placeOnce({ actor, context, identity, keyed }, async (tx) => {
    await assertRunningLeft(tx, await tx.project.findUniqueOrThrow({ where: { id: actor.projectId } }));
    const names = await TakenNames.load(tx, actor.projectId);
    names.assertFree(plan.name);
    return { ...plan, history: toHistoryColumns(context.history) };
  });
  const placed = await offeringSpace(context, actor, placing);
  return { ...(await getService(actor, placed.serviceId, { context, deletedToo: true })), ...placed.once };
}

function planCreate(body: CreateServiceBody) {
  assertRegionOffered(body.region_code);
  assertReplicasOffered(body.replica_count);
  return {
    kind: "create" as const,
    name: body.name,
    image: chooseImage(body.sample ? ["time-series", ...(body.addons ?? [])] : body.addons),
    environment: body.environment_tag ?? "DEV",
    regionCode: REGION,
    size: chooseSize(body, DEFAULT_SIZE),
    sample: body.sample ?? null,
  };
}
