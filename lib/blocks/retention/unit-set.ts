/** Units of a log's segments, one bit each: what nobody needs any more. */
export class UnitSet {
  readonly #bits = new Map<number, Uint8Array>();
  readonly #counts = new Map<number, number>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get segments(): Iterable<number> {
    return this.#bits.keys();
  }

  countIn(segment: number): number {
    return this.#counts.get(segment) ?? 0;
  }

  has(segment: number, unit: number): boolean {
    const bits = this.#bits.get(segment);
    return bits !== undefined && ((bits[unit >>> 3] ?? 0) & (1 << (unit & 7))) !== 0;
  }

  /** How many of them were not in the set yet. */
  add(segment: number, from: number, units: number): number {
    const bits = this.#bitsFor(segment, from + units);
    let added = 0;
    for (let unit = from; unit < from + units; unit++) {
      const at = unit >>> 3;
      const bit = 1 << (unit & 7);
      if (((bits[at] as number) & bit) !== 0) continue;
      bits[at] = (bits[at] as number) | bit;
      added++;
    }
    this.#note(segment, added);
    return added;
  }

  /** The segment is gone. */
  forget(segment: number): void {
    this.#note(segment, -this.countIn(segment));
    this.#bits.delete(segment);
    this.#counts.delete(segment);
  }

  /** The bitmap of a segment: bit u of byte u / 8. */
  bitmap(segment: number): Uint8Array {
    return this.#bits.get(segment) ?? EMPTY;
  }

  load(segment: number, bitmap: Uint8Array): void {
    this.forget(segment);
    this.#bits.set(segment, Uint8Array.from(bitmap));
    let count = 0;
    for (const byte of bitmap) for (let rest = byte; rest !== 0; rest &= rest - 1) count++;
    this.#note(segment, count);
  }

  /** Runs of units in [from, to) that are not in the set. */
  *gapsIn(segment: number, from: number, to: number): Generator<{ unit: number; units: number }> {
    let start = from;
    for (let unit = from; unit <= to; unit++) {
      if (unit < to && !this.has(segment, unit)) continue;
      if (unit > start) yield { unit: start, units: unit - start };
      start = unit + 1;
    }
  }

  #bitsFor(segment: number, units: number): Uint8Array {
    const found = this.#bits.get(segment);
    const bytes = Math.ceil(units / 8);
    if (found && found.length >= bytes) return found;
    const grown = new Uint8Array(Math.max(bytes, (found?.length ?? 0) * 2));
    if (found) grown.set(found);
    this.#bits.set(segment, grown);
    return grown;
  }

  #note(segment: number, added: number): void {
    this.#count += added;
    this.#counts.set(segment, this.countIn(segment) + added);
  }
}

const EMPTY = new Uint8Array(0);
