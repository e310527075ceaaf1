import { describe, expect, test } from "vitest";
import type { ResolveDto } from "@/lib/schemas/history";
import { RequestFailure } from "./http";
import { isOvertaken, isRefusal, listRefusalFixes, readMoment, sayEarlier, sayLeftOut, writeMoment } from "./moment";

const resolved: ResolveDto = {
  requested: "2026-04-12T17:29:58.114000Z",
  commit: 742_813,
  time: "2026-04-12T17:29:58.101000Z",
  next_time: "2026-04-12T17:30:00.027000Z",
  moments_after: 3_214,
  exact: true,
  moments_missing: 0,
  nearest_snapshot: null,
  ready_ms: null,
};

describe("what is asked for", () => {
  test("is a commit before an event before a time, which stays in its field", () => {
    const at = "2026-04-12 17:29:58.114";
    expect(readMoment({ at, event: "", commit: "" })).toEqual({
      ok: true,
      moment: { time: "2026-04-12T17:29:58.114000Z" },
    });
    expect(readMoment({ at, event: "eventid000", commit: "" })).toEqual({ ok: true, moment: { event: "eventid000" } });
    expect(readMoment({ at, event: "eventid000", commit: "7" })).toEqual({ ok: true, moment: { commit: 7 } });
  });

  test("is the query of the question", () => {
    expect(writeMoment({ time: "2026-04-12T17:29:58.114000Z" })).toBe("time=2026-04-12T17%3A29%3A58.114000Z");
    expect(writeMoment({ commit: 7 })).toBe("commit=7");
  });
});

describe("what a fork leaves out", () => {
  test("is counted, and said to be nothing at the newest commit", () => {
    expect(sayLeftOut(resolved)).toBe("3,214 later commits will not be in the fork.");
    expect(sayLeftOut({ ...resolved, moments_after: 1 })).toBe("1 later commit will not be in the fork.");
    expect(sayLeftOut({ ...resolved, moments_after: 0 })).toContain("Nothing later");
  });

  test("begins as much before the asked moment as the commit lies before it", () => {
    const asked = "2026-04-12T17:29:58.114000Z";
    expect(sayEarlier(asked, asked)).toBeUndefined();
    expect(sayEarlier("2026-04-12T17:29:58.113999Z", asked)).toBe("1 µs");
    expect(sayEarlier("2026-04-12T17:29:58.101000Z", asked)).toBe("13 ms");
    expect(sayEarlier("2026-04-12T17:29:56.914000Z", asked)).toBe("1.2 s");
    expect(sayEarlier("2026-04-12T15:19:58.114000Z", asked)).toBe("2 h 10 m");
  });
});

describe("a refusal", () => {
  const outside = new RequestFailure("TARGET_OUTSIDE_WAL_WINDOW", "It is gone.", [
    { label: "Use earliest", set: { target_time: "x" } },
  ]);

  test("is the engine's word, and silence is none", () => {
    expect(isRefusal(outside)).toBe(true);
    expect(isRefusal(new RequestFailure("CONTROL_PLANE", "Silent."))).toBe(false);
    expect(isRefusal(new RequestFailure("OFFLINE", "Silent."))).toBe(false);
  });

  test("brings its own ways out", () => {
    expect(listRefusalFixes(outside, undefined)).toEqual(outside.fix);
  });

  test("because time has passed over the moment is told from all others", () => {
    expect(isOvertaken(outside)).toBe(true);
    expect(isOvertaken(new RequestFailure("TARGET_IN_WAL_GAP", "A gap."))).toBe(false);
  });

  test("in thinned history leads to both neighbours, and to the older one without its number", () => {
    const neighbours = [
      { label: "Use x", set: { target_time: "x" } },
      { label: "Use y", set: { target_time: "y" } },
    ];
    const thinned = new RequestFailure("TARGET_THINNED", "It is gone.", neighbours);
    expect(listRefusalFixes(thinned, undefined)).toEqual([
      { label: "Accept the older commit", set: { accept_inexact: "true" } },
      ...neighbours,
    ]);
  });
});
