import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findDueAlert, findPassing } from "./budget";
import { HOUR_MS } from "./hours";

const budget = { monthlyMicroCents: 1_000n, alertPercents: [50, 80, 100], alertedPercent: 0, alertedMonth: null };
const NOV = "2026-11";

describe("an alert", () => {
  test("is due from the first micro-cent of its part on, the highest only", () => {
    expect(findDueAlert(budget, 499n, NOV)).toBeUndefined();
    expect(findDueAlert(budget, 500n, NOV)).toBe(50);
    expect(findDueAlert(budget, 1_200n, NOV)).toBe(100);
  });

  test("is given once a month", () => {
    const given = { ...budget, alertedPercent: 80, alertedMonth: NOV };
    expect(findDueAlert(given, 900n, NOV)).toBeUndefined();
    expect(findDueAlert(given, 1_000n, NOV)).toBe(100);
    expect(findDueAlert(given, 900n, "2026-12")).toBe(80);
  });
});

describe("when a budget is passed", () => {
  const asOfMs = Date.UTC(2026, 10, 24);

  test("is the first millisecond at which as much was spent", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 999n }), fc.bigInt({ min: 1n, max: 500n }), (spent, perHour) => {
        const passesMs = findPassing(budget, { spent, perHour, asOfMs });
        const spentAt = (ms: number) => spent * BigInt(HOUR_MS) + perHour * BigInt(ms - asOfMs);
        const whole = 1_000n * BigInt(HOUR_MS);
        if (passesMs === undefined) expect(spentAt(Date.UTC(2026, 11, 1) - 1) < whole).toBe(true);
        else expect(spentAt(passesMs) >= whole && spentAt(passesMs - 1) < whole).toBe(true);
      }),
    );
  });

  test("is now once it is, and never while nothing is spent", () => {
    expect(findPassing(budget, { spent: 1_000n, perHour: 0n, asOfMs })).toBe(asOfMs);
    expect(findPassing(budget, { spent: 0n, perHour: 0n, asOfMs })).toBeUndefined();
  });
});
