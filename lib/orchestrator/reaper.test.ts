import { beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "@/lib/std/log";
import { ManualClock } from "@/lib/testing/manual-clock";
import { computeSleepMs, startReaper } from "./reaper";

const MINUTE_MS = 60_000;
let clock: ManualClock;
let due: number[];
let reapedAtMs: number[];
let isBroken: boolean;

beforeEach(() => {
  clock = new ManualClock(1_000_000);
  due = [];
  reapedAtMs = [];
  isBroken = false;
});

const start = () =>
  startReaper({
    clock,
    log: silentLog,
    findNextDueMs: async () => (due.length > 0 ? Math.min(...due) : undefined),
    reap: async (nowMs) => {
      if (isBroken) throw new Error("the control database is silent");
      const ended = due.filter((atMs) => atMs <= nowMs);
      due = due.filter((atMs) => atMs > nowMs);
      reapedAtMs.push(...ended.map(() => nowMs));
    },
  });

describe("the reaper", () => {
  it("ends at once what came due while nobody was there", async () => {
    due = [1, 999_999];
    start();
    await clock.advanceAndSettle(0);
    expect(reapedAtMs).toEqual([1_000_000, 1_000_000]);
  });

  it("wakes up at the next due instant, not before and not after", async () => {
    due = [1_030_000, 1_012_345];
    start();
    await clock.advanceAndSettle(12_344);
    expect(reapedAtMs).toEqual([]);
    await clock.advanceAndSettle(MINUTE_MS);
    expect(reapedAtMs).toEqual([1_012_345, 1_030_000]);
  });

  it("looks again within a minute for ends that nobody told it of", async () => {
    start();
    await clock.advanceAndSettle(1_000);
    due = [1_002_000];
    await clock.advanceAndSettle(MINUTE_MS);
    expect(reapedAtMs).toEqual([1_060_000]);
  });

  it("looks at once when it is woken, also while a round runs", async () => {
    const reaper = start();
    reaper.wake();
    await clock.advanceAndSettle(500);
    due = [1_010_000];
    reaper.wake();
    await clock.advanceAndSettle(9_500);
    expect(reapedAtMs).toEqual([1_010_000]);
  });

  it("goes on after a failure, a second later", async () => {
    due = [1_000_000];
    isBroken = true;
    start();
    await clock.advanceAndSettle(2_500);
    isBroken = false;
    await clock.advanceAndSettle(1_000);
    expect(reapedAtMs).toEqual([1_003_000]);
  });

  it("does nothing after it was stopped", async () => {
    due = [1_010_000];
    const reaper = start();
    await clock.advanceAndSettle(0);
    await reaper.stop();
    reaper.wake();
    await clock.advanceAndSettle(MINUTE_MS);
    expect(reapedAtMs).toEqual([]);
  });

  it("never sleeps longer than a minute, and never turns in a circle over what stays due", () => {
    expect(computeSleepMs(undefined, 0)).toBe(MINUTE_MS);
    expect(computeSleepMs(3_600_000, 0)).toBe(MINUTE_MS);
    expect(computeSleepMs(5_000, 0)).toBe(5_000);
    expect(computeSleepMs(-5_000, 0)).toBe(1_000);
  });
});
