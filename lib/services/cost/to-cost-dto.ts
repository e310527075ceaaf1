import {
  type Assessment,
  type BookUsage,
  bookAt,
  type Life,
  type ListedBook,
  type PriceBook,
  type ServiceUsage,
  sumOf,
} from "@/lib/metering";
import type { PriceBookDto, ServiceCostDto } from "@/lib/schemas/cost";
import { formatMicros } from "@/lib/std/micros";
import type { ServiceRow } from "../find-service-row";
import { toApiStatus } from "../service-state";

/** What of a service's row its cost is told with. */
export type CostRow = Pick<
  ServiceRow,
  | "id"
  | "name"
  | "status"
  | "volumeId"
  | "createdAt"
  | "createdBy"
  | "expiresAt"
  | "purgeAt"
  | "purgedAt"
  | "forkedFromId"
  | "purpose"
  | "labels"
>;

export interface CostFacts {
  readonly used: ServiceUsage;
  readonly assessment: Assessment;
  readonly life: Life;
  readonly books: readonly PriceBook[];
  /** When the project's counters were closed. */
  readonly asOfMs: number;
}

export const toTime = (ms: number): string => formatMicros(ms * 1000);
const toTimeOrNull = (at: Date | null): string | null => (at === null ? null : toTime(at.getTime()));

/** Exact below 2^53 micro-cents, ninety million of a currency. */
export const toMicroCents = (money: bigint): number => Number(money);

export const toServiceCostDto = (row: CostRow, facts: CostFacts): ServiceCostDto => ({
  service_id: row.id,
  kind: facts.life.isFork ? "fork" : "service",
  name: row.name,
  ...toFigures(facts),
  created: toTime(row.createdAt.getTime()),
  purged: toTimeOrNull(row.purgedAt),
  status: toApiStatus(row.status),
  forked_from: row.forkedFromId,
  created_by: row.createdBy,
  purpose: row.purpose,
  labels: toLabels(row.labels),
});

/** What purged services' logs keep for forks: nobody's in particular, so the project's. */
export const toKeptCostDto = (facts: CostFacts): ServiceCostDto => ({
  service_id: null,
  kind: "kept_for_forks",
  name: "Kept for forks of purged services",
  ...toFigures(facts),
  created: null,
  purged: null,
  status: null,
  forked_from: null,
  created_by: null,
  purpose: null,
  labels: {},
});

function toFigures({ used, assessment, life, books, asOfMs }: CostFacts) {
  const { accrued, avoided, perHour, forecast } = assessment;
  const book = bookAt(books, used.meter?.asOfMs ?? asOfMs);
  return {
    currency: book.currency,
    compute_micro_cents: toMicroCents(accrued.compute),
    storage_micro_cents: toMicroCents(accrued.storage),
    pinned_micro_cents: toMicroCents(accrued.pinned),
    accrued_micro_cents: toMicroCents(sumOf(accrued)),
    per_hour_micro_cents: toMicroCents(sumOf(perHour)),
    forecast_micro_cents: forecast && { low: toMicroCents(forecast.low), high: toMicroCents(forecast.high) },
    full_copy_micro_cents: toMicroCents(accrued.fullCopy),
    avoided_micro_cents: toMicroCents(avoided),
    price_book: book.id,
    as_of: toTime(used.meter?.asOfMs ?? asOfMs),
    ends: life.endsAtMs === null ? null : toTime(life.endsAtMs),
    now: toNow(used),
    usage: used.parts.flatMap(toLines),
  };
}

const toNow = ({ meter }: ServiceUsage): ServiceCostDto["now"] =>
  meter
    ? {
        is_running: meter.computeSinceMs !== undefined,
        cpu_millis: meter.cpuMillis,
        memory_gbs: meter.memoryGbs,
        written_bytes: meter.bytes.written,
        pinned_bytes: meter.bytes.pinned,
        logical_bytes: meter.bytes.logical,
      }
    : null;

const toLines = ({ book, usage }: BookUsage): ServiceCostDto["usage"] =>
  usage.map((line) => ({
    price_book: book.id,
    cpu_millis: line.cpuMillis,
    memory_gbs: line.memoryGbs,
    compute_ms: Number(line.computeMs),
    written_byte_ms: `${line.writtenByteMs}`,
    pinned_byte_ms: `${line.pinnedByteMs}`,
    logical_byte_ms: `${line.logicalByteMs}`,
  }));

/** Labels are text by text; what else a row may hold is not shown. */
function toLabels(labels: unknown): Record<string, string> {
  const entries = Object.entries(labels && typeof labels === "object" ? labels : {});
  return Object.fromEntries(entries.flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])));
}

export const toBookDto = (book: ListedBook): PriceBookDto => ({
  id: book.id,
  effective_from: toTime(book.effectiveFromMs),
  currency: book.currency,
  vcpu_hour_micro_cents: toMicroCents(book.vcpuHour),
  gib_hour_micro_cents: toMicroCents(book.gibHour),
  storage_gib_month_micro_cents: toMicroCents(book.storageGibMonth),
  pinned_billed: book.pinnedBilled,
  is_example: book.isExample,
  created_by: book.createdBy,
});
