const READY_FOR_QUERY = 0x5a;
const HEADER_BYTES = 5;

/** What ReadyForQuery says: no transaction, in one, in one that has failed. */
export type TransactionStatus = "idle" | "open" | "failed";
const STATUS_OF: Readonly<Record<number, TransactionStatus>> = { 73: "idle", 84: "open", 69: "failed" };

/**
 * Follows the messages in Postgres's output, whatever pieces it comes in, to know one thing exactly: whether Postgres has
 * said ReadyForQuery and nothing since.
 */
export class MessageTracker {
  #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  #bodyBytes = 0;
  #status: TransactionStatus | undefined;

  /** Undefined in the middle of a query. */
  get status(): TransactionStatus | undefined {
    return this.#status;
  }

  /** A client's message was read: Postgres owes an answer. */
  onInput(): void {
    this.#status = undefined;
  }

  feed(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; )
      at = this.#bodyBytes > 0 ? this.#skipBody(bytes, at) : this.#readHeader(bytes, at);
  }

  #readHeader(bytes: Uint8Array, at: number): number {
    const count = Math.min(HEADER_BYTES - this.#headerBytes, bytes.length - at);
    for (let i = 0; i < count; i++) this.#header[this.#headerBytes + i] = bytes[at + i] as number;
    this.#headerBytes += count;
    if (this.#headerBytes === HEADER_BYTES) {
      this.#headerBytes = 0;
      this.#bodyBytes = this.#header.readInt32BE(1) - 4;
      this.#status = undefined;
    }
    return at + count;
  }

  #skipBody(bytes: Uint8Array, at: number): number {
    const count = Math.min(this.#bodyBytes, bytes.length - at);
    this.#bodyBytes -= count;
    if (this.#bodyBytes === 0 && this.#header[0] === READY_FOR_QUERY)
      this.#status = STATUS_OF[bytes[at + count - 1] as number];
    return at + count;
  }
}
