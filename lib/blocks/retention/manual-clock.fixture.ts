import { assert } from "@/lib/std/assert";
import type { Clock } from "@/lib/std/clock";

/** Time that stands still until it is told to go on; the store's own parts set no timers. */
export class ManualClock implements Clock {
  #micros = 1_700_000_000_000_000;

  advance(micros: number): void {
    this.#micros += micros;
  }
  nowMicros(): number {
    return this.#micros;
  }
  nowMs(): number {
    return Math.floor(this.#micros / 1000);
  }
  monotonicMs(): number {
    return this.#micros / 1000;
  }
  after(): never {
    throw assert(false, "the block store sets no timers") as never;
  }
  sleep(): never {
    throw assert(false, "the block store does not sleep") as never;
  }
}
