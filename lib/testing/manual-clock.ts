import type { Clock } from "@/lib/std/clock";

/** A clock that moves only when a test says so. */
export class ManualClock implements Clock {
  /** What the timers go by. */
  #nowMs: number;
  /** How far somebody has set the time of day from it. */
  #setMs = 0;
  #timers: { atMs: number; fire: () => void }[] = [];

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs + this.#setMs;
  }

  nowMicros(): number {
    return this.nowMs() * 1000;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, fire: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, fire };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.after(delayMs, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  /** Sets the time of day; timers and the steady reading go on as they were. */
  set(nowMs: number): void {
    this.#setMs = nowMs - this.#nowMs;
  }

  /** Lets time pass; timers that are due fire in order. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    while (this.#fireNext(endMs));
    this.#nowMs = endMs;
  }

  /** The same; what each timer sets off runs before the next one fires. */
  async advanceAndSettle(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    do await settle();
    while (this.#fireNext(endMs));
    this.#nowMs = endMs;
  }

  #fireNext(untilMs: number): boolean {
    const [due] = this.#timers.filter(({ atMs }) => atMs <= untilMs).sort((one, other) => one.atMs - other.atMs);
    if (!due) return false;
    this.#timers = this.#timers.filter((timer) => timer !== due);
    this.#nowMs = Math.max(this.#nowMs, due.atMs);
    due.fire();
    return true;
  }
}

/** Lets all that is ready run, promises and what they lead to. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
