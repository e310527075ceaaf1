import { WHOLE_MESSAGE_BYTES } from "./limits";
import { findHeaderFault, HEADER_BYTES } from "./wire/frontend";

/** A piece of a client's stream: a whole message, the first part of a long one, or a later part of it. */
export interface InputUnit {
  readonly kind: "message" | "first" | "rest";
  readonly bytes: Buffer;
}

const NOTHING = Buffer.alloc(0);

/**
 * A client's bytes cut into messages. Holds at most what the socket gave last and one message that is not whole yet;
 * a long message comes out in parts as they arrive.
 */
export class FrontendInput {
  #bytes: Buffer = NOTHING;
  #at = 0;
  #rest = 0;

  /** Bytes that wait here. */
  get buffered(): number {
    return this.#bytes.length - this.#at;
  }

  /** Bytes of a long message that have not come out yet. */
  get rest(): number {
    return this.#rest;
  }

  get position(): number {
    return this.#at;
  }

  push(chunk: Buffer): void {
    this.#bytes = this.buffered === 0 ? chunk : Buffer.concat([this.#bytes.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  clear(): void {
    this.#bytes = NOTHING;
    this.#at = 0;
  }

  /** Why Postgres would not read on; undefined while all is well. */
  findFault(): string | undefined {
    if (this.#rest > 0 || this.buffered < HEADER_BYTES) return undefined;
    return findHeaderFault(this.#bytes[this.#at] ?? 0, this.#bytes.readInt32BE(this.#at + 1));
  }

  /** The next piece, without taking it; undefined when more bytes are needed. Call `findFault` first. */
  peek(): InputUnit | undefined {
    if (this.#rest > 0) return this.#peekRest();
    if (this.buffered < HEADER_BYTES) return undefined;
    const length = 1 + this.#bytes.readInt32BE(this.#at + 1);
    if (length <= this.buffered) return { kind: "message", bytes: this.#bytes.subarray(this.#at, this.#at + length) };
    return length > WHOLE_MESSAGE_BYTES ? { kind: "first", bytes: this.#bytes.subarray(this.#at) } : undefined;
  }

  #peekRest(): InputUnit | undefined {
    if (this.buffered === 0) return undefined;
    return { kind: "rest", bytes: this.#bytes.subarray(this.#at, this.#at + this.#rest) };
  }

  /** Takes the piece that `peek` showed. */
  advance(unit: InputUnit): void {
    if (unit.kind === "first") this.#rest = 1 + unit.bytes.readInt32BE(1);
    if (unit.kind !== "message") this.#rest -= unit.bytes.length;
    this.#at += unit.bytes.length;
  }

  /** Bytes between two positions, without a copy. */
  slice(from: number, to: number): Buffer {
    return this.#bytes.subarray(from, to);
  }
}
