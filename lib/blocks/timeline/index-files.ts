import type { Log } from "@/lib/std/log";
import type { Device } from "../device/device";
import { replaceInReserve } from "../device/reserve";
import { indexPath, logPath } from "../log/store-paths";
import { isDiskFailure, toVolumeError } from "../volume-error";
import { decodeIndex, decodeIndexHeader, INDEX_HEADER_BYTES, type IndexHeader } from "./index-codec";
import type { IndexView } from "./index-view";
import type { IngestOptions } from "./ingest-types";

export interface StoredIndex extends IndexHeader {
  readonly view: IndexView;
}

interface SegmentName {
  readonly log: number;
  readonly segment: number;
}

/**
 * The files of indexes. A cache: what is not whole counts as missing. One that can be made again is written without a barrier;
 * one that stands for records which may be collected is replaced by a rename, durable when `replace` returns.
 */
export class IndexFiles {
  readonly #device: Device;
  readonly #storeDir: string;
  readonly #log: Log;
  readonly #onWritten: IngestOptions["onWritten"];
  /** Written without a barrier, by log. */
  readonly #unsynced = new Map<number, Set<number>>();
  /** Those that the disk did not take, by log and segment. */
  readonly #unwritten = new Map<number, Map<number, Buffer>>();

  constructor(options: Pick<IngestOptions, "device" | "storeDir" | "log" | "onWritten">) {
    this.#onWritten = options.onWritten;
    this.#device = options.device;
    this.#storeDir = options.storeDir;
    this.#log = options.log;
  }

  readHeader(of: SegmentName): IndexHeader | undefined {
    return this.#read(of, (file, size) => {
      const bytes = Buffer.from(new ArrayBuffer(INDEX_HEADER_BYTES));
      this.#device.pread(file, bytes, 0);
      const header = decodeIndexHeader(bytes, of);
      return header?.bytes === size ? header : undefined;
    });
  }

  /** The index of a sealed segment. */
  read(of: SegmentName): StoredIndex | undefined {
    const unwritten = this.#unwritten.get(of.log)?.get(of.segment);
    const stored = unwritten ? decodeIndex(unwritten, of) : this.readAny(of);
    return stored?.resume ? undefined : stored;
  }

  /** One that was written while its segment was open, too. */
  readAny(of: SegmentName): StoredIndex | undefined {
    return this.#read(of, (file, size) => {
      // Memory of its own, so that its words are aligned.
      const bytes = Buffer.from(new ArrayBuffer(size));
      this.#device.pread(file, bytes, 0);
      return decodeIndex(bytes, of);
    });
  }

  /** Found on the disk: whoever wrote it may have been killed before it was durable. */
  found(of: SegmentName): void {
    const unsynced = this.#unsynced.get(of.log) ?? new Set();
    this.#unsynced.set(of.log, unsynced.add(of.segment));
  }

  /** Without a barrier; kept in memory until `sync` can write it when the disk refuses. */
  write(of: SegmentName, bytes: Buffer): void {
    this.#orKeep(of, bytes, () => {
      this.#telling(of, () => this.#writeTo(indexPath(this.#storeDir, of.log, of.segment), bytes));
      this.found(of);
    });
  }

  /** Durable when it returns, or kept in memory until `sync` can write it. */
  store(of: SegmentName, bytes: Buffer): void {
    this.#orKeep(of, bytes, () => this.replace(of, bytes));
  }

  /** The records that an index stands for may be collected after the next `sync`: until then it must not be lost. */
  #orKeep(of: SegmentName, bytes: Buffer, write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!isDiskFailure(error)) throw error;
      this.#log.warn({ ...of, error }, "the index of a segment could not be written yet");
      const unwritten = this.#unwritten.get(of.log) ?? new Map<number, Buffer>();
      this.#unwritten.set(of.log, unwritten.set(of.segment, aligned(bytes)));
    }
  }

  /** Durable when it returns; until then the file is what it was. */
  replace(of: SegmentName, bytes: Uint8Array): void {
    try {
      this.#telling(of, () => {
        const path = indexPath(this.#storeDir, of.log, of.segment);
        replaceInReserve(this.#device, this.#storeDir, { path, content: bytes });
      });
    } catch (error) {
      throw toVolumeError(error, `writing the index of segment ${of.segment} of log ${of.log}`);
    }
    this.disown(of);
  }

  /** What failed may be half written. */
  #telling(of: SegmentName, write: () => void): void {
    try {
      write();
    } finally {
      this.#onWritten?.(of.log, `${of.segment}.idx`);
    }
  }

  sync(log: number): void {
    for (const [segment, bytes] of this.#unwritten.get(log) ?? []) this.replace({ log, segment }, bytes);
    const unsynced = this.#unsynced.get(log);
    if (!unsynced?.size) return;
    try {
      for (const segment of unsynced) this.#sync(indexPath(this.#storeDir, log, segment));
      this.#device.syncDirectory(logPath(this.#storeDir, log));
    } catch (error) {
      throw toVolumeError(error, `writing the indexes of log ${log}`);
    }
    this.#unsynced.delete(log);
  }

  /** The file was put there, or taken away, by somebody else. */
  disown(of: SegmentName): void {
    this.#unsynced.get(of.log)?.delete(of.segment);
    this.#unwritten.get(of.log)?.delete(of.segment);
  }

  forget(log: number): void {
    this.#unsynced.delete(log);
    this.#unwritten.delete(log);
  }

  #read<Result>(of: SegmentName, read: (file: number, size: number) => Result | undefined): Result | undefined {
    let file: number | undefined;
    try {
      file = this.#device.open(indexPath(this.#storeDir, of.log, of.segment), "read");
      return read(file, this.#device.size(file));
    } catch (error) {
      if ((error as { code?: string }).code !== "ENOENT") throw error;
      return undefined;
    } finally {
      if (file !== undefined) this.#device.close(file);
    }
  }

  #writeTo(path: string, bytes: Uint8Array): void {
    const file = this.#device.open(path, "write");
    try {
      this.#device.truncate(file, 0);
      this.#device.pwritev(file, [bytes], 0);
    } finally {
      this.#device.close(file);
    }
  }

  #sync(path: string): void {
    const file = this.#device.open(path, "read");
    try {
      this.#device.fdatasync(file);
    } finally {
      this.#device.close(file);
    }
  }
}

/** In memory of its own, as bytes that are read from a file are: words can be laid over them. */
const aligned = (bytes: Buffer): Buffer => Buffer.from(new Uint8Array(bytes).buffer);
