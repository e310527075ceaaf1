import { authorize } from "@/lib/auth";
import type { Actor } from "@/lib/schemas/actor";
import type { ReadyMsDto, ResolveDto, TimelineDto, WindowDto } from "@/lib/schemas/history";
import type { ResolveQuery, TimelineQuery } from "@/lib/schemas/history-requests";
import { AppError } from "@/lib/std/app-error";
import { formatMicros } from "@/lib/std/micros";
import { type CallOptions, type ServicesContext, servicesContext } from "./context";
import type { ServiceRow } from "./find-service-row";
import { readTime } from "./fork-target";
import { getRowWithHistory } from "./history-source";
import { type MomentRequest, planMoment } from "./reserve-moment";
import { isBaseMark } from "./reset/base-mark";
import { toEventDto } from "./service-events";
import { sayingTarget, withWindowEnds } from "./target-errors";
import { type ForksOf, toResolveDto, toWindowDto } from "./to-history-dto";

/** How far back a service can be read and forked, and what is kept of it by name. */
export async function getWindow(actor: Actor, serviceId: string, options: CallOptions = {}): Promise<WindowDto> {
  authorize(actor, "history.read");
  const context = servicesContext(options);
  const row = await getRowWithHistory(context.db, actor, serviceId);
  const window = await context.engine.history.window({ volumeId: row.volumeId });
  const holds = window.holds.filter((hold) => !isBaseMark(hold, row.volumeId));
  return toWindowDto({ ...window, holds }, await countForks(context, row));
}

/**
 * The commit that a time, an event or a number means. Thinned history answers too, with `exact: false`, unless `strict` asks
 * for the refusal that names both neighbours; what is outside of the window is refused as a fork of it would be.
 */
export async function resolveMoment(
  actor: Actor,
  { serviceId, query, strict = false }: { serviceId: string; query: ResolveQuery; strict?: boolean },
  options: CallOptions = {},
): Promise<ResolveDto> {
  authorize(actor, "history.read");
  const context = servicesContext(options);
  const row = await getRowWithHistory(context.db, actor, serviceId);
  const moment = await readMoment(context, row, query);
  const { at, asked } = await planMoment(context, row, { ...moment, acceptInexact: !strict });
  const resolved = await sayingTarget(context, asked, context.engine.history.resolve({ volumeId: row.volumeId, at }));
  const [forks, readyMs] = await Promise.all([countForks(context, row), measureReadyMs(context)]);
  return toResolveDto({ requestedMicros: moment.micros, resolved, forks, readyMs });
}

/** Reads the three ways to name a moment; a time that is none is refused with both ends of the window. */
export async function readMoment(
  context: ServicesContext,
  row: ServiceRow,
  { time, event, commit }: ResolveQuery,
): Promise<MomentRequest> {
  if (event !== undefined) return { eventId: event, field: "event" };
  if (commit !== undefined) return { commit, field: "commit" };
  try {
    return { micros: readTime(time ?? "", "time"), field: "time" };
  } catch (error) {
    throw error instanceof AppError ? await withWindowEnds(context, row, error) : error;
  }
}

const BUCKETS_DEFAULT = 100;
const EVENTS_LISTED = 1_000;

/** Commits and bytes over a span, by default the whole window, and what happened in it. */
export async function getTimeline(
  actor: Actor,
  { serviceId, query = {} }: { serviceId: string; query?: TimelineQuery },
  options: CallOptions = {},
): Promise<TimelineDto> {
  authorize(actor, "history.read");
  const context = servicesContext(options);
  const row = await getRowWithHistory(context.db, actor, serviceId);
  const { volumeId } = row;
  const { earliest, latestMicros } = await context.engine.history.window({ volumeId });
  const fromMicros = query.from === undefined ? earliest.micros : readTime(query.from, "from");
  const toMicros = query.to === undefined ? latestMicros + 1 : readTime(query.to, "to");
  if (fromMicros >= toMicros) throw new AppError("INVALID_REQUEST", "from must be before to.", { field: "from" });
  const span = { fromMicros, toMicros, buckets: query.buckets ?? BUCKETS_DEFAULT };
  const [buckets, found] = await Promise.all([
    context.engine.history.histogram({ volumeId, ...span }),
    listEvents(context, row, span),
  ]);
  return {
    from: formatMicros(fromMicros),
    to: formatMicros(toMicros),
    buckets: buckets.map(({ fromMicros: from, moments, bytes }) => ({
      from: formatMicros(from),
      commits: moments,
      bytes,
    })),
    ...found,
    generated_at: formatMicros(latestMicros),
  };
}

async function listEvents(
  { db }: ServicesContext,
  row: ServiceRow,
  { fromMicros, toMicros }: { fromMicros: number; toMicros: number },
): Promise<Pick<TimelineDto, "events" | "events_left_out">> {
  const where = { serviceId: row.id, micros: { gte: BigInt(fromMicros), lt: BigInt(toMicros) } };
  const [rows, total] = await Promise.all([
    db.serviceEvent.findMany({ where, orderBy: [{ micros: "desc" }, { id: "asc" }], take: EVENTS_LISTED }),
    db.serviceEvent.count({ where }),
  ]);
  return { events: rows.reverse().map(toEventDto), events_left_out: total - rows.length };
}

/** Living forks of a service by the snapshot that they were made of. */
export async function countForks({ db }: ServicesContext, row: ServiceRow): Promise<ForksOf> {
  const groups = await db.service.groupBy({
    by: ["baseSnapshotId"],
    where: { forkedFromId: row.id, deletedAt: null, baseSnapshotId: { not: null } },
    _count: true,
  });
  return new Map(groups.flatMap(({ baseSnapshotId, _count }) => (baseSnapshotId ? [[baseSnapshotId, _count]] : [])));
}

// Enough to say what is usual, few enough to follow a machine that became slower.
const MEASURED_FORKS = 50;

/** From the request to READY, of the newest forks that this installation has made; null before the first. */
export async function measureReadyMs({ db }: ServicesContext): Promise<ReadyMsDto | null> {
  const rows = await db.operation.findMany({
    where: { kind: "fork", state: "SUCCEEDED", finishedAt: { not: null } },
    orderBy: { finishedAt: "desc" },
    take: MEASURED_FORKS,
    select: { requestedAt: true, finishedAt: true },
  });
  const sorted = rows
    .map(({ requestedAt, finishedAt }) => (finishedAt?.getTime() ?? 0) - requestedAt.getTime())
    .sort((left, right) => left - right);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  const [p50, p95] = [at(0.5), at(0.95)];
  return p50 === undefined || p95 === undefined ? null : { p50, p95 };
}
