import type { Log } from "@/lib/std/log";
import type { Device } from "../device/device";
import { fillReserve, reserveDiskBytes } from "../device/reserve";
import { unlessDiskFails } from "./failures";

export interface ReserveUpkeepParts {
  readonly device: Device;
  readonly storeDir: string;
  readonly log: Log;
  readonly sizes: readonly number[];
}

/** Keeps the reserve whole: what was lent is made again as soon as there is room for it. */
export class ReserveUpkeep {
  readonly #parts: ReserveUpkeepParts;
  #lookedMicros: number | undefined;

  constructor(parts: ReserveUpkeepParts) {
    this.#parts = parts;
  }

  /** Once a tick; nothing happens in the other slices of it. `largestBytes`: of all files that may have to be replaced. */
  tend(nowMicros: number, largestBytes: number): void {
    if (nowMicros === this.#lookedMicros) return;
    this.#lookedMicros = nowMicros;
    const { device, storeDir, log, sizes } = this.#parts;
    unlessDiskFails(log, undefined, () => fillReserve(device, storeDir, { sizes, largestBytes }));
  }

  get diskBytes(): number {
    return reserveDiskBytes(this.#parts.device, this.#parts.storeDir);
  }
}
