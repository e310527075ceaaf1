import { describe, expect, test } from "vitest";
import { seededRandom } from "@/lib/std/random";
import { formatMicros, parseMicros } from "./micros";

describe("a time of a commit", () => {
  test.each([
    ["1970-01-01T00:00:00Z", 0],
    ["2026-11-23T10:00:00.000001Z", 1_795_428_000_000_001],
    ["2026-11-23T10:00:00.5Z", 1_795_428_000_500_000],
    ["2026-11-23T12:30:00+02:30", 1_795_428_000_000_000],
    ["2026-11-23t05:00:00.000000000-05:00", 1_795_428_000_000_000],
    ["2000-02-29T23:59:59.999999Z", 951_868_799_999_999],
    ["1969-12-31T23:59:59.999999Z", -1],
  ])("is read to the microsecond: %s", (text, micros) => {
    expect(parseMicros(text)).toBe(micros);
  });

  test.each([
    "",
    "now",
    "2026-11-23",
    "2026-11-23T10:00:00",
    "2026-11-23 10:00:00Z",
    "2026-11-23T10:00:00 02:00",
    "2026-11-23T10:00Z",
    "2026-02-30T10:00:00Z",
    "1900-02-29T10:00:00Z",
    "2026-13-01T10:00:00Z",
    "2026-11-23T24:00:00Z",
    "2026-11-23T10:00:60Z",
    "2026-11-23T10:00:00+24:00",
    "2026-11-23T10:00:00.0000001Z",
    "2300-01-01T00:00:00Z",
    "1795428000",
  ])("is not guessed from %j", (text) => {
    expect(parseMicros(text)).toBeUndefined();
  });

  test("written and read again is the same, and agrees with the calendar of Date", () => {
    const random = seededRandom(20261123);
    for (let round = 0; round < 20_000; round++) {
      const micros = random.int(2 ** 20) * 2 ** 32 + random.int(2 ** 32);
      const text = formatMicros(micros);
      expect(parseMicros(text)).toBe(micros);
      expect(text.slice(0, 23)).toBe(new Date(Math.floor(micros / 1000)).toISOString().slice(0, 23));
    }
  });

  test("keeps its six digits as a BigInt of the database too", () => {
    expect(formatMicros(1_795_428_000_000_001n)).toBe("2026-11-23T10:00:00.000001Z");
  });
});
