import type { Device } from "../device/device";
import { replaceFile } from "../device/replace-file";
import { UNIT_BYTES } from "../log/format";
import type { LogReader } from "../log/log-reader";
import { indexPath, ledgerPath, logPath, segmentPath, toIndexNumbers, toSegmentNumbers } from "../log/store-paths";
import { decodeIndexHeader, INDEX_HEADER_BYTES } from "../timeline/index-codec";
import { toVolumeError, VolumeError } from "../volume-error";
import { decodeLedger, encodeLedger } from "./ledger";
import { type LogState, newLogState } from "./log-state";

/** The states of all logs that were asked for, and their ledgers on the disk. */
export class LogStates {
  readonly #device: Device;
  readonly #storeDir: string;
  readonly #reader: LogReader;
  readonly #states = new Map<number, LogState>();

  constructor(options: { device: Device; storeDir: string; reader: LogReader }) {
    this.#device = options.device;
    this.#storeDir = options.storeDir;
    this.#reader = options.reader;
  }

  /** Throws a `VolumeError` when the log's ledger is damaged: what it has forgotten is then not known. */
  get(log: number): LogState {
    const found = this.#states.get(log);
    if (found) return found;
    const state = this.#load(log) ?? this.#begin(log);
    this.#states.set(log, state);
    return state;
  }

  all(): readonly LogState[] {
    return [...this.#states.values()];
  }

  /** Undefined for a log that was not asked for. */
  find(log: number): LogState | undefined {
    return this.#states.get(log);
  }

  /**
   * Makes every decision durable; nothing may be taken off the disk before. `seenCommit` answers where a log ends. Forks come
   * before what they descend from: a slot may be free because a fork replaced it, and a fork that had forgotten that would
   * still offer it.
   */
  saveAll(seenCommit: (state: LogState) => number): void {
    for (const state of [...this.all()].sort((a, b) => b.log - a.log))
      if (state.revision > state.savedRevision) this.#save(state, seenCommit(state));
  }

  #save(state: LogState, seenCommit: number): void {
    state.seenCommit = Math.max(seenCommit, state.seenCommit);
    try {
      replaceFile(this.#device, ledgerPath(this.#storeDir, state.log), encodeLedger(state));
    } catch (error) {
      throw toVolumeError(error, `writing the ledger of log ${state.log}`);
    }
    state.savedRevision = state.revision;
  }

  forget(log: number): void {
    this.#states.delete(log);
  }

  #load(log: number): LogState | undefined {
    const path = ledgerPath(this.#storeDir, log);
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (!this.#device.readdir(logPath(this.#storeDir, log)).includes(name)) return undefined;
    const file = this.#device.open(path, "read");
    try {
      const bytes = Buffer.alloc(this.#device.size(file));
      this.#device.pread(file, bytes, 0);
      const state = decodeLedger(bytes, log);
      if (!state) throw new VolumeError("EIO", `The ledger of log ${log} is damaged: its history cannot be read.`);
      this.#noteCollected(state);
      return state;
    } finally {
      this.#device.close(file);
    }
  }

  /** Segments that were removed or rewritten after the ledger was written. */
  #noteCollected(state: LogState): void {
    const names = this.#device.readdir(logPath(this.#storeDir, state.log));
    const present = new Set(toSegmentNumbers(names));
    const indexed = new Set(toIndexNumbers(names));
    for (const segment of [...state.freed.segments]) {
      const freed = state.freed.countIn(segment);
      const holes = () => (indexed.has(segment) ? this.#holesIn(state.log, segment) : 0);
      if (present.has(segment)) state.collected.set(segment, Math.min(freed, holes()));
      else {
        state.freed.forget(segment);
        state.collected.delete(segment);
      }
    }
  }

  /**
   * Units that take nothing on the disk; what a file system adds for itself makes them seem fewer. A rewritten segment ends
   * where its index says: one that is longer was never rewritten, and has holes only where a power cut left some.
   */
  #holesIn(log: number, segment: number): number {
    const path = segmentPath(this.#storeDir, log, segment);
    const bytes = this.#read(path, (file) => this.#device.size(file));
    const header = Buffer.alloc(INDEX_HEADER_BYTES);
    this.#read(indexPath(this.#storeDir, log, segment), (file) => this.#device.pread(file, header, 0));
    const endUnit = decodeIndexHeader(header, { log, segment })?.summary.endUnit ?? 0;
    if (bytes > endUnit * UNIT_BYTES) return 0;
    return Math.max(0, Math.floor((bytes - this.#device.allocatedBytes(path)) / UNIT_BYTES));
  }

  #read(path: string, read: (file: number) => number): number {
    const file = this.#device.open(path, "read");
    try {
      return read(file);
    } finally {
      this.#device.close(file);
    }
  }

  /** A log of which nothing was forgotten yet: its history begins with its first record. */
  #begin(log: number): LogState {
    const { commit, micros, place } = this.#reader.getFrame({ log, segment: 1, unit: 1 }).header;
    return newLogState(log, { commit, micros, segment: place.segment, unit: place.unit, moments: 0 });
  }
}
