import { describe, expect, it } from "vitest";
import { AppError } from "@/lib/std/app-error";
import { formatMicros } from "@/lib/std/micros";
import { seededRandom } from "@/lib/std/random";
import { type MadeCommit, MadeTimeline } from "./made-timeline.fixture";
import { findPlaced, resolveTime } from "./resolve";
import type { TimelineSource } from "./timeline-source";

const LATER_MICROS = 60_000_000;

function refusalOf(ask: () => unknown): AppError {
  try {
    ask();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

const ask = (source: TimelineSource, micros: number, acceptInexact = false) =>
  resolveTime(source, { micros, nowMicros: source.head.micros + LATER_MICROS, acceptInexact });

describe("a time in exact history", () => {
  it("names the last commit at or before it, to the microsecond", () => {
    const made = new MadeTimeline(seededRandom(1), { commits: 300, perSegment: 70 });
    const source = made.source();
    for (const [at, commit] of made.commits.entries()) {
      const next = made.commits[at + 1];
      const expected = {
        ...{ commit: commit.commit, micros: commit.micros, segment: commit.segment, unit: commit.unit },
        ...{ nextMicros: next?.micros, exact: true, momentsMissing: 0 },
        momentsAfter: source.head.moments - commit.moments,
      };
      expect(findPlaced(source, commit.commit)).toEqual(expected);
      expect(ask(source, commit.micros)).toEqual(expected);
      expect(ask(source, (next?.micros ?? commit.micros + LATER_MICROS + 1) - 1)).toEqual(expected);
    }
  });

  it("is refused before the first commit and after now, with both ends", () => {
    const source = new MadeTimeline(seededRandom(2), { commits: 20, perSegment: 6 }).source(5);
    const earliest = source.since.micros;
    const latest = source.head.micros + LATER_MICROS;
    for (const micros of [earliest - 1, latest + 1]) {
      const refusal = refusalOf(() => ask(source, micros));
      expect(refusal).toMatchObject({ code: "TARGET_OUTSIDE_WAL_WINDOW", details: { earliest, latest } });
      expect(refusal.message).toContain(`from ${formatMicros(earliest)} to ${formatMicros(latest)}`);
    }
    expect(findPlaced(source, source.since.commit - 1)).toBeUndefined();
    expect(findPlaced(source, source.head.commit + 1)).toBeUndefined();
  });

  it("is refused while the clock showed it for the second time, and named again from the step on", () => {
    const made = new MadeTimeline(seededRandom(3), { commits: 20, perSegment: 6 });
    const [before, after] = [made.commits[9], made.commits[10]] as [MadeCommit, MadeCommit];
    const [fromMicros, toMicros] = [made.commits[4]?.micros as number, before.micros];
    const source = { ...made.source(), gaps: [{ fromMicros, toMicros, before, after, cause: "clock" as const }] };
    for (const micros of [fromMicros, toMicros - 1])
      expect(refusalOf(() => ask(source, micros))).toMatchObject({
        code: "TARGET_IN_WAL_GAP",
        details: { before: { commit: before.commit }, after: { commit: after.commit } },
      });
    expect(ask(source, fromMicros - 1).commit).toBe(made.commits[3]?.commit);
    expect(ask(source, toMicros).commit).toBe(before.commit);
    expect(findPlaced(source, made.commits[6]?.commit as number)?.exact).toBe(true);
  });
});

describe("a time in thinned history", () => {
  it("names a kept commit while that one was the newest, and is refused with both neighbours after", () => {
    const made = new MadeTimeline(seededRandom(4), { commits: 200, perSegment: 30 });
    const source = made.source(120, (at) => at % 7 === 3);
    const kept = [...source.kept, source.since];
    for (const [at, commit] of made.commits.entries()) {
      if (at < 3) continue;
      const before = kept.findLast(({ commit: number }) => number <= commit.commit) as MadeCommit;
      if (at >= 120 || before.commit === commit.commit) {
        expect(ask(source, commit.micros)).toMatchObject({ commit: commit.commit, exact: true, momentsMissing: 0 });
        expect(findPlaced(source, commit.commit)?.nextMicros).toBe(made.commits[at + 1]?.micros);
        continue;
      }
      const after = kept.find(({ commit: number }) => number > commit.commit) as MadeCommit;
      expect(findPlaced(source, commit.commit)).toBeUndefined();
      expect(refusalOf(() => ask(source, commit.micros))).toMatchObject({
        code: "TARGET_THINNED",
        details: { before: { commit: before.commit, micros: before.micros }, after: { commit: after.commit } },
      });
      expect(ask(source, commit.micros, true)).toMatchObject({
        commit: before.commit,
        exact: false,
        momentsMissing: after.moments - before.moments,
        momentsAfter: source.head.moments - before.moments,
      });
    }
  });

  it("is outside before the oldest kept commit", () => {
    const made = new MadeTimeline(seededRandom(5), { commits: 40, perSegment: 30 });
    const source = made.source(20, (at) => at === 6);
    const earliest = made.commits[6]?.micros as number;
    expect(refusalOf(() => ask(source, earliest - 1, true))).toMatchObject({ details: { earliest } });
    expect(ask(source, earliest).commit).toBe(made.commits[6]?.commit);
  });
});
