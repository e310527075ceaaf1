import { authorize } from "@/lib/auth";
import { IDS_MAX, type VolumeStorage } from "@/lib/engine-client";
import type { Actor } from "@/lib/schemas/actor";
import type { ServiceDto } from "@/lib/schemas/service";
import { type CallOptions, type ServicesContext, servicesContext } from "./context";
import { getServiceRow, SERVICE_PARTS, type ServiceRow, serviceNotFound } from "./find-service-row";
import { isInBin, isListed, isPurged, type ServiceState, statesWhere } from "./service-state";
import { type DtoFacts, toServiceDto } from "./to-service-dto";

export interface GetServiceOptions extends CallOptions {
  /** Also one that only Recently deleted still knows, as the pages of deleted services need it. */
  readonly deletedToo?: boolean;
}

/** The actor's service, or NOT_FOUND; once it is deleted, only with `deletedToo`. */
export async function getService(
  actor: Actor,
  serviceId: string,
  options: GetServiceOptions = {},
): Promise<ServiceDto> {
  authorize(actor, "service.read");
  const context = servicesContext(options);
  const row = await getServiceRow(context.db, actor, serviceId);
  if (isPurged(row.status) || (!options.deletedToo && !isListed(row.status))) throw serviceNotFound();
  return toOneDto(context, row);
}

/** All services and forks of the actor's project that are not deleted, newest first. */
export const listServices = (actor: Actor, options: CallOptions = {}): Promise<ServiceDto[]> =>
  listIn(statesWhere(isListed), actor, options);

/** Recently deleted: what can still be restored or is being purged, newest deletion first. */
export const listBin = (actor: Actor, options: CallOptions = {}): Promise<ServiceDto[]> =>
  listIn(statesWhere(isInBin), actor, options);

async function listIn(states: ServiceState[], actor: Actor, options: CallOptions): Promise<ServiceDto[]> {
  authorize(actor, "service.read");
  const context = servicesContext(options);
  const rows = await context.db.service.findMany({
    where: { projectId: actor.projectId, status: { in: states } },
    include: SERVICE_PARTS,
    orderBy: [{ deletedAt: { sort: "desc", nulls: "last" } }, { createdAt: "desc" }, { id: "asc" }],
  });
  const facts = await findFacts(context, rows);
  return rows.map((row) => toServiceDto(row, facts));
}

async function toOneDto(context: ServicesContext, row: ServiceRow): Promise<ServiceDto> {
  return toServiceDto(row, await findFacts(context, [row]));
}

// A list without what only the engine knows is better than no list: a silent engine is no error here.
async function findFacts(context: ServicesContext, rows: readonly ServiceRow[]): Promise<DtoFacts> {
  const [storage, damages] = await Promise.all([findStorage(context, rows), findDamages(context, rows)]);
  return { nowMs: context.clock.nowMs(), gatewayHost: context.gatewayHost, storage, damages };
}

async function findDamages({ engine }: ServicesContext, rows: readonly ServiceRow[]): Promise<DtoFacts["damages"]> {
  const volumeIds = rows.map((row) => row.volumeId);
  const counts: Record<string, number> = {};
  try {
    for (let start = 0; start < volumeIds.length; start += IDS_MAX)
      Object.assign(
        counts,
        (await engine.history.damages({ volumeIds: volumeIds.slice(start, start + IDS_MAX) })).counts,
      );
    return counts;
  } catch {
    return undefined;
  }
}

async function findStorage(
  { engine }: ServicesContext,
  rows: readonly ServiceRow[],
): Promise<Map<string, VolumeStorage> | undefined> {
  const volumeIds = rows.map((row) => row.volumeId);
  const storage = new Map<string, VolumeStorage>();
  try {
    for (let start = 0; start < volumeIds.length; start += IDS_MAX) {
      const answer = await engine.storage(volumeIds.slice(start, start + IDS_MAX));
      for (const [volumeId, figures] of answer) storage.set(volumeId, figures);
    }
    return storage;
  } catch {
    return undefined;
  }
}
