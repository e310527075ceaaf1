import { describe, expect, it } from "vitest";
import { seededRandom } from "@/lib/std/random";
import { countMoments } from "./histogram";
import { MadeTimeline } from "./made-timeline.fixture";
import { resolveTime } from "./resolve";

const ASKED = 100;
const BUILD_MS = 60_000;

describe(
  "a window of a million commits",
  () => {
    const made = new MadeTimeline(seededRandom(6), { commits: 1_000_000, perSegment: 4095 });
    const source = made.source();

    it("is searched in one index for a time, within 20 ms", () => {
      const random = seededRandom(7);
      const asked = Array.from({ length: ASKED }, () => random.pick(made.commits));
      made.reads = 0;
      const began = performance.now();
      const found = asked.map(({ micros }) => resolveTime(source, { micros, nowMicros: micros, acceptInexact: false }));
      expect((performance.now() - began) / ASKED).toBeLessThan(20);
      expect(found.map(({ commit }) => commit)).toEqual(asked.map(({ commit }) => commit));
      expect(made.reads).toBe(ASKED);
    });

    it("is counted in 200 parts by reading an index for each of their ends, within a second", () => {
      made.reads = 0;
      const began = performance.now();
      const span = { fromMicros: source.since.micros, toMicros: source.head.micros + 1, buckets: 200 };
      const buckets = countMoments(source, span);
      expect(performance.now() - began).toBeLessThan(1000);
      expect(buckets.reduce((sum, { moments }) => sum + moments, 0)).toBe(source.head.moments);
      expect(made.reads).toBeLessThanOrEqual(202);
    });
  },
  BUILD_MS,
);
