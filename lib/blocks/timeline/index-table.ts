/** Rows of 32-bit words in one piece of memory. */
export interface IndexTable {
  readonly words: Uint32Array;
  readonly width: number;
  readonly count: number;
}

const FIRST_ROWS = 16;

/** A table that rows are added to. What was read from it before stays as it was. */
export class GrowingTable implements IndexTable {
  readonly width: number;
  words: Uint32Array;
  count = 0;

  constructor(width: number, from?: IndexTable) {
    this.width = width;
    this.words = new Uint32Array(Math.max(FIRST_ROWS, from?.count ?? 0) * width);
    if (!from) return;
    this.words.set(from.words.subarray(0, from.count * width));
    this.count = from.count;
  }

  add(row: readonly number[]): void {
    const at = this.count * this.width;
    if (at === this.words.length) this.#grow();
    for (let word = 0; word < this.width; word++) this.words[at + word] = row[word] as number;
    this.count++;
  }

  /** The table as it is now, whatever is added later. */
  snapshot(): IndexTable {
    const { words, width, count } = this;
    return { words, width, count };
  }

  #grow(): void {
    const grown = new Uint32Array(this.words.length * 2);
    grown.set(this.words);
    this.words = grown;
  }
}

/** The first row of which `isPast` holds; the count when there is none. Rows are ordered so that it stays true. */
export function findRow(table: IndexTable, isPast: (at: number) => boolean): number {
  let low = 0;
  let high = table.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isPast(middle * table.width)) high = middle;
    else low = middle + 1;
  }
  return low;
}
