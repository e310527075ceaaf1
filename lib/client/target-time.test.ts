import { describe, expect, test } from "vitest";
import { readTargetTime } from "./target-time";

const timeOf = (text: string) => {
  const reading = readTargetTime(text);
  return reading.ok ? reading.time : undefined;
};
const problemOf = (text: string) => {
  const reading = readTargetTime(text);
  return reading.ok ? undefined : reading.problem;
};

describe("a moment", () => {
  test("is read as it is pasted from an API, a log and psql, without an offset as UTC", () => {
    for (const text of [
      "2026-04-12T17:29:58.114Z",
      "2026-04-12 17:29:58.114",
      "  2026-04-12 17:29:58.114 UTC ",
      "2026-04-12 17:29:58,114",
      '"2026-04-12T17:29:58.114000Z"',
      "2026-04-12 19:29:58.114+02",
      "2026-04-12T13:29:58.114-0400",
    ])
      expect(timeOf(text), text).toBe("2026-04-12T17:29:58.114000Z");
  });

  test("may leave out its seconds", () => {
    expect(timeOf("2026-04-12 17:29")).toBe("2026-04-12T17:29:00.000000Z");
  });

  test("keeps every microsecond", () => {
    expect(timeOf("2026-04-12 17:29:58.114027")).toBe("2026-04-12T17:29:58.114027Z");
    expect(timeOf("2026-04-12 17:29:58.1140270")).toBe("2026-04-12T17:29:58.114027Z");
  });

  test("is refused rather than moved when it has more digits than a commit's time", () => {
    expect(problemOf("2026-04-12 17:29:58.1140271")).toContain("at most six digits");
  });

  test("is refused when the calendar has no such day or the clock no such hour", () => {
    for (const text of ["2026-02-30 10:00", "2026-04-12 24:00", "2026-04-12 10:61"])
      expect(problemOf(text), text).toContain("no moment of the calendar");
  });

  test("is refused with an example when it is anything else", () => {
    for (const text of ["17:29", "yesterday", "1712943000", "2026-04-12"])
      expect(problemOf(text), text).toContain("2026-04-12T17:29:58.114Z");
    expect(problemOf("  ")).toMatch(/^Type the moment/);
  });
});
