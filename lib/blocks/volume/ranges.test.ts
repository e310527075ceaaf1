import fc from "fast-check";
import { expect, test } from "vitest";
import { BLOCK_WORDS } from "../log/format";
import { findRanges, isZero, type WordRanges } from "./ranges";

const change = fc.record({ at: fc.nat(BLOCK_WORDS - 1), length: fc.integer({ min: 1, max: 200 }), value: fc.nat(9) });

function block(changes: readonly { at: number; length: number; value: number }[], from?: Uint32Array): Uint32Array {
  const words = from ? new Uint32Array(from) : new Uint32Array(BLOCK_WORDS);
  for (const { at, length, value } of changes) words.fill(value, at, Math.min(BLOCK_WORDS, at + length));
  return words;
}

function countDifferences(a: Uint32Array, b: Uint32Array): number {
  return a.reduce((count, word, index) => count + (word === b[index] ? 0 : 1), 0);
}

test("ranges laid over the old block give the new one, and are short", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 6 }), fc.array(change, { maxLength: 4 }), (first, second) => {
      const before = block(first);
      const now = block(second, before);
      const ranges: WordRanges = [];
      const differences = countDifferences(now, before);
      if (!findRanges(now, before, ranges)) {
        // Gaps of up to three words are written along with each word that differs.
        expect(differences).toBeGreaterThanOrEqual(BLOCK_WORDS / 16);
        return;
      }
      const patched = new Uint32Array(before);
      let written = 0;
      for (let i = 0; i < ranges.length; i += 2) {
        const [from = 0, to = 0] = [ranges[i], ranges[i + 1]];
        expect(to).toBeGreaterThan(from);
        patched.set(now.subarray(from, to), from);
        written += to - from;
      }
      expect(patched).toEqual(now);
      expect(written).toBeLessThan(BLOCK_WORDS / 4);
    }),
  );
});

test("a block of which a quarter changed is to be written whole", () => {
  const before = new Uint32Array(BLOCK_WORDS);
  expect(findRanges(block([{ at: 100, length: BLOCK_WORDS / 4, value: 1 }]), before, [])).toBe(false);
  expect(findRanges(block([{ at: 100, length: BLOCK_WORDS / 4 - 1, value: 1 }]), before, [])).toBe(true);
});

test("without an old block the ranges are what is not zero", () => {
  const ranges: WordRanges = [];
  const changes = [
    { at: 10, length: 5, value: 3 },
    { at: 900, length: 1, value: 4 },
  ];
  expect(findRanges(block(changes), undefined, ranges)).toBe(true);
  expect(ranges).toEqual([10, 15, 900, 901]);
});

test("neighbouring changes are one range when the gap costs no more than a second entry", () => {
  const ranges: WordRanges = [];
  const near = [
    { at: 10, length: 1, value: 3 },
    { at: 14, length: 1, value: 3 },
    { at: 19, length: 1, value: 3 },
  ];
  findRanges(block(near), undefined, ranges);
  expect(ranges).toEqual([10, 15, 19, 20]);
});

test("equal blocks have no ranges, and a block of zeros is known", () => {
  const ranges: WordRanges = [];
  const words = block([{ at: BLOCK_WORDS - 1, length: 1, value: 1 }]);
  expect(findRanges(words, new Uint32Array(words), ranges)).toBe(true);
  expect(ranges).toEqual([]);
  expect(isZero(words)).toBe(false);
  expect(isZero(new Uint32Array(BLOCK_WORDS))).toBe(true);
});
