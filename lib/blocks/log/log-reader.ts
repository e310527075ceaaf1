import type { Device } from "../device/device";
import { VolumeError } from "../volume-error";
import { type Address, checksum, type Place, UNIT_BYTES } from "./format";
import type { FrameHeader } from "./frame";
import { decodeFrameHeader, isWholeBody } from "./frame-reader";
import { decodeSegmentHeader, type SegmentHeader } from "./segment-header";
import { StoreEpoch } from "./store-epoch";
import { logPath, segmentPath } from "./store-paths";

/** A whole frame. `body` is the reader's own buffer: it is valid until the next frame is read. */
export interface Frame {
  readonly header: FrameHeader;
  readonly body: Buffer;
}

interface OpenSegment {
  readonly log: number;
  readonly segment: number;
  readonly file: number;
  /** Undefined when the segment's header is not whole. */
  readonly head: { header: SegmentHeader; salt: number } | undefined;
}

// Log and segment as one number for the map of descriptors; exact below 2^53, so for logs below 2^21 with any segment.
const keyOf = (log: number, segment: number) => log * 0x1_0000_0000 + segment;

/** Reads blocks and frames of any log of a store and checks them. Keeps a bounded number of files open. */
export class LogReader {
  readonly #device: Device;
  readonly #storeDir: string;
  readonly #descriptors: number;
  readonly #open = new Map<number, OpenSegment>();
  readonly #unit = Buffer.alloc(UNIT_BYTES);
  // Apart from #unit, because a segment may be opened while a frame's body is being read.
  readonly #headerUnit = Buffer.alloc(UNIT_BYTES);
  #body = Buffer.alloc(UNIT_BYTES * 4);
  #last: OpenSegment | undefined;
  #epoch: StoreEpoch | undefined;
  #seenEpoch = 0;

  constructor(device: Device, storeDir: string, descriptors: number) {
    this.#device = device;
    this.#storeDir = storeDir;
    this.#descriptors = descriptors;
  }

  /** From now on lets go of files that the keeper has replaced: before each read, and when asked to. */
  watch(epoch: SharedArrayBuffer): void {
    this.#epoch = new StoreEpoch(epoch);
    this.#seenEpoch = this.#epoch.count;
  }

  /** Closes files that were replaced. They would be read right, but keep their space until they are closed. */
  refresh(): void {
    const epoch = this.#epoch;
    if (!epoch || epoch.count === this.#seenEpoch) return;
    const { count, changes } = epoch.changesSince(this.#seenEpoch);
    this.#seenEpoch = count;
    if (!changes) this.close();
    for (const { log, segment } of changes ?? [])
      if (segment === 0) this.forget(log);
      else this.forgetSegment(log, segment);
  }

  /** Fills `target` with the block at the address; false when what is there is not that block. */
  readBlock(address: Address, target: Uint8Array): boolean {
    const file = this.#segment(address.log, address.segment).file;
    const read = this.#device.pread(file, target, address.unit * UNIT_BYTES);
    return read === target.length && checksum(target) === address.crc;
  }

  /** The frame at a place, undefined when there is no whole one. */
  findFrame(place: Place): Frame | undefined {
    const { file, head } = this.#segment(place.log, place.segment);
    const frame = this.#readFrame(file, place);
    return frame && frame.header.salt === head?.salt ? frame : undefined;
  }

  /** As `findFrame`, for a segment whose own header is not whole: the frame is trusted on its own checksum. */
  findUnvouchedFrame(place: Place): Frame | undefined {
    return this.#readFrame(this.#segment(place.log, place.segment).file, place);
  }

  /** A frame that must be there: one that a later frame or a journal record vouches for. */
  getFrame(place: Place): Frame {
    const frame = this.findFrame(place);
    if (!frame) throw damagedFrame(place);
    return frame;
  }

  findSegmentHeader(log: number, segment: number): SegmentHeader | undefined {
    return this.#segment(log, segment).head?.header;
  }

  segmentBytes(log: number, segment: number): number {
    return this.#device.size(this.#segment(log, segment).file);
  }

  /** Makes what is in a segment, and its name, durable. */
  sync(log: number, segment: number): void {
    this.#device.fdatasync(this.#segment(log, segment).file);
    this.#device.syncDirectory(logPath(this.#storeDir, log));
  }

  /** Closes a log's files, so that deleting them gives their space back. */
  forget(log: number): void {
    for (const [key, segment] of this.#open) if (segment.log === log) this.#close(key, segment);
  }

  forgetSegment(log: number, segment: number): void {
    const key = keyOf(log, segment);
    const found = this.#open.get(key);
    if (found) this.#close(key, found);
  }

  close(): void {
    for (const [key, segment] of this.#open) this.#close(key, segment);
  }

  #readFrame(file: number, place: Place): Frame | undefined {
    const at = place.unit * UNIT_BYTES;
    const read = this.#device.pread(file, this.#unit, at);
    const header = decodeFrameHeader(this.#unit.subarray(0, read), place);
    if (!header) return undefined;
    const body = header.bodyBytes <= read ? this.#unit.subarray(0, header.bodyBytes) : this.#readBody(file, header);
    return body && isWholeBody(body) ? { header, body } : undefined;
  }

  #readBody(file: number, header: FrameHeader): Buffer | undefined {
    const at = header.place.unit * UNIT_BYTES;
    if (at + header.bodyBytes > this.#device.size(file)) return undefined;
    if (this.#body.length < header.bodyBytes) this.#body = Buffer.alloc(header.bodyBytes);
    const body = this.#body.subarray(0, header.bodyBytes);
    return this.#device.pread(file, body, at) === body.length ? body : undefined;
  }

  #segment(log: number, segment: number): OpenSegment {
    this.refresh();
    const last = this.#last;
    if (last && last.segment === segment && last.log === log) return last;
    const key = keyOf(log, segment);
    const found = this.#open.get(key);
    // Taken out and put back: the map's order is then the order of use.
    if (found) this.#open.delete(key);
    const opened = found ?? this.#openSegment(log, segment);
    this.#open.set(key, opened);
    this.#last = opened;
    this.#closeOldest();
    return opened;
  }

  #openSegment(log: number, segment: number): OpenSegment {
    const file = this.#device.open(segmentPath(this.#storeDir, log, segment), "read");
    try {
      const read = this.#device.pread(file, this.#headerUnit, 0);
      const head = read === UNIT_BYTES ? decodeSegmentHeader(this.#headerUnit, { log, segment }) : undefined;
      return { log, segment, file, head };
    } catch (error) {
      this.#device.close(file);
      throw error;
    }
  }

  #closeOldest(): void {
    if (this.#open.size <= this.#descriptors) return;
    const [oldest] = this.#open;
    if (oldest) this.#close(...oldest);
  }

  #close(key: number, segment: OpenSegment): void {
    this.#open.delete(key);
    if (this.#last === segment) this.#last = undefined;
    this.#device.close(segment.file);
  }
}

export function damagedFrame(place: Place): VolumeError {
  const where = `log ${place.log}, segment ${place.segment}, unit ${place.unit}`;
  return new VolumeError("EIO", `The commit record at ${where} is damaged. The volume cannot be opened past it.`);
}
