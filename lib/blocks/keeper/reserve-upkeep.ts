import type { RewriteJob } from "../collect/rewrite-segment";
import type { Device } from "../device/device";
import { fillReserve, release, reserveDiskBytes, tidyReserve } from "../device/reserve";
import { UNIT_BYTES } from "../log/format";
import { isDiskFailure } from "../volume-error";

export interface ReserveUpkeepParts {
  readonly device: Device;
  readonly storeDir: string;
  readonly sizes: readonly number[];
}

/** A full disk is not asked more often for what it does not have. */
const RETRY_MICROS = 10_000_000;

/** Keeps the reserve whole: what was lent is made again as soon as there is room for it. */
export class ReserveUpkeep {
  readonly #parts: ReserveUpkeepParts;
  #failedMicros = Number.NEGATIVE_INFINITY;
  /** The tick at which nothing was missing. */
  #wholeMicros = Number.NEGATIVE_INFINITY;

  constructor(parts: ReserveUpkeepParts) {
    this.#parts = parts;
    tidyReserve(parts.device, parts.storeDir, parts.sizes);
  }

  /** One bounded step; true while more is due. That there is no room is no failure: the reserve is there for just that. */
  work(nowMicros: number): boolean {
    if (nowMicros === this.#wholeMicros || Math.abs(nowMicros - this.#failedMicros) < RETRY_MICROS) return false;
    const { device, storeDir, sizes } = this.#parts;
    try {
      const isMore = fillReserve(device, storeDir, sizes);
      if (!isMore) this.#wholeMicros = nowMicros;
      return isMore;
    } catch (error) {
      if (!isDiskFailure(error)) throw error;
      this.#failedMicros = nowMicros;
      return false;
    }
  }

  /** Room on the disk for the copy of a segment, which has holes and cannot be written over a piece. */
  makeRoomFor(job: RewriteJob): boolean {
    let units = 1;
    for (let at = 1; at < job.live.length; at += 2) units += job.live[at] as number;
    return release(this.#parts.device, this.#parts.storeDir, units * UNIT_BYTES);
  }

  get diskBytes(): number {
    return reserveDiskBytes(this.#parts.device, this.#parts.storeDir);
  }
}
