import type { Clock } from "@/lib/std/clock";

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /** Lets time pass: timers fire in order, each at its own instant, and what they set off runs before the next. */
  advance(ms: number): Promise<void>;
}

interface Timer {
  readonly atMs: number;
  readonly fire: () => void;
}

export function createFakeClock(startMs = 0): FakeClock {
  let nowMs = startMs;
  const timers = new Set<Timer>();

  const after = (delayMs: number, fire: () => void) => {
    const timer = { atMs: nowMs + delayMs, fire };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  const findNext = (untilMs: number): Timer | undefined =>
    [...timers].filter(({ atMs }) => atMs <= untilMs).sort((left, right) => left.atMs - right.atMs)[0];

  return {
    nowMs: () => nowMs,
    nowMicros: () => nowMs * 1000,
    monotonicMs: () => nowMs,
    after,
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        const cancel = after(delayMs, resolve);
        signal?.addEventListener("abort", () => {
          cancel();
          reject(signal.reason);
        });
      }),
    async advance(ms) {
      const untilMs = nowMs + ms;
      await settle();
      for (let timer = findNext(untilMs); timer; timer = findNext(untilMs)) {
        timers.delete(timer);
        nowMs = Math.max(nowMs, timer.atMs);
        timer.fire();
        await settle();
      }
      nowMs = untilMs;
    },
  };
}

/** Lets all that is ready run, promises and what they lead to. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
