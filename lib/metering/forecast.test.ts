import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { computeForecast, computeGrowth, computePerHour, computeSavedPerHour, NO_GROWTH } from "./forecast";
import { HOUR_MS } from "./hours";
import { EXAMPLE_PRICES, type PriceBook } from "./price-book";

const GIB = 2 ** 30;
const START = Date.UTC(2026, 10, 24, 9, 20);
const example: PriceBook = { ...EXAMPLE_PRICES, id: "example000", effectiveFromMs: 0, isExample: true };
const half = { cpuMillis: 500, memoryGbs: 2 };
const burning = (written: number, isRunning = true) => ({
  ...half,
  isRunning,
  bytes: { written, pinned: 0, logical: 50 * GIB },
});
const until = (hours: number, growth = NO_GROWTH) => ({ fromMs: START, toMs: START + hours * HOUR_MS, growth });
const near = (left: bigint, right: bigint) => left - right <= 2n && right - left <= 2n;

describe("an hour from now", () => {
  test("costs compute while it runs, and what it holds", () => {
    expect(computePerHour(burning(730 * GIB), EXAMPLE_PRICES)).toEqual({
      compute: 3_120_000n,
      storage: 12_000_000n,
      pinned: 0n,
    });
    expect(computePerHour(burning(0, false), EXAMPLE_PRICES).compute).toBe(0n);
  });
});

describe("a forecast", () => {
  test("is at least as many hours of now, and as high as what grows on", () => {
    fc.assert(
      fc.property(fc.nat(10 * GIB), fc.nat(GIB), fc.integer({ min: 0, max: 700 }), (written, grown, hours) => {
        const { low, high } = computeForecast(burning(written), until(hours, { bytes: grown, overMs: HOUR_MS }), [
          example,
        ]);
        const flat =
          BigInt(hours) * 3_120_000n + (BigInt(written) * 12_000_000n * BigInt(hours)) / (730n * BigInt(GIB));
        expect(near(low, flat)).toBe(true);
        // A straight line: the mean of its ends over its length.
        const more = (BigInt(grown) * BigInt(hours) * BigInt(hours) * 12_000_000n) / (2n * 730n * BigInt(GIB));
        expect(near(high - low, more)).toBe(true);
      }),
    );
  });

  test("is the same however many books with the same prices follow one another", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 99 }), { maxLength: 5 }), (edges) => {
        const growth = { bytes: 5 * GIB, overMs: HOUR_MS };
        const books = edges.map((hour) => ({ ...example, effectiveFromMs: START + hour * HOUR_MS }));
        const one = computeForecast(burning(GIB), until(100, growth), [example]);
        const many = computeForecast(burning(GIB), until(100, growth), [example, ...books]);
        const parts = BigInt(books.length + 1) * 4n;
        expect(one.low - many.low >= 0n && one.low - many.low <= parts).toBe(true);
        expect(one.high - many.high >= 0n && one.high - many.high <= parts).toBe(true);
      }),
    );
  });

  test("knows of prices that are announced", () => {
    const free = { ...example, vcpuHour: 0n, gibHour: 0n, storageGibMonth: 0n, effectiveFromMs: START + 3 * HOUR_MS };
    expect(computeForecast(burning(0), until(10), [example, free]).low).toBe(3n * 3_120_000n);
  });

  test("of what has ended is nothing", () => {
    expect(computeForecast(burning(GIB), until(-5), [example])).toEqual({ low: 0n, high: 0n });
  });
});

describe("how fast a service writes", () => {
  const asOfMs = START;
  const lastFullHour = Date.UTC(2026, 10, 24, 8);

  test("is what it has now against the mean of the last full hour, from the middle of that hour on", () => {
    const lastHourByteMs = BigInt(GIB) * BigInt(HOUR_MS);
    const growth = computeGrowth({ writtenBytes: 3 * GIB, asOfMs, sinceMs: 0, lastHourByteMs });
    expect(growth).toEqual({ bytes: 2 * GIB, overMs: asOfMs - (lastFullHour + HOUR_MS / 2) });
  });

  test("is what it has against its age while it is younger than that hour", () => {
    const growth = computeGrowth({ writtenBytes: GIB, asOfMs, sinceMs: START - 600_000, lastHourByteMs: 0n });
    expect(growth).toEqual({ bytes: GIB, overMs: 600_000 });
  });

  test("is never below zero", () => {
    const lastHourByteMs = BigInt(5 * GIB) * BigInt(HOUR_MS);
    expect(computeGrowth({ writtenBytes: GIB, asOfMs, sinceMs: 0, lastHourByteMs }).bytes).toBe(0);
  });
});

test("deleting saves the compute and what comes back to the disk, pinned bytes where they are charged", () => {
  const frees = { freesBytes: 730 * GIB, pinnedBytes: 365 * GIB };
  expect(computeSavedPerHour(burning(0), frees, EXAMPLE_PRICES)).toBe(3_120_000n + 12_000_000n);
  const unbilled = { ...EXAMPLE_PRICES, pinnedBilled: false };
  expect(computeSavedPerHour(burning(0), frees, unbilled)).toBe(3_120_000n + 6_000_000n);
});
