import type { NewServiceEvent } from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import type { CancelTimer, Clock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import type { Log } from "@/lib/std/log";

/** So long an event may be known to the engine only: what a kill can lose. */
const BATCH_MS = 200;
/** A control database that is away comes back, or the engine ends. */
const RETRY_MS = 2_000;
/** As many as a service's list holds; while the control database is away older ones are let go. */
const WAITING_MAX = 10_000;

export type SeenEvent = Omit<NewServiceEvent, "id">;

export interface EventRecorderOptions {
  /** Writes a batch; the same events again, by their ids, change nothing. */
  record(serviceId: string, events: readonly NewServiceEvent[]): Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Takes events without making anybody wait, and writes them in batches, in order for each service. */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #waiting = new Map<string, readonly NewServiceEvent[]>();
  #cancelTimer: CancelTimer | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: EventRecorderOptions) {
    this.#options = options;
  }

  add(serviceId: string, events: readonly SeenEvent[]): void {
    if (events.length === 0) return;
    this.#wait(serviceId, [
      ...(this.#waiting.get(serviceId) ?? []),
      ...events.map((event) => ({ ...event, id: newId() })),
    ]);
    this.#writeLater(BATCH_MS);
  }

  #wait(serviceId: string, events: readonly NewServiceEvent[]): void {
    this.#waiting.set(serviceId, events.slice(-WAITING_MAX));
  }

  /** Writes what waits; to be called when nothing can be added any more. */
  async stop(): Promise<void> {
    await this.#write();
    this.#cancelTimer?.();
  }

  #writeLater(delayMs: number): void {
    this.#cancelTimer ??= this.#options.clock.after(delayMs, () => {
      this.#cancelTimer = undefined;
      void this.#write();
    });
  }

  /** One batch at a time. */
  #write(): Promise<void> {
    this.#writing = this.#writing.then(async () => {
      for (const serviceId of [...this.#waiting.keys()]) await this.#writeOf(serviceId);
    });
    return this.#writing;
  }

  async #writeOf(serviceId: string): Promise<void> {
    const events = this.#waiting.get(serviceId) ?? [];
    this.#waiting.delete(serviceId);
    try {
      await this.#options.record(serviceId, events);
    } catch (err) {
      const about = { err, serviceId, events: events.length };
      if (isForGood(err)) return this.#options.log.error(about, "Events were refused for good and are not listed");
      this.#options.log.warn(about, "Events could not be written yet");
      this.#wait(serviceId, [...events, ...(this.#waiting.get(serviceId) ?? [])]);
      this.#writeLater(RETRY_MS);
    }
  }
}

/** What is wrong with the request itself stays wrong; what is wrong with the engine or the database passes. */
const isForGood = (error: unknown): boolean => error instanceof AppError && error.status < 500;
