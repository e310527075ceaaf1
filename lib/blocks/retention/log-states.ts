import type { Device } from "../device/device";
import { replaceInReserve } from "../device/reserve";
import type { Retention } from "../history-types";
import type { Catalogue } from "../journal/catalogue";
import { UNIT_BYTES } from "../log/format";
import type { LogReader } from "../log/log-reader";
import { indexPath, ledgerPath, logPath, segmentPath, toIndexNumbers, toSegmentNumbers } from "../log/store-paths";
import { decodeIndexHeader, INDEX_HEADER_BYTES } from "../timeline/index-codec";
import { toVolumeError, VolumeError } from "../volume-error";
import { decodeLedger, encodeLedger, isLedger, withRetention } from "./ledger";
import { type LogState, newLogState } from "./log-state";

/** The states of all logs that were asked for, and their ledgers on the disk. */
export class LogStates {
  readonly #device: Device;
  readonly #storeDir: string;
  readonly #reader: LogReader;
  readonly #catalogue: Catalogue;
  readonly #states = new Map<number, LogState>();

  constructor(options: { device: Device; storeDir: string; reader: LogReader; catalogue: Catalogue }) {
    this.#device = options.device;
    this.#storeDir = options.storeDir;
    this.#reader = options.reader;
    this.#catalogue = options.catalogue;
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
   * Makes durable what was decided about a log, one ledger a call; nothing of it may be taken off the disk before. Forks come
   * before what they descend from: a slot may be free because a fork replaced it, and a fork that had forgotten that would
   * still offer it. `seenCommit` answers where a log ends. True while there are more ledgers to write.
   */
  saveNext(log: number, seenCommit: (state: LogState) => number): boolean {
    const unsaved = this.#unsavedOf(log).sort((a, b) => b.log - a.log);
    const [last] = unsaved;
    if (last) this.#save(last, seenCommit(last));
    return unsaved.length > 1;
  }

  /** Durable when it returns. What was decided since the ledger was written waits: forks' ledgers may have to come first. */
  setRetention(state: LogState, retention: Retention): void {
    const { log } = state;
    const durable = this.#readLedger(log) ?? encodeLedger(this.#begin(log));
    if (!isLedger(durable, log)) throw damagedLedger(log);
    // Also when that fails the disk may have it: then it is written over with the next decisions.
    state.revision++;
    this.#write(log, withRetention(durable, retention));
    state.retention = retention;
  }

  /** Of the log and of those that descend through it: on these rests what was decided about it. */
  #unsavedOf(log: number): LogState[] {
    const descends = (other: number) =>
      this.#catalogue.findByLog(other)?.path.some((step) => step.log === log) ?? false;
    return this.all().filter(
      (state) => state.revision > state.savedRevision && (state.log === log || descends(state.log)),
    );
  }

  #save(state: LogState, seenCommit: number): void {
    state.seenCommit = Math.max(seenCommit, state.seenCommit);
    this.#write(state.log, encodeLedger(state));
    state.savedRevision = state.revision;
  }

  #write(log: number, ledger: Buffer): void {
    try {
      replaceInReserve(this.#device, this.#storeDir, { path: ledgerPath(this.#storeDir, log), content: ledger });
    } catch (error) {
      throw toVolumeError(error, `writing the ledger of log ${log}`);
    }
  }

  segmentsOnDisk(log: number): ReadonlySet<number> {
    return new Set(toSegmentNumbers(this.#device.readdir(logPath(this.#storeDir, log))));
  }

  forget(log: number): void {
    this.#states.delete(log);
  }

  #load(log: number): LogState | undefined {
    const bytes = this.#readLedger(log);
    if (!bytes) return undefined;
    const state = decodeLedger(bytes, log);
    if (!state) throw damagedLedger(log);
    this.#noteCollected(state);
    return state;
  }

  #readLedger(log: number): Buffer | undefined {
    const path = ledgerPath(this.#storeDir, log);
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (!this.#device.readdir(logPath(this.#storeDir, log)).includes(name)) return undefined;
    const file = this.#device.open(path, "read");
    try {
      const bytes = Buffer.alloc(this.#device.size(file));
      this.#device.pread(file, bytes, 0);
      return bytes;
    } finally {
      this.#device.close(file);
    }
  }

  /** Segments that were removed or rewritten after the ledger was written. */
  #noteCollected(state: LogState): void {
    const present = this.segmentsOnDisk(state.log);
    const indexed = new Set(toIndexNumbers(this.#device.readdir(logPath(this.#storeDir, state.log))));
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

const damagedLedger = (log: number): VolumeError =>
  new VolumeError("EIO", `The ledger of log ${log} is damaged: its history cannot be read.`);
