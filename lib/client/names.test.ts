import { expect, test } from "vitest";
import {
  findFreeName,
  findNameProblem,
  findNameRemark,
  SUGGESTED_NAME,
  suggestForkName,
  type TakenNames,
} from "./names";

const none: TakenNames = new Map();
const taken = (...names: string[]): TakenNames => new Map(names.map((name) => [name, "a fork of prod"]));
const nowMs = Date.UTC(2026, 10, 23, 18, 7);

test("a suggested fork name says source and moment", () => {
  expect(suggestForkName("prod-telemetry", nowMs, none)).toBe("prod-telemetry-1123-1807");
});

test("a suggested name follows the pattern whatever the source is called", () => {
  for (const source of ["Größe & Co", "1234", "-", "x".repeat(128), "日本"])
    expect(suggestForkName(source, nowMs, none)).toMatch(SUGGESTED_NAME);
});

test("a taken name gets the first free number", () => {
  expect(findFreeName("a", taken("a", "a-2"))).toBe("a-3");
  expect(findNameProblem("a", taken("a"))).toEqual({ problem: "a is taken by a fork of prod.", free: "a-2" });
});

test("an empty or endless name is refused, another is not", () => {
  expect(findNameProblem("  ", none)?.problem).toBe("Give it a name.");
  expect(findNameProblem("x".repeat(129), none)?.problem).toBe("A name has at most 128 characters.");
  expect(findNameProblem("Größe 1", none)).toBeUndefined();
});

test("an awkward name is remarked on, never refused", () => {
  expect(findNameRemark("Größe 1")).toContain("Allowed.");
  expect(findNameRemark("incident-0412")).toBeUndefined();
});
