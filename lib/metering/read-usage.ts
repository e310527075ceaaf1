import type { Database, Transaction } from "@/lib/db";
import type { BookUsage, Usage } from "./cost";
import { floorHour, HOUR_MS, type Span } from "./hours";
import type { Meter } from "./meter";
import { splitByBooks } from "./price-book";
import { type ListedBook, listPriceBooks } from "./price-store";
import { toMeter } from "./usage-store";

/** What one service used within a span, and what it uses. */
export interface ServiceUsage {
  readonly parts: readonly BookUsage[];
  /** Undefined of one that is purged, or has no data yet. */
  readonly meter: Meter | undefined;
  /** Bytes times milliseconds that it had written within the last full hour before its meter's time. */
  readonly lastHourByteMs: bigint;
}

export interface ProjectUsage {
  readonly books: readonly ListedBook[];
  /** Up to when all of it is counted. */
  readonly asOfMs: number;
  /** By service, and by `KEPT_FORKS`. */
  readonly services: ReadonlyMap<string, ServiceUsage>;
}

type Db = Database | Transaction;

/** What a project used within whole hours, as its counters stand. `serviceIds` reads some services alone. */
export async function readUsage(
  db: Db,
  { projectId, serviceIds, span }: { projectId: string; serviceIds?: readonly string[]; span: Span },
  nowMs: number,
): Promise<ProjectUsage> {
  const where = { projectId, ...(serviceIds && { serviceId: { in: [...serviceIds] } }) };
  const books = await listPriceBooks(db, projectId);
  const meters = new Map(
    (await db.usageMeter.findMany({ where })).map((row) => [row.serviceId, toMeter(row)] as const),
  );
  const parts = new Map<string, BookUsage[]>();
  for (const { book, ...part } of splitByBooks(books, span))
    for (const [id, usage] of await sumHours(db, where, part))
      parts.set(id, [...(parts.get(id) ?? []), { book, usage }]);
  const asOfMs = Math.min(...[...meters.values()].map((meter) => meter.asOfMs));
  const lastHour = await readLastHour(db, where, asOfMs);
  return {
    books,
    asOfMs: Number.isFinite(asOfMs) ? asOfMs : nowMs,
    services: new Map(
      [...new Set([...parts.keys(), ...meters.keys()])].map((id) => [
        id,
        { parts: parts.get(id) ?? [], meter: meters.get(id), lastHourByteMs: lastHour.get(id) ?? 0n },
      ]),
    ),
  };
}

interface Where {
  readonly projectId: string;
  readonly serviceId?: { in: string[] };
}

/** Summed by the database: 500 services have 365,000 rows a month. */
async function sumHours(db: Db, where: Where, { fromMs, toMs }: Span): Promise<Map<string, Usage[]>> {
  const sums = await db.usageHour.groupBy({
    by: ["serviceId", "cpuMillis", "memoryGbs"],
    where: { ...where, hour: { gte: new Date(fromMs), lt: new Date(toMs) } },
    _sum: { computeMs: true, writtenByteMs: true, pinnedByteMs: true, logicalByteMs: true },
    orderBy: [{ serviceId: "asc" }, { cpuMillis: "asc" }, { memoryGbs: "asc" }],
  });
  const usage = new Map<string, Usage[]>();
  for (const { serviceId, cpuMillis, memoryGbs, _sum } of sums) {
    const line = {
      ...{ cpuMillis, memoryGbs },
      computeMs: _sum.computeMs ?? 0n,
      writtenByteMs: toBigInt(_sum.writtenByteMs),
      pinnedByteMs: toBigInt(_sum.pinnedByteMs),
      logicalByteMs: toBigInt(_sum.logicalByteMs),
    };
    usage.set(serviceId, [...(usage.get(serviceId) ?? []), line]);
  }
  return usage;
}

async function readLastHour(db: Db, where: Where, asOfMs: number): Promise<Map<string, bigint>> {
  if (!Number.isFinite(asOfMs)) return new Map();
  const lastHourMs = floorHour(asOfMs) - HOUR_MS;
  const usage = await sumHours(db, where, { fromMs: lastHourMs, toMs: lastHourMs + HOUR_MS });
  return new Map([...usage].map(([id, lines]) => [id, lines.reduce((sum, line) => sum + line.writtenByteMs, 0n)]));
}

/** Decimals of the database are whole numbers here, with up to 38 digits. */
const toBigInt = (decimal: { toFixed(digits: number): string } | null): bigint => BigInt(decimal?.toFixed(0) ?? 0);
