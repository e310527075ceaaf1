import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SERVICE_NAME_MAX } from "@/lib/schemas/service";
import { findFreeName, suggestForkName } from "./service-names";

const among = (...taken: string[]) => {
  const names = new Set(taken);
  return (name: string) => names.has(name);
};

describe("a free name", () => {
  test.each([
    ["incident", [], "incident"],
    ["incident", ["incident"], "incident-2"],
    ["incident", ["incident", "incident-2"], "incident-3"],
    ["incident", ["incident", "incident-3"], "incident-2"],
    ["report-2", ["report-2"], "report-3"],
    ["incident-0412", ["incident-0412"], "incident-0412-2"],
    ["run-1000", ["run-1000"], "run-1000-2"],
  ] as const)("for %s, of which %j are taken, is %s", (name, taken, free) => {
    expect(findFreeName(name, among(...taken))).toBe(free);
  });

  test("for a fork is its parent's with -fork", () => {
    expect(suggestForkName("prod", among())).toBe("prod-fork");
    expect(suggestForkName("prod", among("prod-fork", "prod-fork-2"))).toBe("prod-fork-3");
  });

  test("is never taken, never empty and never too long", () => {
    const name = fc.string({ minLength: 1, maxLength: SERVICE_NAME_MAX, unit: "grapheme" });
    fc.assert(
      fc.property(name, fc.integer({ min: 0, max: 30 }), (wanted, others) => {
        const taken = new Set<string>();
        for (let count = 0; count <= others; count++) {
          const free = findFreeName(wanted, (one) => taken.has(one));
          expect(taken.has(free)).toBe(false);
          expect(free.length).toBeGreaterThan(0);
          expect(free.length).toBeLessThanOrEqual(SERVICE_NAME_MAX);
          expect(Buffer.from(free).toString()).toBe(free);
          taken.add(free);
        }
      }),
    );
  });
});
