import { describe, expect, it } from "vitest";
import type { SegmentIndex } from "../log/segment-index";
import { IndexBuilder } from "./index-builder";
import { decodeIndex, encodeIndex } from "./index-codec";
import type { IndexView } from "./index-view";
import { encodeThinnedIndex } from "./thin-index";

const of = { log: 3, segment: 5 };
const COMMIT = 2 ** 40;
const MICROS = 1_764_000_000_000_000;

function build(): IndexView {
  const builder = new IndexBuilder({
    ...{ ...of, lastCommit: COMMIT, unitsBefore: 2 ** 33, endUnit: 1, ownDeadUnits: 0, bornDeadUnits: 0 },
    ...{ baseCommit: COMMIT, baseMoments: 2 ** 35 },
  });
  for (let at = 1; at <= 30; at++) {
    const commit = COMMIT + at;
    const unit = at * 10;
    builder.addSlot({ unit: unit + 1, units: 2, crc: 0xffff_ffff, inode: at, block: 4_000_000_000, level: at % 3 });
    builder.addDeath({ log: 1 + (at % 3), segment: at, unit: 4_000_000_000, units: 2, commit, isLink: at % 5 === 0 });
    builder.addBornDead({ unit: unit + 5, units: 3, commit });
    builder.addCommit({ commit, micros: MICROS + at * 10, unit, endUnit: unit + 10, moments: 2 ** 35 + at });
  }
  builder.addClockStep({ commit: COMMIT + 7, micros: MICROS + 70, beforeMicros: MICROS + 60, clockMicros: MICROS - 9 });
  builder.setEnd(310);
  return builder.view();
}

/** As a file is read: its words are aligned. */
const fromDisk = (bytes: Buffer): Buffer => Buffer.from(new Uint8Array(bytes).buffer);

function decode(bytes: Buffer): IndexView {
  const decoded = decodeIndex(fromDisk(bytes), of);
  if (!decoded) throw new Error("no index");
  return decoded.view;
}

function contentOf(index: SegmentIndex) {
  return {
    commits: Array.from({ length: index.commitCount }, (_, at) => index.commitAt(at)),
    slots: [...index.slots()],
    deaths: [...index.deaths()],
    bornDead: [...index.bornDead()],
    steps: [...index.clockSteps()],
    sums: [index.lastCommit, index.unitsBefore, index.endUnit, index.ownDeadUnits, index.bornDeadUnits],
  };
}

describe("an index", () => {
  it("says after decoding what was put into it", () => {
    const view = build();
    const decoded = decode(encodeIndex(view));
    expect(contentOf(decoded)).toEqual(contentOf(view));
    expect(decoded.ownDeadUnits).toBe(20);
    expect(decoded.bornDeadUnits).toBe(90);
  });

  it("finds commits by number, by time and by unit", () => {
    const index = decode(encodeIndex(build()));
    expect(index.findCommit(COMMIT + 4)?.unit).toBe(40);
    expect(index.findCommit(COMMIT)).toBeUndefined();
    expect(index.findAtOrBefore(MICROS + 45)?.commit).toBe(COMMIT + 4);
    expect(index.findAtOrBefore(MICROS)).toBeUndefined();
    expect([40, 49, 50, 999].map((unit) => index.birthOf(unit) - COMMIT)).toEqual([4, 4, 5, 30]);
  });

  it("does not decode with any bit flipped, nor shortened, nor as another segment's", () => {
    const bytes = encodeIndex(build());
    for (let bit = 0; bit < bytes.length * 8; bit += 37) {
      const flipped = fromDisk(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(decodeIndex(flipped, of), `bit ${bit}`).toBeUndefined();
    }
    for (const length of [0, 100, 200, bytes.length - 4])
      expect(decodeIndex(fromDisk(bytes.subarray(0, length)), of)).toBeUndefined();
    expect(decodeIndex(fromDisk(bytes), { log: 3, segment: 6 })).toBeUndefined();
  });

  it("stays as it is while its segment goes on", () => {
    const view = build();
    const before = contentOf(view);
    const builder = new IndexBuilder(view.facts, view);
    for (let at = 31; at < 200; at++)
      builder.addCommit({ commit: COMMIT + at, micros: MICROS + at * 10, unit: at, endUnit: at + 1, moments: 2 ** 35 });
    expect(contentOf(view)).toEqual(before);
  });
});

describe("a thinned index", () => {
  it("has the chosen entries, its sums as they were, and births rounded up", () => {
    const whole = build();
    const bytes = encodeThinnedIndex(whole, {
      commit: ({ commit }) => commit % 7 === 0,
      slot: ({ unit }) => unit % 4 === 1,
      death: ({ commit }) => commit > COMMIT + 20,
      bornDead: () => false,
    });
    const thinned = decode(bytes);
    const content = contentOf(whole);
    expect(contentOf(thinned)).toEqual({
      commits: content.commits.filter(({ commit }) => commit % 7 === 0),
      slots: content.slots.filter(({ unit }) => unit % 4 === 1),
      deaths: content.deaths.filter(({ commit }) => commit > COMMIT + 20),
      bornDead: [],
      steps: content.steps,
      sums: content.sums,
    });
    for (let unit = 10; unit < 310; unit++) {
      const birth = whole.birthOf(unit);
      const next =
        thinned.commitCount > 0 ? contentOf(thinned).commits.find(({ commit }) => commit >= birth) : undefined;
      expect(thinned.birthOf(unit)).toBe(next?.commit ?? whole.lastCommit);
    }
    expect(contentOf(decode(encodeThinnedIndex(thinned, {})))).toEqual(contentOf(thinned));
  });
});
