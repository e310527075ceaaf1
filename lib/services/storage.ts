import { authorize } from "@/lib/auth";
import { IDS_MAX, type LogFigures } from "@/lib/engine-client";
import type { Actor } from "@/lib/schemas/actor";
import type { FreesDto, ProjectStorageDto, StorageDto } from "@/lib/schemas/history";
import type { FreesBody } from "@/lib/schemas/history-requests";
import { formatMicros } from "@/lib/std/micros";
import { type CallOptions, type ServicesContext, servicesContext } from "./context";
import { getServiceRow, serviceNotFound } from "./find-service-row";
import { isPurged, statesWhere } from "./service-state";
import { toLogBytesDto } from "./to-history-dto";

/** A service's bytes; also of one in Recently deleted, which still has them. */
export async function getStorage(actor: Actor, serviceId: string, options: CallOptions = {}): Promise<StorageDto> {
  authorize(actor, "storage.read");
  const context = servicesContext(options);
  const row = await getServiceRow(context.db, actor, serviceId);
  if (isPurged(row.status)) throw serviceNotFound();
  const { logicalBytes, pinnedBytes, freesBytes, log } = await context.engine.history.usage({ volumeId: row.volumeId });
  return {
    logical_bytes: logicalBytes,
    // A block's slot is a little larger than the block: a service that shares nothing would come out below zero.
    shared_bytes: Math.max(0, logicalBytes - log.headBytes),
    written_bytes: log.headBytes + log.historyBytes,
    pinned_bytes: pinnedBytes,
    frees_bytes: freesBytes,
    log: toLogBytesDto(log),
    generated_at: sayNow(context),
  };
}

/** The bytes of a project's logs, summed. Where it is the only project also the whole disk, which the figures add up to. */
export async function getProjectStorage(actor: Actor, options: CallOptions = {}): Promise<ProjectStorageDto> {
  authorize(actor, "storage.read");
  const context = servicesContext(options);
  const rows = await context.db.service.findMany({
    where: { projectId: actor.projectId, status: { in: statesWhere((state) => !isPurged(state)) } },
    select: { volumeId: true, retired: { select: { volumeId: true } } },
  });
  // What a reset keeps is the project's too.
  const volumes = rows.flatMap((row) => [row, ...row.retired]);
  const log = await sumFigures(
    context,
    volumes.map(({ volumeId }) => volumeId),
  );
  const generated_at = sayNow(context);
  if ((await context.db.project.count()) > 1) return { log: toLogBytesDto(log), generated_at };
  const { left, diskBytes } = await context.engine.history.totals({});
  const ids = new Set(volumes.map(({ volumeId }) => volumeId));
  // What templates descend through is the installation's.
  const ofPurged = left.filter(({ heirIds }) => heirIds.every((volumeId) => ids.has(volumeId)));
  const keptOfPurged = ofPurged.reduce((sum, { keptForForksBytes }) => sum + keptForForksBytes, 0);
  const owned = Object.values(log).reduce((sum, bytes) => sum + bytes, keptOfPurged);
  // The disk is asked about after the logs: what was given back between the two would come out below zero.
  const systemBytes = Math.max(0, diskBytes - owned);
  return {
    log: toLogBytesDto(log),
    kept_of_purged_bytes: keptOfPurged,
    system_bytes: systemBytes,
    disk_bytes: owned + systemBytes,
    generated_at,
  };
}

/** What deleting these services together returns to the disk. */
export async function getFrees(actor: Actor, body: FreesBody, options: CallOptions = {}): Promise<FreesDto> {
  authorize(actor, "storage.read");
  const context = servicesContext(options);
  const ids = [...new Set(body.service_ids)];
  const rows = await context.db.service.findMany({
    where: { id: { in: ids }, projectId: actor.projectId, status: { in: statesWhere((state) => !isPurged(state)) } },
    select: { volumeId: true },
  });
  if (rows.length < ids.length) throw serviceNotFound();
  const { freesBytes, pinnedBytes } = await context.engine.history.frees({
    volumeIds: rows.map(({ volumeId }) => volumeId),
  });
  return { service_ids: ids, frees_bytes: freesBytes, pinned_bytes: pinnedBytes, generated_at: sayNow(context) };
}

async function sumFigures({ engine }: ServicesContext, volumeIds: readonly string[]): Promise<LogFigures> {
  const sum = { headBytes: 0, historyBytes: 0, keptForForksBytes: 0, garbageBytes: 0, metadataBytes: 0 };
  const keys = Object.keys(sum) as (keyof LogFigures)[];
  for (let start = 0; start < volumeIds.length; start += IDS_MAX) {
    const answer = await engine.history.figures({ volumeIds: volumeIds.slice(start, start + IDS_MAX) });
    for (const figures of Object.values(answer)) for (const key of keys) sum[key] += figures[key];
  }
  return sum;
}

const sayNow = ({ clock }: ServicesContext): string => formatMicros(clock.nowMicros());
