import { expect, test } from "vitest";
import { toEndPosition } from "./journal";

const SEGMENT_BYTES = 1n << 20n;

test("a position behind a header that no record has made yet is the end of the page before", () => {
  expect(toEndPosition(3n * SEGMENT_BYTES + 40n, SEGMENT_BYTES)).toBe(3n * SEGMENT_BYTES);
  expect(toEndPosition(3n * SEGMENT_BYTES + 8192n + 24n, SEGMENT_BYTES)).toBe(3n * SEGMENT_BYTES + 8192n);
});

test("any other position is the end of the log", () => {
  for (const position of [3n * SEGMENT_BYTES + 48n, 3n * SEGMENT_BYTES + 8192n + 40n, 12_345n])
    expect(toEndPosition(position, SEGMENT_BYTES)).toBe(position);
});
