import { describe, expect, it } from "vitest";
import { seededRandom } from "@/lib/std/random";
import { UNIT_BYTES } from "../log/format";
import { countMoments } from "./histogram";
import { MadeTimeline } from "./made-timeline.fixture";

describe("a histogram", () => {
  it("counts the moments and bytes of each part, as going through all commits does", () => {
    for (let seed = 1; seed <= 30; seed++) {
      const random = seededRandom(seed);
      const made = new MadeTimeline(random, { commits: 200, perSegment: 1 + random.int(60) });
      const since = random.int(150);
      const source = made.source(since);
      const from = source.since.micros - random.int(500);
      const span = { fromMicros: from, toMicros: from + 1 + random.int(200_000), buckets: 1 + random.int(40) };
      const buckets = countMoments(source, span);
      expect(buckets.length).toBe(span.buckets);
      for (const [at, bucket] of buckets.entries()) {
        const end = buckets[at + 1]?.fromMicros ?? span.toMicros;
        const within = made.commits.slice(since).filter(({ micros }) => micros >= bucket.fromMicros && micros < end);
        const first = within[0] && made.commits[made.commits.indexOf(within[0]) - 1];
        const isFirst = within[0]?.commit === source.since.commit && since > 0;
        // The oldest commit counts as a moment, for what was before it is not known any more.
        const before = isFirst ? source.since.moments - 1 : (first?.moments ?? 0);
        const moments = within.length === 0 ? 0 : (within.at(-1)?.moments ?? 0) - before;
        expect(bucket.moments, `seed ${seed}, bucket ${at}`).toBe(moments);
        const units = within.reduce((sum, { unit, endUnit }) => sum + endUnit - unit, 0);
        // A segment's header counts with the first commit after it.
        const headers = within.filter(
          ({ unit }, each) => unit === 1 && !(each === 0 && (first === undefined || isFirst)),
        );
        expect(bucket.bytes, `seed ${seed}, bucket ${at}`).toBe((units + headers.length) * UNIT_BYTES);
      }
    }
  });

  it("counts what is gone where the next kept commit lies, and nothing twice", () => {
    const made = new MadeTimeline(seededRandom(40), { commits: 300, perSegment: 50 });
    const source = made.source(200, (at) => at % 9 === 0);
    const [first, last] = [source.kept[0], source.head];
    const span = { fromMicros: first?.micros as number, toMicros: last.micros + 1, buckets: 90 };
    const buckets = countMoments(source, span);
    const moments = buckets.reduce((sum, bucket) => sum + bucket.moments, 0);
    expect(moments).toBe(last.moments - Math.max(0, (first?.moments as number) - 1));
    expect(Math.min(...buckets.map((bucket) => Math.min(bucket.moments, bucket.bytes)))).toBe(0);
  });

  it("has between 1 and 1,000 parts and ends after it begins", () => {
    const source = new MadeTimeline(seededRandom(42), { commits: 5, perSegment: 5 }).source();
    const { micros } = source.since;
    for (const buckets of [0, 1001, 1.5])
      expect(() => countMoments(source, { fromMicros: micros, toMicros: micros + 1, buckets })).toThrow(
        "between 1 and",
      );
    expect(() => countMoments(source, { fromMicros: micros, toMicros: micros, buckets: 1 })).toThrow("ends after");
  });
});
