import { authorize } from "@/lib/auth";
import {
  type Assessment,
  assessCost,
  bookAt,
  computeSavedPerHour,
  KEPT_FORKS,
  type Life,
  monthOf,
  type ProjectUsage,
  readUsage,
  type ServiceUsage,
  type Span,
  sumAssessments,
  toBurning,
} from "@/lib/metering";
import type { Actor } from "@/lib/schemas/actor";
import type { CostQuery, OneServiceCostDto, ProjectCostDto, ServiceCostDto } from "@/lib/schemas/cost";
import { type CallOptions, type ServicesContext, servicesContext } from "../context";
import { getServiceRow } from "../find-service-row";
import { hasExpired, isFailed, isInBin, isPurged } from "../service-state";
import { closeCounters } from "./close-counters";
import { readHour, readSpan } from "./read-hour";
import { type CostRow, toBookDto, toKeptCostDto, toMicroCents, toServiceCostDto, toTime } from "./to-cost-dto";

/** What one service costs, also when it is deleted or purged: what it cost is owed. */
export async function getServiceCost(
  actor: Actor,
  { serviceId, query = {} }: { serviceId: string; query?: CostQuery },
  options: CallOptions = {},
): Promise<OneServiceCostDto> {
  const context = servicesContext(options);
  const row = await getServiceRow(context.db, actor, serviceId);
  authorize(actor, "cost.read");
  const [nowMs, engine] = [context.clock.nowMs(), await closeCounters(context)];
  const span = toSpan(query, nowMs);
  const asked = { projectId: actor.projectId, serviceIds: [serviceId, KEPT_FORKS], span };
  const usage = await readUsage(context.db, asked, nowMs);
  const used = usage.services.get(serviceId) ?? UNUSED;
  const { assessment, dto } = describe(row, used, usage);
  const isThere = engine === "ok" && !isPurged(row.status);
  return {
    ...dto,
    ...toAnswered(span, engine),
    deleting_saves: isThere ? await findSaving(context, { row, used, usage, assessment }) : null,
  };
}

/** What a project costs, service by service, those that are purged by now too. */
export async function getProjectCost(
  actor: Actor,
  query: CostQuery = {},
  options: CallOptions = {},
): Promise<ProjectCostDto> {
  authorize(actor, "cost.read");
  const context = servicesContext(options);
  const [nowMs, engine] = [context.clock.nowMs(), await closeCounters(context)];
  const span = toSpan(query, nowMs);
  const usage = await readUsage(context.db, { projectId: actor.projectId, span }, nowMs);
  const rows = await findRows(context, actor, span);
  const services = rows
    .filter((row) => !isFailed(row.status) || usage.services.has(row.id))
    .map((row) => describe(row, usage.services.get(row.id) ?? UNUSED, usage));
  const kept = describeKept(usage);
  const all = kept ? [...services, kept] : services;
  const sums = sumAssessments(all.map(({ assessment }) => assessment));
  const book = bookAt(usage.books, usage.asOfMs);
  return {
    ...toAnswered(span, engine),
    currency: book.currency,
    compute_micro_cents: toMicroCents(sums.compute),
    storage_micro_cents: toMicroCents(sums.storage),
    pinned_micro_cents: toMicroCents(sums.pinned),
    accrued_micro_cents: toMicroCents(sums.compute + sums.storage + sums.pinned),
    per_hour_micro_cents: toMicroCents(sums.perHour),
    forecast_micro_cents: { low: toMicroCents(sums.low), high: toMicroCents(sums.high) },
    full_copy_micro_cents: toMicroCents(sums.fullCopy),
    avoided_micro_cents: toMicroCents(sums.avoided),
    price_book: book.id,
    as_of: toTime(usage.asOfMs),
    services: all.map(({ dto }) => dto),
    price_books: usage.books.map(toBookDto),
  };
}

interface Described {
  readonly assessment: Assessment;
  readonly dto: ServiceCostDto;
}

const UNUSED: ServiceUsage = { parts: [], meter: undefined, lastHourByteMs: 0n };

function describe(row: CostRow, used: ServiceUsage, { books, asOfMs }: ProjectUsage): Described {
  const life = toLife(row);
  const assessment = assessCost(used, life, books);
  return { assessment, dto: toServiceCostDto(row, { used, assessment, life, books, asOfMs }) };
}

function describeKept({ services, books, asOfMs }: ProjectUsage): Described | undefined {
  const used = services.get(KEPT_FORKS);
  if (!used || (used.parts.length === 0 && used.meter?.bytes.pinned === 0)) return undefined;
  const life = { sinceMs: 0, endsAtMs: null, isFork: false };
  const assessment = assessCost(used, life, books);
  return { assessment, dto: toKeptCostDto({ used, assessment, life, books, asOfMs }) };
}

/** What is in Recently deleted ends with its grace. */
function toLife(row: CostRow): Life {
  const end = isInBin(row.status) || hasExpired(row.status) ? row.purgeAt : row.expiresAt;
  const endsAtMs = isPurged(row.status) ? null : (end?.getTime() ?? null);
  return { sinceMs: row.createdAt.getTime(), endsAtMs, isFork: row.forkedFromId !== null };
}

/** Everything that existed in a span. */
function findRows({ db }: ServicesContext, { projectId }: Actor, { fromMs, toMs }: Span): Promise<CostRow[]> {
  return db.service.findMany({
    where: {
      projectId,
      createdAt: { lt: new Date(toMs) },
      OR: [{ purgedAt: null }, { purgedAt: { gte: new Date(fromMs) } }],
    },
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
  });
}

const HOUR_MS = 3_600_000n;

async function findSaving(
  { engine }: ServicesContext,
  of: { row: CostRow; used: ServiceUsage; usage: ProjectUsage; assessment: Assessment },
): Promise<OneServiceCostDto["deleting_saves"]> {
  const { meter } = of.used;
  if (!meter) return null;
  try {
    const frees = await engine.history.usage({ volumeId: of.row.volumeId });
    const perHour = computeSavedPerHour(toBurning(meter), frees, bookAt(of.usage.books, meter.asOfMs));
    const { endsAtMs } = toLife(of.row);
    const leftMs = endsAtMs === null ? null : BigInt(Math.max(0, endsAtMs - meter.asOfMs));
    return {
      per_hour_micro_cents: toMicroCents(perHour),
      to_end_micro_cents: leftMs === null ? null : toMicroCents((perHour * leftMs) / HOUR_MS),
      frees_bytes: frees.freesBytes,
    };
  } catch {
    return null; // a silent engine costs the figure, not the answer
  }
}

function toSpan({ from, to }: CostQuery, nowMs: number): Span {
  const month = monthOf(nowMs);
  return readSpan(
    from === undefined ? month.fromMs : readHour(from, "from"),
    to === undefined ? month.toMs : readHour(to, "to"),
  );
}

const toAnswered = ({ fromMs, toMs }: Span, engine: "ok" | "silent") => ({
  from: toTime(fromMs),
  to: toTime(toMs),
  engine,
});
