/** Files that were replaced or removed: a segment, or with segment 0 a whole log. */
export interface ChangedFiles {
  readonly log: number;
  readonly segment: number;
}

const COUNT = 0;
const RING = 1;
/** Changes that can be told one by one; who missed more looks at everything anew. A power of two, as the count wraps. */
const RING_ENTRIES = 512;
const ENTRY_WORDS = 2;

/**
 * Shared memory in which the keeper says which files of the store it has replaced, so that readers let go of the old ones and
 * their space: a count, and a ring of the last changes. Nothing depends on it but that space, since addresses never change.
 */
export class StoreEpoch {
  readonly #words: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer((RING + RING_ENTRIES * ENTRY_WORDS) * Int32Array.BYTES_PER_ELEMENT);
  }

  /** Differs from an earlier reading when something was replaced since. */
  get count(): number {
    return Atomics.load(this.#words, COUNT);
  }

  /** By the keeper, after the new file has its name or the old one has lost it. Segment 0: all of the log. */
  publish({ log, segment }: ChangedFiles): void {
    const next = (this.count + 1) | 0;
    const at = entryOf(next);
    Atomics.store(this.#words, at, log);
    Atomics.store(this.#words, at + 1, segment);
    Atomics.store(this.#words, COUNT, next);
  }

  /** What was replaced after a reading up to now; undefined when there was too much of it to tell. */
  changesSince(seen: number): { count: number; changes: ChangedFiles[] | undefined } {
    const count = this.count;
    const changes: ChangedFiles[] = [];
    for (let i = (seen + 1) | 0; i !== ((count + 1) | 0) && changes.length < RING_ENTRIES; i = (i + 1) | 0)
      changes.push({ log: this.#load(entryOf(i)), segment: this.#load(entryOf(i) + 1) });
    // The keeper may be writing the entry after the count that is there by now.
    const isOverwritten = ((this.count + 1 - seen) | 0) > RING_ENTRIES;
    return { count, changes: isOverwritten ? undefined : changes };
  }

  #load(word: number): number {
    return Atomics.load(this.#words, word) >>> 0;
  }
}

const entryOf = (count: number): number => RING + ((count >>> 0) % RING_ENTRIES) * ENTRY_WORDS;
