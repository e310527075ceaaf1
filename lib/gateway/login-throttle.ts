import type { Clock } from "@/lib/std/clock";

const WINDOW_MS = 60_000;
// More addresses than this at once is a flood that remembering each would only feed.
const ADDRESSES = 10_000;

/** Counts failed logins by address, a minute at a time. */
export class LoginThrottle {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #failures = new Map<string, number>();
  #windowStartMs = 0;

  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Counts a failure; true when this address has failed so often that its answers should be slow. */
  fail(address: string): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#windowStartMs > WINDOW_MS || this.#failures.size >= ADDRESSES) {
      this.#failures.clear();
      this.#windowStartMs = nowMs;
    }
    const count = (this.#failures.get(address) ?? 0) + 1;
    this.#failures.set(address, count);
    return count > this.#limit;
  }
}
