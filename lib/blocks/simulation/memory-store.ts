import { type Clock, systemClock } from "@/lib/std/clock";
import { type Log, silentLog } from "@/lib/std/log";
import { seededRandom } from "@/lib/std/random";
import { Keeper } from "../keeper/keeper";
import { DEFAULT_LIMITS, type Limits } from "../limits";
import { openVolume } from "../volume/open-volume";
import type { Volume } from "../volume/volume-types";
import { SimulatedDevice } from "./simulated-device";

export const STORE_DIR = "/store";
/** Enough for stores of some hundred blocks. */
export const SMALL_RESERVE: readonly number[] = [4096, 4096, 4096, 4096, 32768, 32768, 131072];

/** A store on a simulated disk, without threads, for tests that look at its parts. */
export class MemoryStore {
  readonly device: SimulatedDevice;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #log: Log;
  keeper: Keeper;

  constructor(options: { limits?: Partial<Limits>; clock?: Clock; seed?: number; log?: Log } = {}) {
    this.device = new SimulatedDevice(seededRandom(options.seed ?? 1), STORE_DIR);
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silentLog;
    this.keeper = this.#openKeeper();
  }

  get nowMicros(): number {
    return this.#clock.nowMicros();
  }

  create(volumeId: string): void {
    this.keeper.create(volumeId, this.nowMicros);
  }

  fork(sourceId: string, volumeId: string) {
    return this.keeper.fork({ sourceId, volumeId }, this.nowMicros);
  }

  /** Opens a volume for writing; `stop` closes it and gives its ticket back, `abandon` only gives the ticket back. */
  open(volumeId: string): { volume: Volume; stop(): void; abandon(): void } {
    const ticket = this.keeper.openWriter(volumeId);
    const abandon = () => this.keeper.releaseWriter(ticket.logId);
    try {
      const volume = openVolume(ticket, { clock: this.#clock, device: this.device, limits: this.#limits });
      const stop = () => {
        volume.close();
        abandon();
      };
      return { volume, stop, abandon };
    } catch (error) {
      abandon();
      throw error;
    }
  }

  /** Opens a volume, works on it, commits and closes it. */
  change(volumeId: string, work: (volume: Volume) => void): void {
    const { volume, stop } = this.open(volumeId);
    work(volume);
    volume.commit();
    stop();
  }

  /** The content of a file, undefined when there is none. */
  read(volumeId: string, path: string): Buffer | undefined {
    const { volume, stop } = this.open(volumeId);
    try {
      return readFile(volume, path);
    } finally {
      stop();
    }
  }

  /** As after a crash of the process: what was written is there, nothing is remembered. */
  reopen(): void {
    this.keeper = this.#openKeeper();
  }

  /** As after a power cut. */
  cutPower(): void {
    this.device.isOff = true;
    this.device.restart();
    this.reopen();
  }

  #openKeeper(): Keeper {
    return new Keeper({ device: this.device, storeDir: STORE_DIR, log: this.#log, reserveSizes: SMALL_RESERVE });
  }
}

export function readFile(volume: Volume, path: string): Buffer | undefined {
  const inode = volume.lookup(path);
  if (inode === undefined) return undefined;
  const content = Buffer.alloc(volume.stat(inode).sizeBytes);
  volume.read(inode, content, 0);
  return content;
}

/** Makes the file when it is missing. */
export function writeFile(volume: Volume, path: string, content: Uint8Array | string): void {
  const inode = volume.lookup(path) ?? volume.create(path, 0o600);
  volume.truncate(inode, 0);
  volume.write(inode, typeof content === "string" ? Buffer.from(content) : content, 0);
}
