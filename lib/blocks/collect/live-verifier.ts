import { assert } from "@/lib/std/assert";
import { BLOCK_BYTES, checksum, type Place, UNIT_BYTES } from "../log/format";
import { FRAME_CHECKED_FROM_BYTE, FRAME_KIND, FRAME_WORD } from "../log/frame";
import { decodeFrameHeader } from "../log/frame-reader";

/** A place of a segment at which there is not what should be there. */
export interface DamagedUnit {
  readonly unit: number;
  readonly what: "header" | "frame" | "slot" | "unreadable";
}

/** What the bytes of the units to come must add up to. */
interface Pending {
  readonly unit: number;
  readonly what: "frame" | "slot";
  readonly expected: number;
  crc: number;
  /** Bytes of its first unit that its checksum does not cover. */
  skippedBytes: number;
  remainingBytes: number;
}

export interface VerifierOptions {
  readonly log: number;
  readonly segment: number;
  readonly salt: number;
  /** Pairs of unit and checksum, ascending: blocks and map nodes. */
  readonly slots: Uint32Array;
  /** Units, ascending, at which a frame must lie. */
  readonly frames: Uint32Array;
}

/**
 * Checks what lies in the units of a segment that are shown to it in ascending order, in pieces of any size: a block or a
 * frame may begin in one piece and end in the next, so memory does not grow with the size of a commit. What is neither a
 * named slot nor a frame is a run's header, or a block of a commit that wrote it twice, and passes.
 */
export class LiveVerifier {
  readonly damages: DamagedUnit[] = [];
  readonly #options: VerifierOptions;
  #slot = 0;
  #frame = 0;
  #nextUnit = 0;
  #pending: Pending | undefined;

  constructor(options: VerifierOptions) {
    this.#options = options;
  }

  /** `bytes` are whole units, aligned for 32-bit words. */
  add(firstUnit: number, bytes: Buffer): void {
    assert(firstUnit >= this.#nextUnit, "units are shown in ascending order");
    if (firstUnit > this.#nextUnit) this.#breakOff();
    for (let at = 0; at < bytes.length; ) {
      this.#pending ??= this.#begin(firstUnit + at / UNIT_BYTES, bytes.subarray(at, at + UNIT_BYTES));
      at += this.#pending ? this.#continue(this.#pending, bytes.subarray(at)) : UNIT_BYTES;
    }
    this.#nextUnit = firstUnit + bytes.length / UNIT_BYTES;
  }

  /** Units that cannot be read. What begins in them counts as one damage. */
  addUnreadable(firstUnit: number, units: number): void {
    if (firstUnit > this.#nextUnit) this.#breakOff();
    this.#pending = undefined;
    this.#nextUnit = firstUnit + units;
    const { slots, frames } = this.#options;
    while (this.#slot < slots.length && (slots[this.#slot] as number) < this.#nextUnit) this.#slot += 2;
    while (this.#frame < frames.length && (frames[this.#frame] as number) < this.#nextUnit) this.#frame++;
    this.damages.push({ unit: firstUnit, what: "unreadable" });
  }

  /** After the last unit. */
  end(): void {
    this.#breakOff();
    const { slots, frames } = this.#options;
    assert(this.#slot === slots.length && this.#frame === frames.length, "what is to be checked lies in live units");
  }

  #begin(unit: number, bytes: Buffer): Pending | undefined {
    const { slots, frames, log, segment } = this.#options;
    const slotUnit = slots[this.#slot];
    const frameUnit = frames[this.#frame];
    assert((slotUnit ?? unit) >= unit && (frameUnit ?? unit) >= unit, "what is to be checked begins in live units");
    if (slotUnit === unit) {
      const expected = slots[this.#slot + 1] as number;
      this.#slot += 2;
      return { unit, what: "slot", expected, crc: 0, skippedBytes: 0, remainingBytes: BLOCK_BYTES };
    }
    if (frameUnit === unit) this.#frame++;
    const frame = this.#beginFrame({ log, segment, unit }, bytes);
    if (!frame && frameUnit === unit) this.damages.push({ unit, what: "frame" });
    return frame;
  }

  #beginFrame(place: Place, bytes: Buffer): Pending | undefined {
    const header = decodeFrameHeader(bytes, place);
    // Nobody reads a run's own lines: its blocks are slots.
    if (!header || header.salt !== this.#options.salt || header.kind === FRAME_KIND.run) return undefined;
    return {
      unit: place.unit,
      what: "frame",
      expected: bytes.readUInt32LE(FRAME_WORD.crc * 4),
      crc: 0,
      skippedBytes: FRAME_CHECKED_FROM_BYTE,
      remainingBytes: header.bodyBytes,
    };
  }

  /** Takes what is there of it; how many bytes, in whole units. */
  #continue(pending: Pending, bytes: Buffer): number {
    const taken = Math.min(pending.remainingBytes, bytes.length);
    pending.crc = checksum(bytes.subarray(pending.skippedBytes, taken), pending.crc);
    pending.skippedBytes = 0;
    pending.remainingBytes -= taken;
    if (pending.remainingBytes === 0) this.#finish(pending);
    return Math.ceil(taken / UNIT_BYTES) * UNIT_BYTES;
  }

  #finish({ unit, what, expected, crc }: Pending): void {
    this.#pending = undefined;
    if (crc !== expected) this.damages.push({ unit, what });
  }

  /** Something began and its end was not shown: nobody can say that it is whole. */
  #breakOff(): void {
    if (this.#pending) this.damages.push({ unit: this.#pending.unit, what: this.#pending.what });
    this.#pending = undefined;
  }
}
