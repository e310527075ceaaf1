import { describe, expect, it } from "vitest";
import type { KeptCommit } from "../timeline/kept-commit";
import { coarsen, planWindow, unexpired, type WindowFacts } from "./window-policy";

const plan = (of: WindowFacts) => [...planWindow(of)];

const SECOND = 1_000_000;
const HOUR = 3_600 * SECOND;
const NOW = 1_000 * HOUR;

const tick = (micros: number, isTick = true): KeptCommit => ({
  commit: Math.round(micros / SECOND),
  micros,
  segment: 1,
  unit: 1,
  moments: 0,
  nextMicros: micros + 1,
  isTick,
});

const facts = (over: Partial<WindowFacts>): WindowFacts => ({
  nowMicros: NOW,
  retention: { micros: 24 * HOUR, bytes: 1_000 },
  historyBytes: () => 0,
  sinceMicros: NOW - 20 * HOUR,
  headMicros: NOW,
  kept: [],
  ...over,
});

describe("what is due to keep a window within its limits", () => {
  it("is nothing while history is young and small", () => {
    expect(plan(facts({}))).toEqual([]);
  });

  it("is to forget what is older than the window, also ticks", () => {
    const expire = { kind: "expire", beforeMicros: NOW - 24 * HOUR };
    expect(plan(facts({ sinceMicros: NOW - 25 * HOUR }))).toEqual([expire]);
    expect(plan(facts({ kept: [tick(NOW - 26 * HOUR), tick(NOW - 25 * HOUR)] }))).toEqual([expire]);
  });

  it("leaves the newest tick before the window's start alone", () => {
    expect(plan(facts({ kept: [tick(NOW - 26 * HOUR)] }))).toEqual([]);
  });

  it("is to thin under pressure what is older than an hour, then to coarsen, then to drop, and only then the last hour", () => {
    const pressed = { historyBytes: () => 2_000 };
    const kinds = (of: Partial<WindowFacts>) => plan(facts({ ...pressed, ...of })).map(({ kind }) => kind);
    expect(kinds({})).toEqual(["thin", "shrink"]);
    const thinned = {
      sinceMicros: NOW - HOUR,
      kept: [1, 2, 3].map((second) => tick(NOW - 2 * HOUR + second * SECOND)),
    };
    expect(kinds(thinned)).toEqual(["coarsen", "drop", "shrink"]);
    expect(kinds({ sinceMicros: NOW - HOUR })).toEqual(["shrink"]);
    expect(kinds({ sinceMicros: NOW })).toEqual([]);
  });
});

describe("ticks", () => {
  it("are coarsened to the last of each bucket; what is no tick does not count", () => {
    const kept = [tick(0.2 * SECOND), tick(0.9 * SECOND), tick(1.1 * SECOND, false), tick(1.5 * SECOND)];
    expect(coarsen(kept, SECOND).map(({ micros }) => micros)).toEqual([0.9 * SECOND, 1.5 * SECOND]);
  });

  it("expire but for the newest one before the window's start", () => {
    const kept = [tick(1 * SECOND), tick(2 * SECOND), tick(5 * SECOND)];
    expect(unexpired(kept, { micros: 9 * SECOND }, 4 * SECOND).map(({ micros }) => micros)).toEqual([
      2 * SECOND,
      5 * SECOND,
    ]);
    expect(unexpired(kept, { micros: 9 * SECOND }, 9 * SECOND)).toEqual([]);
  });
});
