import type { Log } from "@/lib/std/log";
import { removalSteps } from "../collect/remove-files";
import type { Device } from "../device/device";
import { logPath } from "../log/store-paths";
import { VolumeError } from "../volume-error";

export interface DoomedLogsParts {
  readonly device: Device;
  readonly storeDir: string;
  readonly log: Log;
}

/** Logs that nobody needs, on their way off the disk: a big one has hundreds of files, and a fork must not wait for them. */
export class DoomedLogs {
  readonly #parts: DoomedLogsParts;
  readonly #steps = new Map<number, ReturnType<typeof removalSteps>>();
  /** Left to the next opening. */
  readonly #stuck = new Set<number>();

  constructor(parts: DoomedLogsParts) {
    this.#parts = parts;
  }

  add(log: number): void {
    const { device, storeDir } = this.#parts;
    if (!this.#steps.has(log)) this.#steps.set(log, removalSteps(device, logPath(storeDir, log)));
  }

  /** Removes a few files; true while there are more. What cannot be removed is left to the next opening. */
  removeSome(files: number): boolean {
    for (let left = files; left > 0; left--) {
      const [first] = this.#steps;
      if (!first) return false;
      const [log, steps] = first;
      try {
        if (steps.next().done) this.#steps.delete(log);
      } catch (error) {
        if (!(error instanceof VolumeError)) throw error;
        this.#steps.delete(log);
        this.#stuck.add(log);
        this.#parts.log.warn({ log, error }, "a deleted log could not be removed yet");
      }
    }
    return this.#steps.size > 0;
  }

  /** What is left of them on the disk. */
  get diskBytes(): number {
    const { device, storeDir } = this.#parts;
    let bytes = 0;
    for (const log of new Set([...this.#steps.keys(), ...this.#stuck]))
      for (const name of device.readdir(logPath(storeDir, log)))
        bytes += device.allocatedBytes(`${logPath(storeDir, log)}/${name}`);
    return bytes;
  }
}
