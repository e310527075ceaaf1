import { KEPT_BODY_BYTES } from "../limits";
import { HEADER_BYTES } from "./frontend";

const NOTHING = Buffer.alloc(0);

/**
 * Finds the messages in a backend's output, whatever the chunks. It keeps no more than a header and the body of a message
 * that its reader asked for, so a row of a gigabyte passes through without being held.
 */
export class BackendReader {
  readonly #keeps: (type: number) => boolean;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  #remaining = 0;
  #kept: Buffer = NOTHING;
  #chunkStart = 0;
  #position = 0;

  /** `keeps` says of which types the body is wanted. */
  constructor(keeps: (type: number) => boolean) {
    this.#keeps = keeps;
  }

  /** True between the first and the last byte of a message: nothing may be put into the stream here. */
  get isMidMessage(): boolean {
    return this.#headerBytes > 0;
  }

  /** Where the message ends that `receive` is called with, in bytes of all output. */
  get position(): number {
    return this.#position;
  }

  /** Calls `receive` for each message that ends in this chunk. Bodies that were not asked for are empty. */
  read(chunk: Buffer, receive: (type: number, body: Buffer) => void): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#headerBytes < HEADER_BYTES) at = this.#readHeader(chunk, at);
      if (this.#headerBytes < HEADER_BYTES) break;
      at = this.#readBody(chunk, at, receive);
    }
    this.#chunkStart += chunk.length;
  }

  #readHeader(chunk: Buffer, from: number): number {
    const count = Math.min(HEADER_BYTES - this.#headerBytes, chunk.length - from);
    chunk.copy(this.#header, this.#headerBytes, from, from + count);
    this.#headerBytes += count;
    if (this.#headerBytes === HEADER_BYTES) this.#remaining = this.#header.readInt32BE(1) - 4;
    return from + count;
  }

  #readBody(chunk: Buffer, from: number, receive: (type: number, body: Buffer) => void): number {
    const type = this.#header[0] ?? 0;
    const end = Math.min(chunk.length, from + this.#remaining);
    if (this.#keeps(type)) this.#keep(chunk.subarray(from, end));
    this.#remaining -= end - from;
    if (this.#remaining > 0) return end;
    const body = this.#kept;
    this.#kept = NOTHING;
    this.#headerBytes = 0;
    this.#position = this.#chunkStart + end;
    receive(type, body);
    return end;
  }

  #keep(part: Buffer): void {
    if (this.#kept.length === 0) this.#kept = part.subarray(0, KEPT_BODY_BYTES);
    else if (this.#kept.length < KEPT_BODY_BYTES)
      this.#kept = Buffer.concat([this.#kept, part.subarray(0, KEPT_BODY_BYTES - this.#kept.length)]);
  }
}
