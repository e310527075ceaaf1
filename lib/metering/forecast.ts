import { addCharges, type Charges, computeCharges, NO_CHARGES, STORAGE_UNIT, sumOf } from "./cost";
import { floorHour, HOUR_MS } from "./hours";
import type { HeldBytes, Meter } from "./meter";
import { type PriceBook, type Prices, splitByBooks } from "./price-book";

/** What a service holds and runs as at an instant. */
export type Burning = Pick<Meter, "cpuMillis" | "memoryGbs" | "bytes"> & { readonly isRunning: boolean };

/** What an hour costs if nothing changes; each kind cut to whole micro-cents. */
export const computePerHour = (burning: Burning, prices: Prices): Charges => computeFor(burning, HOUR_MS, prices);

/** So many bytes more in so many milliseconds. */
export interface Growth {
  readonly bytes: number;
  readonly overMs: number;
}

export const NO_GROWTH: Growth = { bytes: 0, overMs: 1 };

/**
 * How fast a service wrote lately: its bytes now against the mean of the last full hour, over the time since the middle of that
 * hour. One that is younger than that began with nothing. Never below zero: what is collected is not expected to go on.
 */
export function computeGrowth(facts: {
  readonly writtenBytes: number;
  readonly asOfMs: number;
  readonly sinceMs: number;
  /** Bytes times milliseconds that were written within the last full hour. */
  readonly lastHourByteMs: bigint;
}): Growth {
  const { writtenBytes, asOfMs, sinceMs, lastHourByteMs } = facts;
  const lastHourMs = floorHour(asOfMs) - HOUR_MS;
  const isYoung = sinceMs > lastHourMs;
  const before = isYoung ? 0 : Number(lastHourByteMs / BigInt(HOUR_MS));
  const beforeMs = isYoung ? sinceMs : lastHourMs + HOUR_MS / 2;
  return { bytes: Math.max(0, writtenBytes - before), overMs: Math.max(1, asOfMs - beforeMs) };
}

export interface Forecast {
  /** As now, and nothing more is written. */
  readonly low: bigint;
  /** As now, and what is written grows on. */
  readonly high: bigint;
}

/** What is still to come from an instant to an end, under the price books as they are announced. */
export function computeForecast(
  burning: Burning,
  { fromMs, toMs, growth }: { fromMs: number; toMs: number; growth: Growth },
  books: readonly PriceBook[],
): Forecast {
  const parts = splitByBooks(books, { fromMs, toMs });
  const low = parts
    .map((part) => computeFor(burning, part.toMs - part.fromMs, part.book))
    .reduce(addCharges, NO_CHARGES);
  const more = parts.map((part) =>
    priceGrowth(growth, { fromMs: part.fromMs - fromMs, toMs: part.toMs - fromMs }, part.book),
  );
  return { low: sumOf(low), high: sumOf(low) + more.reduce((sum, one) => sum + one, 0n) };
}

/** What deleting a service now saves an hour: its compute, and the storage that comes back to the disk. */
export function computeSavedPerHour(
  burning: Burning,
  frees: { readonly freesBytes: number; readonly pinnedBytes: number },
  prices: Prices,
): bigint {
  const bytes = { written: frees.freesBytes - frees.pinnedBytes, pinned: frees.pinnedBytes, logical: 0 };
  return sumOf(computePerHour({ ...burning, bytes }, prices));
}

function computeFor({ isRunning, bytes, ...size }: Burning, lengthMs: number, prices: Prices): Charges {
  const length = BigInt(lengthMs);
  const usage = { ...toByteMs(bytes, length), cpuMillis: size.cpuMillis, memoryGbs: size.memoryGbs };
  return computeCharges([{ ...usage, computeMs: isRunning ? length : 0n }], prices);
}

const toByteMs = (bytes: HeldBytes, length: bigint) => ({
  writtenByteMs: BigInt(bytes.written) * length,
  pinnedByteMs: BigInt(bytes.pinned) * length,
  logicalByteMs: BigInt(bytes.logical) * length,
});

/** Growth is a straight line from zero: between two instants after it begins it holds `rate × (to² − from²) / 2` byte-ms. */
function priceGrowth(growth: Growth, { fromMs, toMs }: { fromMs: number; toMs: number }, prices: Prices): bigint {
  const squares = BigInt(toMs) * BigInt(toMs) - BigInt(fromMs) * BigInt(fromMs);
  return (BigInt(growth.bytes) * squares * prices.storageGibMonth) / (2n * BigInt(growth.overMs) * STORAGE_UNIT);
}
