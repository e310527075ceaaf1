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

  it("looks again within two seconds for ends that nobody told it of", async () => {
    start();
    await clock.advanceAndSettle(1_000);
    due = [1_001_500];
    await clock.advanceAndSettle(MINUTE_MS);
    expect(reapedAtMs).toEqual([1_002_000]);
  });

  it("ends within two seconds what a clock that was set forward made due, and nothing early when it was set back", async () => {
    due = [1_500_000];
    start();
    await clock.advanceAndSettle(1_000);
    clock.set(1_600_000);
    await clock.advanceAndSettle(2_000);
    expect(reapedAtMs).toEqual([1_602_000 - 1_000]);
    due = [1_700_000];
    clock.set(1_000_000);
    await clock.advanceAndSettle(699_999);
    expect(reapedAtMs).toHaveLength(1);
    await clock.advanceAndSettle(1);
    expect(reapedAtMs[1]).toBe(1_700_000);
  });

  it("goes through everything once a minute, though nothing is due", async () => {
    let rounds = 0;
    const reap = async () => void rounds++;
    startReaper({ clock, log: silentLog, findNextDueMs: async () => undefined, reap });
    await clock.advanceAndSettle(5 * MINUTE_MS);
    expect(rounds).toBe(6);
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

  it("never sleeps longer than two seconds, and never turns in a circle over what stays due", () => {
    expect(computeSleepMs(undefined, 0)).toBe(2_000);
    expect(computeSleepMs(3_600_000, 0)).toBe(2_000);
    expect(computeSleepMs(1_234, 0)).toBe(1_234);
    expect(computeSleepMs(-5_000, 0)).toBe(1_000);
  });
});
