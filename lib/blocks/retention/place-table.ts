/** A slot's place within one log as a number; exact below 2^53, so for segments below 2^21. */
export const placeKey = (segment: number, unit: number): number => segment * 0x1_0000_0000 + unit;
export const segmentOf = (key: number): number => Math.floor(key / 0x1_0000_0000);
export const unitOf = (key: number): number => key % 0x1_0000_0000;

const FIRST_CAPACITY = 16;
// Linear probing stays short below this.
const LARGEST_LOAD = 0.6;
const NO_KEY = -1;

/**
 * From places of one log to a few numbers each, in flat memory: a log can retain a million dead slots, and objects would take
 * three times the room. Open addressing with linear probing; removal shifts back what follows, so there are no tombstones.
 */
export class PlaceTable {
  readonly columns: number;
  #keys = new Float64Array(FIRST_CAPACITY).fill(NO_KEY);
  #values: Float64Array;
  #size = 0;

  constructor(columns: number) {
    this.columns = columns;
    this.#values = new Float64Array(FIRST_CAPACITY * columns);
  }

  get size(): number {
    return this.#size;
  }

  has(key: number): boolean {
    return this.#keys[this.#slotOf(key)] === key;
  }

  /** The number in a column, undefined when the place is not in the table. */
  get(key: number, column: number): number | undefined {
    const slot = this.#slotOf(key);
    return this.#keys[slot] === key ? this.#values[slot * this.columns + column] : undefined;
  }

  set(key: number, values: readonly number[]): void {
    if ((this.#size + 1) / this.#keys.length > LARGEST_LOAD) this.#grow();
    const slot = this.#slotOf(key);
    if (this.#keys[slot] !== key) this.#size++;
    this.#keys[slot] = key;
    this.#values.set(values, slot * this.columns);
  }

  delete(key: number): boolean {
    let hole = this.#slotOf(key);
    if (this.#keys[hole] !== key) return false;
    this.#size--;
    const mask = this.#keys.length - 1;
    for (let next = (hole + 1) & mask; this.#keys[next] !== NO_KEY; next = (next + 1) & mask) {
      const home = this.#homeOf(this.#keys[next] as number);
      // It may move back only if its home is not between the hole and itself.
      if (((next - home) & mask) < ((next - hole) & mask)) continue;
      this.#move(next, hole);
      hole = next;
    }
    this.#keys[hole] = NO_KEY;
    return true;
  }

  /** In no order. The table must not be changed meanwhile. */
  *entries(): Generator<{ key: number; values: Float64Array }> {
    for (let slot = 0; slot < this.#keys.length; slot++) {
      const key = this.#keys[slot] as number;
      if (key === NO_KEY) continue;
      yield { key, values: this.#values.subarray(slot * this.columns, (slot + 1) * this.columns) };
    }
  }

  #slotOf(key: number): number {
    const mask = this.#keys.length - 1;
    let slot = this.#homeOf(key);
    while (this.#keys[slot] !== NO_KEY && this.#keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  /** Fibonacci hashing of both halves. */
  #homeOf(key: number): number {
    const mixed = Math.imul(unitOf(key) ^ Math.imul(segmentOf(key), 0x85eb_ca6b), 0x9e37_79b1);
    return (mixed ^ (mixed >>> 15)) & (this.#keys.length - 1);
  }

  #move(from: number, to: number): void {
    this.#keys[to] = this.#keys[from] as number;
    this.#values.copyWithin(to * this.columns, from * this.columns, (from + 1) * this.columns);
  }

  #grow(): void {
    const old = { keys: this.#keys, values: this.#values };
    this.#keys = new Float64Array(old.keys.length * 2).fill(NO_KEY);
    this.#values = new Float64Array(old.values.length * 2);
    for (let slot = 0; slot < old.keys.length; slot++) {
      const key = old.keys[slot] as number;
      if (key === NO_KEY) continue;
      const to = this.#slotOf(key);
      this.#keys[to] = key;
      this.#values.set(old.values.subarray(slot * this.columns, (slot + 1) * this.columns), to * this.columns);
    }
  }
}
