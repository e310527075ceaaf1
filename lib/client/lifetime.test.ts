import { describe, expect, test } from "vitest";
import { LIFETIME_DEFAULT, LIFETIME_PRESETS, readLifetime, sayLength, writeLength } from "./lifetime";
import { UTC } from "./time";

const nowMs = Date.UTC(2024, 3, 12, 17, 52);
const context = { nowMs, zone: UTC, limits: { shortestSeconds: 10, longestSeconds: 7 * 86_400, allowNever: false } };

function accepted(text: string) {
  const reading = readLifetime(text, context);
  if (!reading.ok) throw new Error(reading.problem);
  return reading;
}

function refused(text: string) {
  const reading = readLifetime(text, context);
  if (reading.ok) throw new Error(`${text} was accepted`);
  return reading;
}

test("every preset is accepted, and the default is one of them", () => {
  for (const { text } of LIFETIME_PRESETS) expect(accepted(text).lifetime).toEqual({ ttl: text });
  expect(LIFETIME_PRESETS.some(({ text }) => text === LIFETIME_DEFAULT)).toBe(true);
});

describe("what a person types", () => {
  test("may be a length, which is counted from now", () => {
    expect(accepted("90m")).toMatchObject({ end: { seconds: 5_400, atMs: nowMs + 5_400_000 } });
    expect(accepted(" 2D 4h ")).toMatchObject({ lifetime: { ttl: "2d4h" }, end: { seconds: 187_200 } });
  });

  test("may be a date and time, which is sent as a fixed end", () => {
    expect(accepted("2024-04-13 18:00")).toMatchObject({ lifetime: { expires_at: "2024-04-13T18:00:00.000Z" } });
  });

  test("is refused with the rule when it is neither", () => {
    expect(refused("banana").problem).toContain("“banana” is neither");
    expect(refused("").problem).toBe("Say how long the fork may live.");
  });

  test("is refused when it has passed", () => {
    expect(refused("2024-04-12 10:00").problem).toBe("That moment has passed. Choose one in the future.");
  });

  test("is refused with one click to the maximum when it is too long, as a length and as a date", () => {
    for (const text of ["365d", "2025-04-12 10:00"]) {
      expect(refused(text).problem).toBe("The maximum here is 7 days.");
      expect(refused(text).fix).toEqual([{ label: "Use 7 days", set: { ttl: "7d" } }]);
    }
  });

  test("is refused when it is zero", () => {
    expect(refused("0m").problem).toBe("A fork lives at least 10 seconds.");
  });
});

describe("a life without an end", () => {
  const read = (reason: string, allowNever: boolean) =>
    readLifetime("Never", { ...context, limits: { ...context.limits, allowNever }, reason });

  test("is asked for with its reason", () => {
    expect(read(" audit ", true)).toEqual({ ok: true, lifetime: { never_reason: "audit" }, end: undefined });
    expect(read(" ", true)).toMatchObject({ ok: false, problem: "Say why it may never end." });
  });

  test("is refused where the policy does not allow it, with a way out", () => {
    expect(read("audit", false)).toMatchObject({ ok: false, fix: [{ label: "Use 7 days", set: { ttl: "7d" } }] });
  });
});

test("a length is written so that it reads back the same", () => {
  expect([10, 5_400, 86_400, 129_600, 0].map(writeLength)).toEqual(["10s", "1h30m", "1d", "1d12h", "0s"]);
});

test("a round length is said in words", () => {
  expect([10, 60, 3_600, 604_800, 90_000].map(sayLength)).toEqual([
    "10 seconds",
    "1 minute",
    "1 hour",
    "7 days",
    "25 hours",
  ]);
});
