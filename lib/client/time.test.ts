import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  findInstant,
  formatAgo,
  formatElapsed,
  formatExact,
  formatExactFull,
  formatFull,
  formatMoment,
  formatZone,
  isZone,
  UTC,
} from "./time";

const at = Date.UTC(2024, 3, 12, 17, 29, 58);
const hour = 3_600_000;

describe("saying a moment", () => {
  test("is the clock alone today, with the date before, and with the year in another year", () => {
    expect(formatMoment(at, { zone: UTC, nowMs: at + hour, seconds: true })).toBe("17:29:58");
    expect(formatMoment(at, { zone: UTC, nowMs: at + 24 * hour })).toBe("12 Apr 17:29");
    expect(formatMoment(at, { zone: UTC, nowMs: at + 8766 * hour })).toBe("12 Apr 2024 17:29");
  });

  test("decides what today is in the zone that is shown", () => {
    const late = Date.UTC(2024, 3, 13, 1, 0);
    expect(formatMoment(late, { zone: "America/New_York", nowMs: at })).toBe("21:00");
    expect(formatMoment(late, { zone: UTC, nowMs: at })).toBe("13 Apr 01:00");
  });

  test("in full names weekday, date, time and zone", () => {
    expect(formatFull(at, UTC)).toBe("Fri 12 Apr 2024, 17:29:58 UTC");
    expect(formatFull(at, "America/New_York", false)).toBe("Fri 12 Apr 2024, 13:29 New York");
  });

  test("names a zone by its city", () => {
    expect(formatZone("America/Argentina/Buenos_Aires")).toBe("Buenos Aires");
    expect(formatZone(UTC)).toBe("UTC");
  });

  test("says midnight as 00:00", () => {
    expect(formatFull(Date.UTC(2024, 3, 12), UTC, false)).toBe("Fri 12 Apr 2024, 00:00 UTC");
  });
});

test("a past length has one unit", () => {
  expect([0, 12, 59, 60, 3_599, 7_200, 172_799, 172_800].map(formatAgo)).toEqual([
    "just now",
    "12 s ago",
    "59 s ago",
    "1 m ago",
    "59 m ago",
    "2 h ago",
    "47 h ago",
    "2 d ago",
  ]);
});

test("a moment that is still to come is not said to have passed", () => {
  expect([-1, -2, -90, -7_200].map(formatAgo)).toEqual(["just now", "in 0:02", "in 1:30", "in 2 h 0 m"]);
});

test("a step's time is exact while it is short", () => {
  expect([830, 9_999, 12_400, 200_000].map(formatElapsed)).toEqual(["0.8 s", "10.0 s", "12 s", "3 m 20 s"]);
});

describe("reading a date and time", () => {
  test("reads what has no offset in the zone that is shown", () => {
    expect(findInstant("2024-04-12 17:29:58", UTC)).toBe(at);
    expect(findInstant("2024-04-12 13:29:58", "America/New_York")).toBe(at);
  });

  test("obeys an offset whatever zone is shown", () => {
    for (const text of ["2024-04-12T17:29:58Z", "2024-04-12T19:29:58+02:00", "2024-04-12 17:29:58.000 UTC"])
      expect(findInstant(text, "Asia/Tokyo")).toBe(at);
  });

  test("refuses what is no date", () => {
    for (const text of ["", "soon", "2024-02-30 10:00", "2024-04-12", "2024-04-12 25:00"])
      expect(findInstant(text, UTC)).toBeUndefined();
  });

  test("refuses a moment that the clocks skipped and takes the first of one that they showed twice", () => {
    expect(findInstant("2026-03-08 02:30", "America/New_York")).toBeUndefined();
    expect(findInstant("2026-03-08 02:30", UTC)).toBe(Date.UTC(2026, 2, 8, 2, 30));
    expect(findInstant("2026-11-01 01:30", "America/New_York")).toBe(Date.UTC(2026, 10, 1, 5, 30));
  });

  test("gives back every instant that is written out with its offset", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
        const iso = new Date(seconds * 1000).toISOString();
        expect(findInstant(iso, "Europe/Berlin")).toBe(seconds * 1000);
      }),
    );
  });
});

test("a zone from a cookie is used only when the platform knows it", () => {
  expect(isZone("Europe/Berlin")).toBe(true);
  expect(isZone("Nowhere/City")).toBe(false);
});

describe("a commit's time", () => {
  const nowMs = Date.parse("2026-11-23T18:00:00Z");

  test("has its microseconds where they say something, and milliseconds always", () => {
    expect(formatExact("2026-11-23T17:29:58.114020Z", { zone: UTC, nowMs })).toBe("17:29:58.114020");
    expect(formatExact("2026-11-23T17:29:58.114027Z", { zone: UTC, nowMs })).toBe("17:29:58.114027");
    expect(formatExact("2026-11-23T17:29:58.100000Z", { zone: UTC, nowMs })).toBe("17:29:58.100");
    expect(formatExact("2026-11-22T17:29:58.000000Z", { zone: UTC, nowMs })).toBe("22 Nov 17:29:58.000");
    expect(formatExactFull("2026-11-23T17:29:58.114027Z", "America/New_York")).toBe(
      "Mon 23 Nov 2026, 12:29:58.114027 New York",
    );
  });
});
