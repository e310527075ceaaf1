import type { Device } from "./device";
import { decodeRecord, encodeRecord, type JournalRecord } from "./journal-records";
import { journalPath } from "./store-paths";
import { toVolumeError, VolumeError } from "./volume-error";

/** The one ordered list of what exists: `append` is durable when it returns. */
export class Journal {
  readonly #device: Device;
  readonly #file: number;
  #endBytes: number;
  #sequence: number;
  #failure: VolumeError | undefined;

  private constructor(device: Device, file: number, end: { bytes: number; sequence: number }) {
    this.#device = device;
    this.#file = file;
    this.#endBytes = end.bytes;
    this.#sequence = end.sequence;
  }

  /** Opens or makes the journal and answers its records. A torn tail is cut off; damage before a whole record is refused. */
  static open(device: Device, storeDir: string): { journal: Journal; records: JournalRecord[] } {
    const file = device.open(journalPath(storeDir), "write");
    try {
      const { records, endBytes } = readRecords(device, file);
      if (endBytes < device.size(file)) device.truncate(file, endBytes);
      device.fdatasync(file);
      device.syncDirectory(storeDir);
      return { journal: new Journal(device, file, { bytes: endBytes, sequence: records.length }), records };
    } catch (error) {
      device.close(file);
      throw error;
    }
  }

  append(record: JournalRecord): void {
    this.#write(record, true);
  }

  /** Without a barrier, for a record that is only a hint. */
  note(record: JournalRecord): void {
    this.#write(record, false);
  }

  /** Throws when an earlier append left the journal in doubt: nobody may then act on what it says. */
  refuseDoubt(): void {
    if (this.#failure) throw this.#failure;
  }

  close(): void {
    this.#device.close(this.#file);
  }

  #write(record: JournalRecord, isDurable: boolean): void {
    this.refuseDoubt();
    const bytes = encodeRecord(record, this.#sequence);
    try {
      this.#device.pwritev(this.#file, [bytes], this.#endBytes);
      if (isDurable) this.#device.fdatasync(this.#file);
    } catch (error) {
      this.#takeBack(error);
      throw toVolumeError(error, "writing the store's journal");
    }
    this.#endBytes += bytes.length;
    this.#sequence++;
  }

  /** The record may or may not be on the disk: it must not be there later, when its asker was told that it failed. */
  #takeBack(cause: unknown): void {
    try {
      this.#device.truncate(this.#file, this.#endBytes);
      this.#device.fdatasync(this.#file);
    } catch {
      const message = "The store's journal could not be written or mended: nothing more can be made or deleted.";
      this.#failure = new VolumeError("EIO", message, { cause });
    }
  }
}

function readRecords(device: Device, file: number): { records: JournalRecord[]; endBytes: number } {
  const bytes = Buffer.alloc(device.size(file));
  device.pread(file, bytes, 0);
  const records: JournalRecord[] = [];
  let at = 0;
  for (let next = decodeRecord(bytes, at); next?.sequence === records.length; next = decodeRecord(bytes, at)) {
    records.push(next.record);
    at += next.bytes;
  }
  refuseDamage(bytes, at, records.length);
  return { records, endBytes: at };
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
