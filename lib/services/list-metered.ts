import type { Db } from "./move-service";
import { isPurged, statesWhere } from "./service-state";

/** A service as its meter needs it. */
export interface MeteredService {
  readonly projectId: string;
  readonly serviceId: string;
  readonly cpuMillis: number;
  readonly memoryGbs: number;
  /** Its volume, and those that a reset keeps. */
  readonly volumeIds: readonly string[];
  readonly hasMeter: boolean;
  /** Set once it is purged. */
  readonly endedAtMs: number | undefined;
}

const purged = statesWhere(isPurged);

/** All services that have, or may have, anything to meter: those that are not purged, and those whose meter has not ended yet. */
export async function listMetered(db: Db): Promise<MeteredService[]> {
  const meters = new Set((await db.usageMeter.findMany({ select: { serviceId: true } })).map((row) => row.serviceId));
  const rows = await db.service.findMany({
    where: { OR: [{ status: { notIn: purged } }, { id: { in: [...meters] } }] },
    select: {
      ...{ id: true, projectId: true, volumeId: true, cpuMillis: true, memoryGbs: true, status: true, purgedAt: true },
      retired: { select: { volumeId: true } },
    },
  });
  return rows.map(({ id, projectId, cpuMillis, memoryGbs, volumeId, retired, status, purgedAt }) => ({
    ...{ projectId, serviceId: id, cpuMillis, memoryGbs },
    volumeIds: isPurged(status) ? [] : [volumeId, ...retired.map((one) => one.volumeId)],
    hasMeter: meters.has(id),
    endedAtMs: isPurged(status) ? (purgedAt?.getTime() ?? 0) : undefined,
  }));
}
