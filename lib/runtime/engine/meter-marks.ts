import type { Size } from "@/lib/metering";
import type { Clock } from "@/lib/std/clock";

/** A compute started or stopped, at a size. */
export interface ComputeMark {
  readonly serviceId: string;
  readonly atMs: number;
  readonly isRunning: boolean;
  readonly size: Size;
}

/** A machine that slept, or whose clock was set ahead, is noticed when its clock ran on by more than this without it. */
const SLEPT_MS = 5_000;

/**
 * Which computes run, and since the last sample which started and stopped. What is not written down yet is kept here, so that a
 * control database that is away for a while costs nothing.
 */
export class MeterMarks {
  readonly #clock: Clock;
  readonly #running = new Map<string, Size>();
  #marks: ComputeMark[] = [];
  #lastMs: number;
  #lastMonotonicMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lastMs = clock.nowMs();
    this.#lastMonotonicMs = clock.monotonicMs();
  }

  started(serviceId: string, size: Size): void {
    const atMs = this.#readClock();
    this.#running.set(serviceId, size);
    this.#marks.push({ serviceId, atMs, isRunning: true, size });
  }

  stopped(serviceId: string): void {
    const atMs = this.#readClock();
    const size = this.#running.get(serviceId);
    if (!size) return;
    this.#running.delete(serviceId);
    this.#marks.push({ serviceId, atMs, isRunning: false, size });
  }

  /** The present time, and all marks up to it. They stay until they are `forgotten`. */
  read(): {
    readonly atMs: number;
    readonly marks: readonly ComputeMark[];
    readonly running: ReadonlyMap<string, Size>;
  } {
    const atMs = this.#readClock();
    return { atMs, marks: [...this.#marks], running: new Map(this.#running) };
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
      for (const [serviceId, size] of this.#running)
        this.#marks.push(
          { serviceId, atMs: Math.floor(awakeUntilMs), isRunning: false, size },
          { serviceId, atMs: nowMs, isRunning: true, size },
        );
    this.#lastMs = nowMs;
    this.#lastMonotonicMs = monotonicMs;
    return nowMs;
  }
}
