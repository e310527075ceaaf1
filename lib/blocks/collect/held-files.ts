import type { CancelTimer, Clock } from "@/lib/std/clock";
import type { Device } from "../device/device";

/** Longer than sleeping readers need to be woken and let go of a file that was replaced. */
const HELD_MS = 3_000;
/** Files at a time; the oldest is let go for a new one. */
const MOST_HELD = 64;

/**
 * Keeps files open that lose their name. Freeing the space of 16 MiB takes a file system several milliseconds, and who closes
 * a nameless file last waits for it: that shall be the collector's thread, neither the keeper's nor one that runs Postgres.
 */
export class HeldFiles {
  readonly #device: Device;
  readonly #clock: Clock;
  /** By descriptor, oldest first. */
  readonly #timers = new Map<number, CancelTimer>();

  constructor(device: Device, clock: Clock) {
    this.#device = device;
    this.#clock = clock;
  }

  /** One that is gone meanwhile, with its log, needs no holding. */
  hold(path: string): void {
    const [oldest] = this.#timers.keys();
    if (oldest !== undefined && this.#timers.size >= MOST_HELD) this.#release(oldest);
    const file = openIfThere(this.#device, path);
    if (file === undefined) return;
    this.#timers.set(
      file,
      this.#clock.after(HELD_MS, () => this.#release(file)),
    );
  }

  #release(file: number): void {
    this.#timers.get(file)?.();
    this.#timers.delete(file);
    this.#device.close(file);
  }
}

function openIfThere(device: Device, path: string): number | undefined {
  try {
    return device.open(path, "read");
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error;
    return undefined;
  }
}
