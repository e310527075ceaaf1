import { authorize } from "@/lib/auth";
import type { Project } from "@/lib/db";
import type { Actor } from "@/lib/schemas/actor";
import type { ForkServiceBody, ServiceDto } from "@/lib/schemas/service";
import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import { servicesContext } from "./context";
import { lockServiceRow, type ServiceRow } from "./find-service-row";
import { assertForkable, type ForkStart, reserveStart } from "./fork-start";
import { getService } from "./get-service";
import { toHistoryColumns, toHistorySettings } from "./history-settings";
import { findKeyedRequest, findReplayed } from "./idempotency";
import { planLifetime } from "./lifetime/lifetime";
import { assertRegionOfSource } from "./offers";
import { placeOnce } from "./place-once";
import { type Placement, prepareIdentity } from "./place-service";
import { offeringSpace } from "./policy/offer-space";
import { assertForksLeft, assertRunningLeft } from "./policy/quotas";
import { assertRoom } from "./policy/room";
import type { NewServiceOptions } from "./request-create";
import { suggestForkName } from "./service-names";
import { chooseSize } from "./service-sizes";
import { TakenNames } from "./taken-names";

export interface ForkRequest {
  readonly sourceId: string;
  readonly body: ForkServiceBody;
}

/** Asks for a fork. Answers at once, with its endpoint, its end and, this once, `initial_password`; READY comes later. */
export async function requestFork(
  actor: Actor,
  { sourceId, body }: ForkRequest,
  options: NewServiceOptions = {},
): Promise<ServiceDto> {
  authorize(actor, "service.fork");
  if (body.environment_tag === "PROD") authorize(actor, "service.setEnvironment");
  const context = servicesContext(options);
  const keyed = findKeyedRequest(actor, options.idempotencyKey, { fork: sourceId, body });
  const identity = await prepareIdentity(context);
  // What the engine finds takes longer than anybody may hold the placement lock; a repeated request has its answer already.
  const isRepeated = keyed && (await findReplayed(context.db, keyed, context.clock.nowMs())) !== undefined;
  if (!isRepeated) await offeringSpace(context, actor, assertRoom(context, actor));
  const start = isRepeated
    ? undefined
    : await reserveStart({ context, actor, sourceId, body, holdId: identity.serviceId });
  const placing = placeOnce({ actor, context, identity, keyed }, async (tx, nowMs) => {
    assert(start, "a key that was found a moment ago is kept for a day");
    const source = assertForkable(await lockServiceRow(tx, actor, sourceId));
    const project = await tx.project.findUniqueOrThrow({ where: { id: actor.projectId } });
    if (source.environment === "PROD") authorize(actor, "service.forkProd", project);
    await assertForksLeft(tx, project);
    await assertRunningLeft(tx, project);
    const names = await TakenNames.load(tx, actor.projectId);
    return planFork({ body, source, project, names, nowMs, start });
  });
  const placed = await offeringSpace(context, actor, placing).catch(async (error: unknown) => {
    // Refused, so nothing was made. After anything else nobody knows, and the hold ends with its lease.
    if (error instanceof AppError) await start?.release();
    throw error;
  });
  if (placed.serviceId !== identity.serviceId) await start?.release();
  return { ...(await getService(actor, placed.serviceId, { context, deletedToo: true })), ...placed.once };
}

interface ForkFacts {
  readonly body: ForkServiceBody;
  readonly source: ServiceRow;
  readonly project: Project;
  readonly names: TakenNames;
  readonly nowMs: number;
  readonly start: ForkStart;
}

function planFork({ body, source, project, names, nowMs, start }: ForkFacts): Placement {
  if (body.name !== undefined) names.assertFree(body.name);
  assertRegionOfSource(body.region_code, source);
  return {
    kind: "fork",
    name: body.name ?? suggestForkName(source.name, names.has),
    image: source.image,
    environment: body.environment_tag ?? "DEV",
    regionCode: source.regionCode,
    size: chooseSize(body, source),
    sample: null,
    // A copy: what the source changes later is its own affair.
    history: toHistoryColumns(toHistorySettings(source)),
    fork: {
      forkedFromId: source.id,
      forkStrategy: body.fork_strategy,
      ...planLifetime(body, project, nowMs),
      purpose: body.purpose || null,
      labels: body.labels ?? {},
      allowList: source.allowList,
      ...start.columns,
    },
    input: { ...start.input, ...(body.jobs_paused === false && { leavesJobs: true }) },
  };
}
