import { type CancelTimer, type Clock, systemClock } from "@/lib/std/clock";

const TICK_MS = 1_000;

/**
 * The one clock of the console: the browser's, corrected by the server's time, which every answer carries. Countdowns
 * read `tickMs`, which moves once a second for all of them together.
 */
export class ServerClock {
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #offsetMs = 0;
  #tickMs: number;
  #cancelTimer: CancelTimer | undefined;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
    this.#tickMs = clock.nowMs();
  }

  nowMs(): number {
    return this.#clock.nowMs() + this.#offsetMs;
  }

  get tickMs(): number {
    return this.#tickMs;
  }

  /** How far the browser's clock is behind the server's; negative when it is ahead. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Takes the server's time from an answer that has just arrived. */
  correct(serverTime: string): void {
    const serverMs = Date.parse(serverTime);
    if (!Number.isNaN(serverMs)) this.#offsetMs = serverMs - this.#clock.nowMs();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (!this.#cancelTimer) this.#tick();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
    };
  };

  #tick(): void {
    this.#tickMs = this.nowMs();
    // The next whole second, so that every countdown on the screen changes at the same instant.
    this.#cancelTimer = this.#clock.after(TICK_MS - (this.#tickMs % TICK_MS), () => {
      this.#tick();
      for (const listener of this.#listeners) listener();
    });
  }

  #stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}

export const serverClock = new ServerClock();
