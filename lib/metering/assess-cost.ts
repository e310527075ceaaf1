import { type Accrued, type Charges, computeAccrued, computeAvoided, NO_CHARGES, sumOf } from "./cost";
import { type Burning, computeForecast, computeGrowth, computePerHour, type Forecast, NO_GROWTH } from "./forecast";
import type { Meter } from "./meter";
import { bookAt, type PriceBook } from "./price-book";
import type { ServiceUsage } from "./read-usage";

/** What of a service's life its cost depends on. */
export interface Life {
  /** It began then. */
  readonly sinceMs: number;
  /** It ends then: its TTL, or its purge once that is near; null when nobody knows. */
  readonly endsAtMs: number | null;
  /** Only a fork avoids being a full copy. */
  readonly isFork: boolean;
}

/** Everything that is said about one service's money, in micro-cents. */
export interface Assessment {
  readonly accrued: Accrued;
  readonly avoided: bigint;
  readonly perHour: Charges;
  /** From `asOf` to its end; null without an end. */
  readonly forecast: Forecast | null;
}

/** What a service costs: what accrued, what an hour costs now, and what is still to come. */
export function assessCost(used: ServiceUsage, life: Life, books: readonly PriceBook[]): Assessment {
  const accrued = computeAccrued(used.parts);
  const { meter } = used;
  return {
    accrued,
    avoided: life.isFork ? computeAvoided(accrued) : 0n,
    perHour: meter ? computePerHour(toBurning(meter), bookAt(books, meter.asOfMs)) : NO_CHARGES,
    forecast: forecastLife(used, life, books),
  };
}

export const toBurning = (meter: Meter): Burning => ({ ...meter, isRunning: meter.computeSinceMs !== undefined });

/** How fast a service wrote lately. */
export const growthOf = ({ meter, lastHourByteMs }: ServiceUsage, sinceMs: number) =>
  meter
    ? computeGrowth({ writtenBytes: meter.bytes.written, asOfMs: meter.asOfMs, sinceMs, lastHourByteMs })
    : NO_GROWTH;

function forecastLife(used: ServiceUsage, { sinceMs, endsAtMs }: Life, books: readonly PriceBook[]): Forecast | null {
  if (endsAtMs === null) return null;
  const { meter } = used;
  if (!meter) return { low: 0n, high: 0n };
  const until = { fromMs: meter.asOfMs, toMs: endsAtMs, growth: growthOf(used, sinceMs) };
  return computeForecast(toBurning(meter), until, books);
}

/** Sums over services: what a project owes is what its services owe, to the micro-cent. */
export function sumAssessments(all: readonly Assessment[]) {
  const sum = (of: (one: Assessment) => bigint) => all.reduce((total, one) => total + of(one), 0n);
  return {
    compute: sum(({ accrued }) => accrued.compute),
    storage: sum(({ accrued }) => accrued.storage),
    pinned: sum(({ accrued }) => accrued.pinned),
    fullCopy: sum(({ accrued }) => accrued.fullCopy),
    avoided: sum(({ avoided }) => avoided),
    perHour: sum(({ perHour }) => sumOf(perHour)),
    low: sum(({ forecast }) => forecast?.low ?? 0n),
    high: sum(({ forecast }) => forecast?.high ?? 0n),
  };
}
