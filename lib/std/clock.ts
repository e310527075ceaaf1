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

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  nowMicros: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
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
