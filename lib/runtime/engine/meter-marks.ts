import type { Clock } from "@/lib/std/clock";

/** A compute started or stopped. */
export interface ComputeMark {
  readonly serviceId: string;
  readonly atMs: number;
  readonly isRunning: boolean;
}

/** A machine that slept, or whose clock was set ahead, is noticed when its clock ran on by more than this without it. */
const SLEPT_MS = 5_000;

/**
 * Which computes run, and since the last sample which started and stopped. What is not written down yet is kept here, so that a
 * control database that is away for a while costs nothing.
 */
export class MeterMarks {
  readonly #clock: Clock;
  readonly #running = new Set<string>();
  #marks: ComputeMark[] = [];
  #lastMs: number;
  #lastMonotonicMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastMs = clock.nowMs();
    this.#lastMonotonicMs = clock.monotonicMs();
  }

  started(serviceId: string): void {
    const atMs = this.#readClock();
    this.#running.add(serviceId);
    this.#marks.push({ serviceId, atMs, isRunning: true });
  }

  stopped(serviceId: string): void {
    const atMs = this.#readClock();
    if (this.#running.delete(serviceId)) this.#marks.push({ serviceId, atMs, isRunning: false });
  }

  /** The present time, and all marks up to it. They stay until they are `forgotten`. */
  read(): { readonly atMs: number; readonly marks: readonly ComputeMark[]; isRunning(serviceId: string): boolean } {
    const atMs = this.#readClock();
    const running = new Set(this.#running);
    return { atMs, marks: [...this.#marks], isRunning: (serviceId) => running.has(serviceId) };
  }

  /** They are written down. */
  forget(marks: readonly ComputeMark[]): void {
    const written = new Set(marks);
    this.#marks = this.#marks.filter((mark) => !written.has(mark));
  }

  /** While a machine sleeps nothing runs on it: its computes stopped when it fell asleep. */
  #readClock(): number {
    const [nowMs, monotonicMs] = [this.#clock.nowMs(), this.#clock.monotonicMs()];
    const awakeUntilMs = this.#lastMs + (monotonicMs - this.#lastMonotonicMs);
    if (nowMs - awakeUntilMs > SLEPT_MS)
      for (const serviceId of this.#running)
        this.#marks.push(
          { serviceId, atMs: Math.floor(awakeUntilMs), isRunning: false },
          { serviceId, atMs: nowMs, isRunning: true },
        );
    this.#lastMs = nowMs;
    this.#lastMonotonicMs = monotonicMs;
    return nowMs;
  }
}
