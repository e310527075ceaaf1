/** What a file takes on a disk comes in pieces of this size. */
export const UNIT_BYTES = 4096;

/** The content of a file in memory, grown by doubling. */
export class GrowingBytes {
  #buffer = Buffer.alloc(0);
  #length = 0;
  /** Units of which a byte was written; the others are holes. */
  #units = new Set<number>();

  static copy(of: GrowingBytes): GrowingBytes {
    const bytes = new GrowingBytes();
    bytes.assign(of);
    return bytes;
  }

  get length(): number {
    return this.#length;
  }

  get allocatedBytes(): number {
    return this.#units.size * UNIT_BYTES;
  }

  /** Units that are no holes. */
  get units(): ReadonlySet<number> {
    return this.#units;
  }

  /** Takes another's content, and its holes. */
  assign(other: GrowingBytes): void {
    this.resize(0);
    this.resize(other.#length);
    this.#buffer.set(other.view());
    this.#units = new Set(other.#units);
  }

  /** Its own memory: valid until the next change. */
  view(from = 0, to = this.#length): Buffer {
    return this.#buffer.subarray(Math.min(from, this.#length), Math.min(to, this.#length));
  }

  write(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return;
    const end = position + bytes.length;
    this.resize(Math.max(this.#length, end));
    this.#buffer.set(bytes, position);
    for (let unit = Math.floor(position / UNIT_BYTES); unit * UNIT_BYTES < end; unit++) this.#units.add(unit);
  }

  /** What lies past the old end is zeros. */
  resize(length: number): void {
    if (length > this.#buffer.length) {
      const grown = Buffer.alloc(Math.max(length, 2 * this.#buffer.length));
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    } else if (length < this.#length) this.#shrink(length);
    this.#length = length;
  }

  #shrink(length: number): void {
    this.#buffer.fill(0, length, this.#length);
    for (let unit = Math.ceil(length / UNIT_BYTES); unit * UNIT_BYTES < this.#length; unit++) this.#units.delete(unit);
  }
}
