import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AppError } from "@/lib/std/app-error";
import { findDurationSeconds } from "@/lib/std/format";
import {
  computeLifetime,
  computeRestoredLifetime,
  findInstantMs,
  formatTtl,
  type LifetimePolicy,
  type LifetimeRequest,
  planExtension,
  planLifetime,
  sayDuration,
} from "./lifetime";

const DAY = 86_400;
const POLICY: LifetimePolicy = { defaultTtlSeconds: DAY, maxTtlSeconds: 30 * DAY, allowNever: false };
const NOW = Date.parse("2026-11-23T12:00:00.500Z");

function refusal(
  request: LifetimeRequest,
  policy = POLICY,
  plan: () => unknown = () => planLifetime(request, policy, NOW),
) {
  try {
    plan();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(request)} was accepted`);
}

describe("the end of a fork", () => {
  test.each([
    [{ ttl: "4h" }, 4 * 3600],
    [{ ttl: "2d4h" }, 2 * DAY + 4 * 3600],
    [{ ttl: " 90m " }, 90 * 60],
    [{ ttl: "10s" }, 10],
    [{ ttl: "30d" }, 30 * DAY],
    [{}, DAY],
  ])("%o lives exactly that long", (request, seconds) => {
    expect(computeLifetime(request, POLICY, NOW)).toEqual({ ttlSeconds: seconds, expiresAtMs: NOW + seconds * 1000 });
  });

  test("is the instant that was asked for, to the millisecond, whatever its zone", () => {
    const asked = computeLifetime({ expires_at: "2026-11-23T15:00:00.123+01:00" }, POLICY, NOW);
    expect(asked.expiresAtMs).toBe(Date.parse("2026-11-23T14:00:00.123Z"));
    expect(asked.ttlSeconds).toBe(2 * 3600);
  });

  test.each([
    [{ ttl: "9s" }, "TTL_TOO_SHORT", "A fork lives at least 10 seconds."],
    [{ ttl: "0s" }, "TTL_TOO_SHORT", "A fork lives at least 10 seconds."],
    [{ ttl: "0" }, "INVALID_REQUEST", "That is no lifetime. Write it like 4h, 2d4h or 90m."],
    [{ ttl: "365d" }, "TTL_TOO_LONG", "The maximum here is 30 days."],
    [{ ttl: "30d1s" }, "TTL_TOO_LONG", "The maximum here is 30 days."],
    [{ ttl: "999999d" }, "TTL_TOO_LONG", "The maximum here is 30 days."],
    [{ ttl: "" }, "INVALID_REQUEST", "That is no lifetime. Write it like 4h, 2d4h or 90m."],
    [{ ttl: "-4h" }, "INVALID_REQUEST", "That is no lifetime. Write it like 4h, 2d4h or 90m."],
    [{ ttl: "soon" }, "INVALID_REQUEST", "That is no lifetime. Write it like 4h, 2d4h or 90m."],
    [{ ttl: "never" }, "TTL_REQUIRED", "Forks that never end are not allowed here. Give a lifetime."],
    [{ ttl: "4h", expires_at: "2026-11-24T12:00:00Z" }, "INVALID_REQUEST", "Give either ttl or expires_at, not both."],
    [
      { expires_at: "2026-11-23T12:00:00Z" },
      "TTL_TOO_SHORT",
      "That time has passed. Give an end that is at least 10 seconds from now.",
    ],
    [{ expires_at: "2026-11-23T12:00:05Z" }, "TTL_TOO_SHORT", "A fork lives at least 10 seconds."],
    [{ expires_at: "2027-11-23T12:00:00Z" }, "TTL_TOO_LONG", "The maximum here is 30 days."],
    [{ expires_at: "2026-11-24T12:00:00" }, "INVALID_REQUEST", "That is no time. Write it like 2026-11-24T18:00:00Z."],
    [{ expires_at: "tomorrow" }, "INVALID_REQUEST", "That is no time. Write it like 2026-11-24T18:00:00Z."],
  ] as const)("%o is refused", (request, code, message) => {
    const error = refusal(request);
    expect({ code: error.code, message: error.message }).toEqual({ code, message });
    expect(error.field).toBe("ttl" in request ? "ttl" : "expires_at");
  });

  test("offers the longest one when it was too long, in words that are accepted", () => {
    const fix = refusal({ ttl: "365d" }).fix[0];
    expect(fix?.label).toBe("Use 30 days");
    expect(computeLifetime({ ttl: fix?.set?.ttl }, POLICY, NOW).ttlSeconds).toBe(30 * DAY);
  });

  test("must be named in a project without a default", () => {
    const error = refusal({}, { ...POLICY, defaultTtlSeconds: null, maxTtlSeconds: 7 * DAY });
    expect([error.code, error.field]).toEqual(["TTL_REQUIRED", "ttl"]);
    expect(error.message).toContain("at most 7 days");
  });

  test("is always from ten seconds to the maximum ahead, or refused", () => {
    fc.assert(
      fc.property(fc.integer({ min: -100, max: 40 * DAY }), (seconds) => {
        const expires_at = new Date(NOW + seconds * 1000).toISOString();
        try {
          const { expiresAtMs } = computeLifetime({ expires_at }, POLICY, NOW);
          expect(expiresAtMs).toBe(NOW + seconds * 1000);
          expect(seconds >= 10 && seconds <= 30 * DAY).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
          expect(seconds < 10 || seconds > 30 * DAY).toBe(true);
        }
      }),
    );
  });
});

describe("a life without an end", () => {
  const open = { ...POLICY, allowNever: true };
  const reason = { never_reason: "kept for the auditors" };

  test("needs a reason and a policy that allows it", () => {
    expect(planLifetime(reason, open, NOW)).toEqual({
      ttlSeconds: null,
      expiresAt: null,
      neverReason: "kept for the auditors",
    });
    expect(refusal(reason)).toMatchObject({ code: "TTL_REQUIRED", field: "never_reason" });
    expect(refusal({ ttl: "never" }, open)).toMatchObject({ code: "TTL_REQUIRED", field: "never_reason" });
    expect(refusal({ ...reason, ttl: "4h" }, open)).toMatchObject({ code: "INVALID_REQUEST", field: "never_reason" });
  });

  test("is not what a fork gets that names no end", () => {
    expect(planLifetime({}, open, NOW).expiresAt?.getTime()).toBe(NOW + DAY * 1000);
  });
});

describe("an extension", () => {
  const HOUR = 3_600_000;
  const extend = (request: LifetimeRequest, expiresAtMs: number | null, policy = POLICY) =>
    planExtension(request, policy, { nowMs: NOW, expiresAtMs });

  test("counts from the end that the fork has", () => {
    const { expiresAt, ttlSeconds } = extend({ ttl: "4h" }, NOW + HOUR);
    expect([expiresAt?.getTime(), ttlSeconds]).toEqual([NOW + 5 * HOUR, 5 * 3600]);
  });

  test("counts from now when the end has passed, or there was none", () => {
    expect(extend({ ttl: "4h" }, NOW - HOUR).expiresAt?.getTime()).toBe(NOW + 4 * HOUR);
    expect(extend({ ttl: "4h" }, null).expiresAt?.getTime()).toBe(NOW + 4 * HOUR);
  });

  test("reaches the maximum from now and not a second further, and the way out is accepted", () => {
    expect(extend({ ttl: "29d23h" }, NOW + HOUR).expiresAt?.getTime()).toBe(NOW + 30 * DAY * 1000);
    const error = refusal({}, POLICY, () => extend({ ttl: "29d23h1s" }, NOW + HOUR));
    expect([error.code, error.field]).toEqual(["TTL_TOO_LONG", "ttl"]);
    expect(extend({ ...error.fix[0]?.set }, NOW + HOUR).expiresAt?.getTime()).toBe(NOW + 30 * DAY * 1000);
  });

  test("is taken back by naming the end before", () => {
    const before = NOW + HOUR;
    const after = extend({ ttl: "4h" }, before).expiresAt?.getTime() ?? 0;
    expect(extend({ expires_at: new Date(before).toISOString() }, after).expiresAt?.getTime()).toBe(before);
  });

  test("gives an end to what had none, and takes it away for a reason", () => {
    const open = { ...POLICY, allowNever: true };
    expect(extend({ ttl: "1h" }, null, open)).toMatchObject({ ttlSeconds: 3600, neverReason: null });
    expect(extend({ never_reason: "audit" }, NOW + HOUR, open)).toMatchObject({
      expiresAt: null,
      neverReason: "audit",
    });
  });

  test("says by how much", () => {
    expect(refusal({}, POLICY, () => extend({}, NOW + HOUR))).toMatchObject({ code: "INVALID_REQUEST", field: "ttl" });
  });
});

describe("the end after a restore", () => {
  const deletedAtMs = NOW - 600_000;
  const restored = (expiresAtMs: number, ttl?: string) =>
    computeRestoredLifetime({ ttl, expiresAtMs, deletedAtMs }, POLICY, NOW);

  test("gives back what was left when it was deleted", () => {
    expect(restored(deletedAtMs + 5 * 3_600_000).expiresAtMs).toBe(NOW + 5 * 3_600_000);
  });

  test("is at least an hour away, also when its time had run out", () => {
    expect(restored(deletedAtMs + 5_000).expiresAtMs).toBe(NOW + 3_600_000);
    expect(restored(deletedAtMs - 5_000).expiresAtMs).toBe(NOW + 3_600_000);
  });

  test("is what a person asks for, within the same bounds as for a new fork", () => {
    expect(restored(deletedAtMs + 5_000, "10m").expiresAtMs).toBe(NOW + 600_000);
    expect(() => restored(deletedAtMs, "31d")).toThrow("The maximum here is 30 days.");
    expect(() => restored(deletedAtMs, "1s")).toThrow("A fork lives at least 10 seconds.");
  });
});

describe("instants", () => {
  test.each([
    ["2026-02-29T00:00:00Z"],
    ["2026-02-30T00:00:00Z"],
    ["2026-13-01T00:00:00Z"],
    ["2026-00-01T00:00:00Z"],
    ["2026-01-00T00:00:00Z"],
    ["2026-01-01T25:00:00Z"],
    ["2026-01-01 10:00:00Z"],
    ["2026-01-01T10:00:00"],
    ["1764000000"],
    [""],
  ])("%s is none", (text) => expect(findInstantMs(text)).toBeUndefined());

  test("of a leap day are understood", () => {
    expect(findInstantMs("2028-02-29T00:00:00Z")).toBe(Date.UTC(2028, 1, 29));
  });
});

describe("lengths of time", () => {
  test("are read back as they were written", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 90 * DAY }), (seconds) => {
        expect(findDurationSeconds(formatTtl(seconds))).toBe(seconds);
      }),
    );
  });

  test.each([
    [30 * DAY, "30 days"],
    [DAY, "1 day"],
    [5400, "1 hour 30 minutes"],
    [10, "10 seconds"],
    [0, "0 seconds"],
  ])("%i seconds are said as %s", (seconds, words) => expect(sayDuration(seconds)).toBe(words));
});
