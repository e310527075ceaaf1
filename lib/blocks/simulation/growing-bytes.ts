/** The content of a file in memory, grown by doubling. */
export class GrowingBytes {
  #buffer = Buffer.alloc(0);
  #length = 0;

  static copy(of: GrowingBytes): GrowingBytes {
    const bytes = new GrowingBytes();
    bytes.write(of.view(), 0);
    return bytes;
  }

  get length(): number {
    return this.#length;
  }

  /** Its own memory: valid until the next change. */
  view(from = 0, to = this.#length): Buffer {
    return this.#buffer.subarray(Math.min(from, this.#length), Math.min(to, this.#length));
  }

  write(bytes: Uint8Array, position: number): void {
    this.resize(Math.max(this.#length, position + bytes.length));
    this.#buffer.set(bytes, position);
  }

  /** What lies past the old end is zeros. */
  resize(length: number): void {
    if (length > this.#buffer.length) {
      const grown = Buffer.alloc(Math.max(length, 2 * this.#buffer.length));
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    } else if (length < this.#length) this.#buffer.fill(0, length, this.#length);
    this.#length = length;
  }
}
