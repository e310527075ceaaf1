import type { CancelTimer, Clock } from "@/lib/std/clock";
import type { WorkerHandle } from "./worker-handle";

/** The next one warms up when the compute that took the last has had its first moments to itself: there are few cores. */
const REPLACE_AFTER_MS = 500;

export interface WarmWorkersOptions {
  readonly clock: Clock;
  startWorker(imageId: string): Promise<WorkerHandle>;
}

/**
 * One worker per image that has loaded everything but a volume: about a third of a start's time, for some 40 MB. An image
 * that nobody has started since the engine did has none.
 */
export class WarmWorkers {
  readonly #options: WarmWorkersOptions;
  readonly #warm = new Map<string, WorkerHandle>();
  readonly #timers = new Map<string, CancelTimer>();
  #closed = false;

  constructor(options: WarmWorkersOptions) {
    this.#options = options;
  }

  /** The warm one, or a cold one. */
  async take(imageId: string): Promise<WorkerHandle> {
    const warm = this.#warm.get(imageId);
    this.#warm.delete(imageId);
    return warm ?? this.#options.startWorker(imageId);
  }

  /** To be called when a compute of the image is ready. */
  replaceLater(imageId: string): void {
    if (this.#closed || this.#warm.has(imageId) || this.#timers.has(imageId)) return;
    const replace = () => {
      this.#timers.delete(imageId);
      // What keeps a worker from loading will be said by the next start, which has someone to say it to.
      this.#replace(imageId).catch(() => {});
    };
    this.#timers.set(imageId, this.#options.clock.after(REPLACE_AFTER_MS, replace));
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const cancel of this.#timers.values()) cancel();
    await Promise.all([...this.#warm.values()].map((worker) => worker.terminate()));
    this.#warm.clear();
  }

  async #replace(imageId: string): Promise<void> {
    if (this.#warm.has(imageId)) return;
    const worker = await this.#options.startWorker(imageId);
    if (this.#closed) return worker.terminate();
    this.#warm.set(imageId, worker);
    await worker.ended;
    if (this.#warm.get(imageId) === worker) this.#warm.delete(imageId);
  }
}
