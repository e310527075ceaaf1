import type { VolumeStorage } from "@/lib/engine-client";
import type { Actor } from "@/lib/schemas/actor";
import { AppError } from "@/lib/std/app-error";
import type { ServicesContext } from "../context";
import { hasExpired, isLive, isServed, statesWhere } from "../service-state";
import type { Quota } from "./quotas";

/** As many as a person looks through. */
const OFFERED = 5;

/**
 * Does what may meet a quota; the refusal then offers what to delete, or to pause: what nobody is connected to first, then what
 * gives most back. Figures that a silent engine keeps to itself are null.
 */
export async function offeringSpace<Result>(
  context: ServicesContext,
  actor: Actor,
  asked: Promise<Result>,
): Promise<Result> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "QUOTA") throw error;
    throw await withOffers(context, actor, error);
  }
}

async function withOffers(context: ServicesContext, actor: Actor, error: AppError): Promise<AppError> {
  const quota = error.details?.quota as Quota;
  const verb = quota === "running" ? "Pause" : "Delete";
  const offers = await findOffers(context, actor, quota);
  return new AppError("QUOTA", error.message, {
    cause: error,
    details: { ...error.details, candidates: offers },
    fix: offers.map(({ name, service_id }) => ({ label: `${verb} ${name}`, href: `/forks/${service_id}` })),
  });
}

interface Offer {
  readonly service_id: string;
  readonly name: string;
  readonly written_bytes: number | null;
  readonly connections: number | null;
}

/** Forks that nothing protects; for the quota of running ones, those that run. */
async function findOffers(context: ServicesContext, { projectId }: Actor, quota: Quota): Promise<Offer[]> {
  const holds =
    quota === "running" ? isServed : (state: Parameters<typeof isLive>[0]) => isLive(state) || hasExpired(state);
  const rows = await context.db.service.findMany({
    where: {
      projectId,
      forkedFromId: { not: null },
      protectedBy: null,
      environment: { not: "PROD" },
      status: { in: statesWhere(holds) },
    },
    orderBy: { createdAt: "asc" },
    // All figures are had with one question.
    take: 500,
    select: { id: true, name: true, volumeId: true },
  });
  const [storage, connections] = await Promise.all([
    context.engine.storage(rows.map(({ volumeId }) => volumeId)).catch(() => undefined),
    context.engine.connections(rows.map(({ id }) => id)).catch(() => undefined),
  ]);
  const offers = rows.map(({ id, name, volumeId }) => ({
    service_id: id,
    name,
    written_bytes: findWritten(storage, volumeId),
    connections: connections ? (connections.get(id)?.length ?? 0) : null,
  }));
  return offers.sort(byWorth).slice(0, OFFERED);
}

const findWritten = (storage: ReadonlyMap<string, VolumeStorage> | undefined, volumeId: string): number | null =>
  storage ? (storage.get(volumeId)?.writtenBytes ?? 0) : null;

const byWorth = (one: Offer, other: Offer): number =>
  Number((one.connections ?? 0) > 0) - Number((other.connections ?? 0) > 0) ||
  (other.written_bytes ?? 0) - (one.written_bytes ?? 0);
