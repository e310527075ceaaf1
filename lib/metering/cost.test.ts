import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { computeAccrued, computeAvoided, computeCharges, computeFullCopy, sumOf, type Usage } from "./cost";
import { HOUR_MS } from "./hours";
import { EXAMPLE_PRICES, type Prices } from "./price-book";

const GIB = 2n ** 30n;
const hours = (count: number) => BigInt(count * HOUR_MS);
const nothing = { computeMs: 0n, writtenByteMs: 0n, pinnedByteMs: 0n, logicalByteMs: 0n };
const line = (usage: Partial<Usage>): Usage => ({ cpuMillis: 500, memoryGbs: 2, ...nothing, ...usage });

const price = fc.bigInt({ min: 0n, max: 10n ** 12n });
const prices: fc.Arbitrary<Prices> = fc.record({
  currency: fc.constant("USD"),
  vcpuHour: price,
  gibHour: price,
  storageGibMonth: price,
  pinnedBilled: fc.boolean(),
});
const byteMs = fc.bigInt({ min: 0n, max: 2n ** 80n });
const usage: fc.Arbitrary<Usage> = fc.record({
  cpuMillis: fc.constantFrom(0, 500, 1000, 2000),
  memoryGbs: fc.constantFrom(0, 2, 4, 8),
  computeMs: fc.bigInt({ min: 0n, max: 10n ** 11n }),
  writtenByteMs: byteMs,
  pinnedByteMs: byteMs,
  logicalByteMs: byteMs,
});
const lines = fc.array(usage, { maxLength: 6 });

describe("what is owed", () => {
  test("for an hour of 500 millicores and 2 GiB by the example is 0.0312 of a dollar", () => {
    expect(computeCharges([line({ computeMs: hours(1) })], EXAMPLE_PRICES).compute).toBe(3_120_000n);
  });

  test("for a GiB over 730 hours is the month's price, for any length its part", () => {
    fc.assert(
      fc.property(prices, fc.integer({ min: 0, max: 10_000 }), (of, count) => {
        const charges = computeCharges([line({ writtenByteMs: GIB * hours(count) })], of);
        expect(charges.storage).toBe((of.storageGibMonth * BigInt(count)) / 730n);
      }),
    );
  });

  test("for what is pinned is the same price, or nothing where the book says so", () => {
    fc.assert(
      fc.property(prices, byteMs, (of, held) => {
        const pinned = computeCharges([line({ pinnedByteMs: held })], of).pinned;
        expect(pinned).toBe(of.pinnedBilled ? computeCharges([line({ writtenByteMs: held })], of).storage : 0n);
      }),
    );
  });

  test("does not depend on how usage is cut into lines", () => {
    fc.assert(
      fc.property(prices, usage, fc.nat(1000), (of, whole, permille) => {
        const part = (count: bigint) => (count * BigInt(permille)) / 1000n;
        const first = {
          ...whole,
          computeMs: part(whole.computeMs),
          writtenByteMs: part(whole.writtenByteMs),
          pinnedByteMs: part(whole.pinnedByteMs),
          logicalByteMs: part(whole.logicalByteMs),
        };
        const second = {
          ...whole,
          computeMs: whole.computeMs - first.computeMs,
          writtenByteMs: whole.writtenByteMs - first.writtenByteMs,
          pinnedByteMs: whole.pinnedByteMs - first.pinnedByteMs,
          logicalByteMs: whole.logicalByteMs - first.logicalByteMs,
        };
        expect(computeCharges([first, second], of)).toEqual(computeCharges([whole], of));
      }),
    );
  });

  test("is less than a micro-cent a kind below the exact sum, and never above it", () => {
    const UNIT = 2n ** 30n * 730n * 3_600_000_000n;
    fc.assert(
      fc.property(prices, lines, (of, all) => {
        const { compute, storage } = computeCharges(all, of);
        const exact = all.reduce(
          (sum, one) =>
            sum + one.computeMs * (of.vcpuHour * BigInt(one.cpuMillis) + 1000n * of.gibHour * BigInt(one.memoryGbs)),
          0n,
        );
        expect(compute * 3_600_000_000n <= exact && exact < (compute + 1n) * 3_600_000_000n).toBe(true);
        const held = all.reduce((sum, one) => sum + one.writtenByteMs, 0n) * of.storageGibMonth * 1000n;
        expect(storage * UNIT <= held && held < (storage + 1n) * UNIT).toBe(true);
      }),
    );
  });

  test("under several price books is the sum of what is owed under each", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(prices, lines), { maxLength: 4 }), (parts) => {
        const books = parts.map(([of], at) => ({ ...of, id: `${at}`, effectiveFromMs: at, isExample: false }));
        const accrued = computeAccrued(books.map((book, at) => ({ book, usage: parts[at]?.[1] ?? [] })));
        const each = parts.map(([of, all]) => computeCharges(all, of));
        expect(sumOf(accrued)).toBe(each.reduce((sum, one) => sum + sumOf(one), 0n));
        expect(accrued.fullCopy).toBe(parts.reduce((sum, [of, all]) => sum + computeFullCopy(all, of), 0n));
      }),
    );
  });
});

describe("what a fork avoids", () => {
  test("is the storage that it shares: logical bytes without those it holds itself", () => {
    const used = line({
      computeMs: hours(4),
      writtenByteMs: GIB * hours(4),
      pinnedByteMs: GIB * hours(4),
      logicalByteMs: 100n * GIB * hours(4),
    });
    const book = { ...EXAMPLE_PRICES, id: "book", effectiveFromMs: 0, isExample: true };
    const accrued = computeAccrued([{ book, usage: [used] }]);
    const shared = (98n * EXAMPLE_PRICES.storageGibMonth * 4n) / 730n;
    const off = computeAvoided(accrued) - shared;
    expect(off >= 0n && off <= 2n).toBe(true);
  });

  test("is never below zero", () => {
    fc.assert(
      fc.property(prices, lines, (of, all) => {
        const book = { ...of, id: "book", effectiveFromMs: 0, isExample: false };
        expect(computeAvoided(computeAccrued([{ book, usage: all }])) >= 0n).toBe(true);
      }),
    );
  });
});
