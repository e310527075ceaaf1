/** Ends a timer that has not fired yet; harmless afterwards. */
export type CancelTimer = () => void;

/**
 * Time and timers, injected so that a simulation can run them. Instants are integers since the epoch in UTC:
 * milliseconds in `nowMs`, microseconds in `nowMicros` (2^53 µs lasts until the year 2255).
 */
export interface Clock {
  nowMs(): number;
  nowMicros(): number;
  /** A reading that only grows, in milliseconds; for durations, never for dates. */
  monotonicMs(): number;
  /** Calls `fire` once after `delayMs`. The timer does not keep a process alive. */
  after(delayMs: number, fire: () => void): CancelTimer;
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

// setTimeout takes a signed 32-bit delay; a longer one would fire at once.
const LONGEST_TIMER_MS = 0x7fff_ffff;

/** A machine that slept, or whose clock was set, is noticed when the steady reading is off by more than this. */
const LARGEST_DRIFT_MS = 50;
let driftMs = 0;

/** Finer than a millisecond, and no further from the machine's clock than the largest drift: `performance.now` sleeps with it. */
function steadyNowMs(): number {
  const steadyMs = performance.timeOrigin + performance.now();
  const offMs = Date.now() - (steadyMs + driftMs);
  if (Math.abs(offMs) > LARGEST_DRIFT_MS) driftMs += offMs;
  return steadyMs + driftMs;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  nowMicros: () => Math.round(steadyNowMs() * 1000),
  monotonicMs: () => performance.now(),
  after(delayMs, fire) {
    const timer = setTimeout(fire, Math.min(delayMs, LONGEST_TIMER_MS));
    timer.unref?.();
    return () => clearTimeout(timer);
  },
  sleep(delayMs, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(
        () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
        Math.min(delayMs, LONGEST_TIMER_MS),
      );
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  },
};
