import type { Project, Transaction } from "@/lib/db";
import type { Actor } from "@/lib/schemas/actor";
import type { ForkServiceBody, ServiceDto } from "@/lib/schemas/service";
import { AppError } from "@/lib/std/app-error";
import { servicesContext } from "./context";
import { lockServiceRow, type ServiceRow } from "./find-service-row";
import { getService } from "./get-service";
import { findKeyedRequest } from "./idempotency";
import { computeLifetime } from "./lifetime";
import { assertStrategyOffered } from "./offers";
import { placeOnce } from "./place-once";
import { type Placement, prepareIdentity } from "./place-service";
import type { NewServiceOptions } from "./request-create";
import { suggestForkName } from "./service-names";
import { chooseSize } from "./service-sizes";
import { isBeingDeleted, isComingUp, isFailed, isForkable, isListed } from "./service-state";
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
  const context = servicesContext(options);
  assertStrategyOffered(body);
  const keyed = findKeyedRequest(actor, options.idempotencyKey, { fork: sourceId, body });
  const identity = await prepareIdentity(context);
  const placed = await placeOnce({ actor, context, identity, keyed }, async (tx, nowMs) => {
    const source = await getForkableSource(tx, actor, sourceId);
    const project = await tx.project.findUniqueOrThrow({ where: { id: actor.projectId } });
    const names = await TakenNames.load(tx, actor.projectId);
    return planFork({ body, source, project, names, nowMs });
  });
  return { ...(await getService(actor, placed.serviceId, { context, deletedToo: true })), ...placed.once };
}

async function getForkableSource(tx: Transaction, actor: Actor, sourceId: string): Promise<ServiceRow> {
  const source = await lockServiceRow(tx, actor, sourceId);
  if (isForkable(source.status)) return source;
  if (!isListed(source.status))
    throw new AppError("NOT_FOUND", `${source.name} was deleted. Restore it from Recently deleted to fork it.`);
  throw new AppError("SOURCE_BUSY", `${source.name} ${whyBusy(source)}`, { field: "source" });
}

function whyBusy({ status }: ServiceRow): string {
  if (isBeingDeleted(status)) return "is being deleted and cannot be forked. Undo that, or choose another source.";
  if (isFailed(status)) return "failed and holds no data. Choose another source.";
  if (isComingUp(status)) return "is not ready yet. It can be forked as soon as it is.";
  return "cannot be forked now. Choose another source.";
}

/** A fork's window: an hour, or a gibibyte. A service that is none has the schema's defaults. */
const RETENTION_OF_FORKS = { retentionSeconds: 3_600, retentionBytes: 1024n ** 3n };

interface ForkFacts {
  readonly body: ForkServiceBody;
  readonly source: ServiceRow;
  readonly project: Project;
  readonly names: TakenNames;
  readonly nowMs: number;
}

function planFork({ body, source, project, names, nowMs }: ForkFacts): Placement {
  if (body.name !== undefined) names.assertFree(body.name);
  const { ttlSeconds, expiresAtMs } = computeLifetime(body, project, nowMs);
  return {
    kind: "fork",
    name: body.name ?? suggestForkName(source.name, names.has),
    image: source.image,
    environment: body.environment_tag ?? "DEV",
    regionCode: source.regionCode,
    size: chooseSize(body, source),
    sample: null,
    fork: {
      forkedFromId: source.id,
      forkStrategy: body.fork_strategy,
      ttlSeconds,
      expiresAt: new Date(expiresAtMs),
      ...RETENTION_OF_FORKS,
    },
  };
}
