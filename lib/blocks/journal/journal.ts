import type { Device } from "../device/device";
import { replaceFile } from "../device/replace-file";
import { replaceInReserve } from "../device/reserve";
import { journalPath } from "../log/store-paths";
import { isDiskFull, toVolumeError, VolumeError } from "../volume-error";
import { decodeRecord, encodeRecord, type Fact, type JournalRecord } from "./journal-records";

/** What may be collected after it. */
const GIVES_BACK: ReadonlySet<Fact["type"]> = new Set(["deleted", "unmark"]);
const APPENDING = "writing the store's journal";

export interface OpenedJournal {
  readonly journal: Journal;
  readonly records: readonly Fact[];
  /** What the last record asked for is known to be done. */
  readonly isSettled: boolean;
}

/** The one ordered list of what exists: `append` is durable when it returns. */
export class Journal {
  readonly #device: Device;
  readonly #storeDir: string;
  #file: number;
  #endBytes: number;
  /** Where the last record begins. */
  #lastBytes: number;
  #sequence: number;
  #failure: VolumeError | undefined;

  private constructor(device: Device, of: { storeDir: string; file: number; found: FoundRecords }) {
    const { storeDir, file, found } = of;
    this.#device = device;
    this.#storeDir = storeDir;
    this.#file = file;
    this.#endBytes = found.endBytes;
    this.#lastBytes = found.lastBytes;
    this.#sequence = found.records.length;
  }

  /** Opens or makes the journal and answers its records. A torn tail is cut off; damage before a whole record is refused. */
  static open(device: Device, storeDir: string): OpenedJournal {
    const file = device.open(journalPath(storeDir), "write");
    try {
      const found = readRecords(device, file);
      if (found.wholeBytes < device.size(file)) device.truncate(file, found.wholeBytes);
      device.fdatasync(file);
      device.syncDirectory(storeDir);
      const journal = new Journal(device, { storeDir, file, found });
      return { journal, records: found.records, isSettled: found.isSettled };
    } catch (error) {
      device.close(file);
      throw error;
    }
  }

  /** Also on a full disk, when it leads to giving space back. */
  append(record: Fact): void {
    this.refuseDoubt();
    const bytes = encodeRecord(record, this.#sequence);
    try {
      this.#device.pwritev(this.#file, [bytes], this.#endBytes);
      this.#device.fdatasync(this.#file);
    } catch (error) {
      this.#takeBack(error);
      if (!isDiskFull(error) || !GIVES_BACK.has(record.type) || this.#failure) throw toVolumeError(error, APPENDING);
      this.#appendInReserve(bytes);
    }
    this.#lastBytes = this.#endBytes;
    this.#endBytes += bytes.length;
    this.#sequence++;
  }

  /** Takes the last record back, durably. */
  retract(): void {
    this.refuseDoubt();
    this.#endBytes = this.#lastBytes;
    this.#sequence--;
    this.#takeBack(new Error("a record was to be taken back"));
    this.refuseDoubt();
  }

  /** Puts a journal of these facts in its place, durable when it returns; after a crash it is the old one or the new one. */
  static rewrite(device: Device, storeDir: string, facts: readonly Fact[]): void {
    const records: JournalRecord[] = [...facts, { type: "settled" }];
    const bytes = Buffer.concat(records.map((record, sequence) => encodeRecord(record, sequence)));
    replaceFile(device, journalPath(storeDir), bytes);
  }

  /** Says that what the last record asked for is done. No barrier: it proves, and promises nothing. */
  settle(): void {
    this.refuseDoubt();
    this.#device.pwritev(this.#file, [encodeRecord({ type: "settled" }, this.#sequence)], this.#endBytes);
  }

  /** Throws when an earlier append left the journal in doubt: nobody may then act on what it says. */
  refuseDoubt(): void {
    if (this.#failure) throw this.#failure;
  }

  close(): void {
    this.#device.close(this.#file);
  }

  /** The whole journal with the record in it, since a file cannot be made longer there. */
  #appendInReserve(record: Buffer): void {
    const content = Buffer.alloc(this.#endBytes + record.length);
    record.copy(content, this.#endBytes);
    try {
      this.#device.pread(this.#file, content.subarray(0, this.#endBytes), 0);
      replaceInReserve(this.#device, this.#storeDir, { path: journalPath(this.#storeDir), content });
      this.#reopen();
    } catch (error) {
      this.#takeBack(error, true);
      throw toVolumeError(error, APPENDING);
    }
  }

  #reopen(): void {
    const file = this.#device.open(journalPath(this.#storeDir), "write");
    this.#device.close(this.#file);
    this.#file = file;
  }

  /** The record may or may not be on the disk: it must not be there later, when its asker was told that it failed. */
  #takeBack(cause: unknown, mayBeReplaced = false): void {
    try {
      if (mayBeReplaced) this.#reopen();
      this.#device.truncate(this.#file, this.#endBytes);
      this.#device.fdatasync(this.#file);
      if (mayBeReplaced) this.#device.syncDirectory(this.#storeDir);
    } catch {
      const message = "The store's journal could not be written or mended: nothing more can be made or deleted.";
      this.#failure = new VolumeError("EIO", message, { cause });
    }
  }
}

interface FoundRecords {
  readonly records: Fact[];
  readonly isSettled: boolean;
  /** Where the next record goes. */
  readonly endBytes: number;
  readonly lastBytes: number;
  /** The end of everything whole, a settled record included. */
  readonly wholeBytes: number;
}

function readRecords(device: Device, file: number): FoundRecords {
  const bytes = Buffer.alloc(device.size(file));
  device.pread(file, bytes, 0);
  const records: Fact[] = [];
  let at = 0;
  let lastBytes = 0;
  let next = decodeRecord(bytes, at);
  while (next && next.sequence === records.length && next.record.type !== "settled") {
    records.push(next.record);
    lastBytes = at;
    at += next.bytes;
    next = decodeRecord(bytes, at);
  }
  refuseDamage(bytes, at, records.length);
  const settledBytes = next?.sequence === records.length ? next.bytes : 0;
  return { records, isSettled: settledBytes > 0, endBytes: at, lastBytes, wholeBytes: at + settledBytes };
}

/** Records are appended one barrier at a time, so a whole one after a bad one says that the bad one was damaged later. */
function refuseDamage(bytes: Buffer, badAt: number, sequence: number): void {
  for (let at = badAt + 1; at < bytes.length; at++) {
    const later = decodeRecord(bytes, at);
    if (later && later.sequence > sequence)
      throw new VolumeError(
        "EIO",
        `The store's journal is damaged at byte ${badAt}: record ${sequence} is not readable.`,
      );
  }
}
