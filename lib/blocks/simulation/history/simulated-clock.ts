import { AssertionError } from "@/lib/std/assert";
import type { Clock } from "@/lib/std/clock";
import type { Random } from "@/lib/std/random";

const FIRST_MICROS = 1_700_000_000_000_000;
const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A clock that stands still until it is told to go, so that a model knows what a commit was told. */
export class SimulatedClock implements Clock {
  micros: number;
  /** The latest that it ever showed. */
  latestMicros: number;

  constructor(micros = FIRST_MICROS) {
    this.micros = micros;
    this.latestMicros = micros;
  }

  copy(): SimulatedClock {
    const copy = new SimulatedClock(this.micros);
    copy.latestMicros = this.latestMicros;
    return copy;
  }

  /** Mostly the pace of commits; sometimes a pause, rarely hours. */
  goOn(random: Random): void {
    const most = random.pick([300, 300, 300, 300, SECOND, SECOND, 10 * SECOND, MINUTE]);
    this.#set(this.micros + random.int(most));
  }

  jump(random: Random): void {
    this.#set(this.micros + random.int(random.pick([10 * MINUTE, HOUR, 5 * HOUR])));
  }

  stepBack(random: Random): void {
    this.#set(this.micros - random.int(random.pick([SECOND, 10 * SECOND, HOUR])));
  }

  nowMicros(): number {
    return this.micros;
  }

  nowMs(): number {
    return Math.floor(this.micros / 1000);
  }

  monotonicMs(): number {
    return this.latestMicros / 1000;
  }

  after(): () => void {
    throw new AssertionError("the block store sets no timers");
  }

  async sleep(): Promise<void> {
    throw new AssertionError("the block store sets no timers");
  }

  #set(micros: number): void {
    this.micros = micros;
    this.latestMicros = Math.max(micros, this.latestMicros);
  }
}
