import type { Device } from "../device/device";
import { logPath, toSegmentNumbers } from "../log/store-paths";

/** What the files of a log take, by name. */
interface LogFiles {
  readonly bytes: ReadonlyMap<string, number>;
  readonly total: number;
  /** The newest segment: the one file that a writer makes longer. */
  readonly newest: string;
  /** Nothing of it changes until somebody says so. */
  readonly isSettled: boolean;
}

/** Somebody is writing it, or the disk failed meanwhile. */
const isTemporary = (name: string): boolean => name.endsWith(".tmp");

/**
 * What the files of each log take on the disk (`st_blocks`), all of them: segments, indexes, ledger. A log without a writer
 * is read once; of one that has a writer only what is new and its newest segment. Who else changes a file says so.
 */
export class SegmentBytes {
  readonly #device: Device;
  readonly #storeDir: string;
  readonly #logs = new Map<number, LogFiles>();

  constructor(device: Device, storeDir: string) {
    this.#device = device;
    this.#storeDir = storeDir;
  }

  /** All files of a log. `hasWriter`: it may have grown since the last question. */
  ofLog(log: number, hasWriter: boolean): number {
    const known = this.#logs.get(log);
    if (known?.isSettled && !hasWriter) return known.total;
    const files = this.#read(log, known, hasWriter);
    this.#logs.set(log, files);
    return files.total;
  }

  /** A file was replaced, made, written or removed. */
  changed(log: number, name: string): void {
    const known = this.#logs.get(log);
    if (!known) return;
    const bytes = new Map(known.bytes);
    bytes.delete(name);
    this.#logs.set(log, { ...known, bytes, isSettled: false });
  }

  /** A log had a writer, whom nobody may have asked about meanwhile, or is gone. */
  forget(log: number): void {
    this.#logs.delete(log);
  }

  #read(log: number, known: LogFiles | undefined, hasWriter: boolean): LogFiles {
    const names = this.#device.readdir(logPath(this.#storeDir, log));
    const bytes = new Map<string, number>();
    let total = 0;
    for (const name of names) {
      // The segment that was the newest may have grown until another one was begun.
      const mayDiffer = name === known?.newest || isTemporary(name);
      const before = mayDiffer ? undefined : known?.bytes.get(name);
      const taken = before ?? this.#bytesOf(`${logPath(this.#storeDir, log)}/${name}`);
      bytes.set(name, taken);
      total += taken;
    }
    const isSettled = !hasWriter && !names.some(isTemporary);
    return { bytes, total, newest: `${toSegmentNumbers(names).at(-1)}.seg`, isSettled };
  }

  #bytesOf(path: string): number {
    try {
      return this.#device.allocatedBytes(path);
    } catch (error) {
      // Removed since the directory was read, by the collector.
      if ((error as { code?: string }).code === "ENOENT") return 0;
      throw error;
    }
  }
}
