import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HOUR_MS } from "./hours";
import { forgetCompute, type HourUsage, type Meter, NO_BYTES, type Observation, observe } from "./meter";

const START = Date.UTC(2026, 10, 24, 9, 30);
const SIZES = [
  { cpuMillis: 0, memoryGbs: 0 },
  { cpuMillis: 500, memoryGbs: 2 },
  { cpuMillis: 2000, memoryGbs: 8 },
];

function follow(observations: readonly Observation[]): { meter: Meter | undefined; usage: HourUsage[] } {
  let meter: Meter | undefined;
  const usage: HourUsage[] = [];
  for (const one of observations) {
    const observed = observe(meter, one);
    meter = observed.meter;
    usage.push(...observed.usage);
  }
  return { meter, usage };
}

const bytes = fc.record({ written: fc.nat(2 ** 40), pinned: fc.nat(2 ** 36), logical: fc.nat(2 ** 42) });
const observation = fc.record(
  {
    atMs: fc.nat(5 * HOUR_MS).map((ms) => START + ms),
    bytes,
    isRunning: fc.boolean(),
    size: fc.constantFrom(...SIZES),
  },
  { requiredKeys: ["atMs"] },
);
const inOrder = fc
  .array(observation, { minLength: 1, maxLength: 20 })
  .map((all) => [...all].sort((left, right) => left.atMs - right.atMs));

/** The closed form: each value times how long it held, from one observation to the next. */
function integrate(observations: readonly Observation[]) {
  const sum = { computeMs: 0n, written: 0n, pinned: 0n, logical: 0n };
  let [held, isRunning] = [NO_BYTES, false];
  for (const [at, one] of observations.entries()) {
    held = one.bytes ?? held;
    isRunning = one.isRunning ?? isRunning;
    const length = BigInt((observations[at + 1]?.atMs ?? one.atMs) - one.atMs);
    if (isRunning) sum.computeMs += length;
    for (const kind of ["written", "pinned", "logical"] as const) sum[kind] += BigInt(held[kind]) * length;
  }
  return sum;
}

const total = (usage: readonly HourUsage[]) => ({
  computeMs: usage.reduce((sum, one) => sum + one.computeMs, 0n),
  written: usage.reduce((sum, one) => sum + one.writtenByteMs, 0n),
  pinned: usage.reduce((sum, one) => sum + one.pinnedByteMs, 0n),
  logical: usage.reduce((sum, one) => sum + one.logicalByteMs, 0n),
});

describe("a meter", () => {
  test("counts what was known for as long as it held, to the byte and millisecond", () => {
    fc.assert(
      fc.property(inOrder, (observations) => {
        expect(total(follow(observations).usage)).toEqual(integrate(observations));
      }),
    );
  });

  test("counts each hour's part in that hour", () => {
    fc.assert(
      fc.property(inOrder, (observations) => {
        const { usage } = follow(observations);
        for (const one of usage) {
          expect(one.hourMs % HOUR_MS).toBe(0);
          expect(one.computeMs <= BigInt(HOUR_MS)).toBe(true);
        }
        const byHour = new Map<number, bigint>();
        for (const { hourMs, computeMs } of usage) byHour.set(hourMs, (byHour.get(hourMs) ?? 0n) + computeMs);
        for (const ms of byHour.values()) expect(ms <= BigInt(HOUR_MS)).toBe(true);
      }),
    );
  });

  test("counts nothing twice: repeated observations change nothing", () => {
    fc.assert(
      fc.property(inOrder, fc.integer({ min: 1, max: 3 }), (observations, times) => {
        const repeated = observations.flatMap((one) => Array.from({ length: times }, () => one));
        expect(follow(repeated)).toEqual(follow(observations));
        const told = follow(observations);
        const again = observations.reduce<{ meter: Meter | undefined; usage: HourUsage[] }>(
          ({ meter, usage }, { atMs, bytes: seen }) => {
            const observed = observe(meter, { atMs, ...(atMs < (meter?.asOfMs ?? 0) && seen && { bytes: seen }) });
            return { meter: observed.meter, usage: [...usage, ...observed.usage] };
          },
          { meter: told.meter, usage: [] },
        );
        expect(again).toEqual({ meter: told.meter, usage: [] });
      }),
    );
  });

  test("loses nothing with a sample that is lost, where nothing changed in between", () => {
    fc.assert(
      fc.property(inOrder, fc.array(fc.nat(5 * HOUR_MS), { maxLength: 10 }), (observations, others) => {
        const last = observations.at(-1)?.atMs ?? START;
        const between = others.map((ms) => ({ atMs: START + ms })).filter(({ atMs }) => atMs < last);
        const all = [...observations, ...between].sort((left, right) => left.atMs - right.atMs);
        expect(total(follow(all).usage)).toEqual(total(follow(observations).usage));
      }),
    );
  });

  test("never counts below zero, nor more than the time that passed, however the clock is set", () => {
    fc.assert(
      fc.property(fc.array(observation, { minLength: 1, maxLength: 20 }), (observations) => {
        const { meter, usage } = follow(observations);
        const passed = BigInt((meter?.asOfMs ?? 0) - (observations[0]?.atMs ?? 0));
        for (const one of usage) expect([one.computeMs, one.writtenByteMs].every((count) => count >= 0n)).toBe(true);
        expect(total(usage).computeMs <= passed).toBe(true);
        expect(meter?.asOfMs).toBe(Math.max(...observations.map(({ atMs }) => atMs)));
      }),
    );
  });

  test("charges an hour that a clock ran through twice once", () => {
    const size = { cpuMillis: 500, memoryGbs: 2 };
    const { usage } = follow([
      { atMs: START, isRunning: true, size },
      { atMs: START + HOUR_MS },
      { atMs: START },
      { atMs: START + HOUR_MS / 2 },
      { atMs: START + HOUR_MS },
    ]);
    expect(total(usage).computeMs).toBe(BigInt(HOUR_MS));
  });

  test("charges a new size from when it was seen, and what ran before at the old one", () => {
    const [, half, double] = SIZES;
    const { usage } = follow([
      { atMs: START, isRunning: true, ...(half && { size: half }) },
      { atMs: START + 600_000, ...(double && { size: double }) },
      { atMs: START + 700_000 },
    ]);
    expect(usage.map(({ cpuMillis, computeMs }) => [cpuMillis, computeMs])).toEqual([
      [500, 600_000n],
      [2000, 100_000n],
    ]);
  });

  test("of what an engine left running counts nothing after the last that was seen; storage goes on", () => {
    const { meter } = follow([{ atMs: START, isRunning: true, bytes: { written: 10, pinned: 0, logical: 0 } }]);
    const { usage } = observe(forgetCompute(meter as Meter), { atMs: START + 1_000, isRunning: true });
    expect(total(usage)).toMatchObject({ computeMs: 0n, written: 10_000n });
  });
});
