import { HOUR_MS } from "./hours";
import type { Size } from "./meter";
import type { PriceBook, Prices } from "./price-book";

/** What was used at one size, under one price book. */
export interface Usage extends Size {
  readonly computeMs: bigint;
  readonly writtenByteMs: bigint;
  readonly pinnedByteMs: bigint;
  readonly logicalByteMs: bigint;
}

/** Micro-cents, by kind. */
export interface Charges {
  readonly compute: bigint;
  readonly storage: bigint;
  readonly pinned: bigint;
}

export const NO_CHARGES: Charges = { compute: 0n, storage: 0n, pinned: 0n };
export const sumOf = ({ compute, storage, pinned }: Charges): bigint => compute + storage + pinned;

/** A price is for an hour of 1000 millicores, or of a GiB. */
const COMPUTE_UNIT = 1000n * BigInt(HOUR_MS);
/** A price is for 2^30 bytes over 730 hours. */
export const STORAGE_UNIT = 2n ** 30n * 730n * BigInt(HOUR_MS);

/** Micro-cents that a running Postgres costs an hour, times 1000: a whole number for any size. */
const computePrice = ({ cpuMillis, memoryGbs }: Size, { vcpuHour, gibHour }: Prices): bigint =>
  vcpuHour * BigInt(cpuMillis) + 1000n * gibHour * BigInt(memoryGbs);

/**
 * What one service owes for what it used under one price book: exact up to the end, where each kind is cut to whole
 * micro-cents, so a bill is never too high, and too low by less than three micro-cents.
 */
export function computeCharges(usage: readonly Usage[], prices: Prices): Charges {
  const compute = usage.reduce((sum, line) => sum + line.computeMs * computePrice(line, prices), 0n);
  return {
    compute: compute / COMPUTE_UNIT,
    storage: priceBytes(sumOver(usage, "writtenByteMs"), prices),
    pinned: prices.pinnedBilled ? priceBytes(sumOver(usage, "pinnedByteMs"), prices) : 0n,
  };
}

/** What the same would have cost had the service been a full copy: as much compute, and all its bytes its own. */
export function computeFullCopy(usage: readonly Usage[], prices: Prices): bigint {
  return computeCharges(usage, prices).compute + priceBytes(sumOver(usage, "logicalByteMs"), prices);
}

/** Storage for so many bytes times milliseconds. */
const priceBytes = (byteMs: bigint, { storageGibMonth }: Prices): bigint => (byteMs * storageGibMonth) / STORAGE_UNIT;

const sumOver = (usage: readonly Usage[], field: "writtenByteMs" | "pinnedByteMs" | "logicalByteMs"): bigint =>
  usage.reduce((sum, line) => sum + line[field], 0n);

export const addCharges = (left: Charges, right: Charges): Charges => ({
  compute: left.compute + right.compute,
  storage: left.storage + right.storage,
  pinned: left.pinned + right.pinned,
});

/** What a service used under one price book, line by line. */
export interface BookUsage {
  readonly book: PriceBook;
  readonly usage: readonly Usage[];
}

/** What a service owes, and what was avoided by not copying it. */
export interface Accrued extends Charges {
  readonly fullCopy: bigint;
}

/** Over several price books: the sum of what is owed under each. */
export function computeAccrued(parts: readonly BookUsage[]): Accrued {
  return parts.reduce<Accrued>(
    (sum, { book, usage }) => ({
      ...addCharges(sum, computeCharges(usage, book)),
      fullCopy: sum.fullCopy + computeFullCopy(usage, book),
    }),
    { ...NO_CHARGES, fullCopy: 0n },
  );
}

/** What a fork did not cost because it is none; a fork that wrote more than a copy would hold avoided nothing. */
export function computeAvoided(accrued: Accrued): bigint {
  const less = accrued.fullCopy - sumOf(accrued);
  return less > 0n ? less : 0n;
}
