import { high32, joinWords, low32 } from "./format";

/** What a writer publishes after each barrier. */
export interface PublishedHead {
  readonly commit: number;
  readonly micros: number;
  /** The place of its frame in the volume's own log. */
  readonly segment: number;
  readonly unit: number;
  readonly mappedBlocks: number;
  /** Commits of the log with an acknowledged transaction. */
  readonly moments: number;
}

/** Where the writer begins, found by the keeper when it gave the ticket out. */
export interface WriterStart {
  readonly nextSegment: number;
  readonly sealedSegment: number;
  readonly sealedUnits: number;
}

const VERSION = 0;
const START = 1;
const SLOTS = [4, 14] as const;
const WORDS = 24;

/**
 * Shared memory of one writer and any readers, as 32-bit words: a version, the writer's start (3 words), two slots of 10
 * words. The slot in force is the version's parity; the writer fills the other one and then raises the version. So a writer
 * that is ended in the middle leaves the last head in force, and a reader who saw the version change reads again.
 */
export class HeadCell {
  readonly #words: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer, 0, WORDS);
  }

  static allocate(start: WriterStart, head: PublishedHead): SharedArrayBuffer {
    const buffer = new SharedArrayBuffer(WORDS * 4);
    new Int32Array(buffer).set([start.nextSegment, start.sealedSegment, start.sealedUnits], START);
    new HeadCell(buffer).publish(head);
    return buffer;
  }

  get start(): WriterStart {
    const [nextSegment = 0, sealedSegment = 0, sealedUnits = 0] = [0, 1, 2].map((i) => this.#load(START + i));
    return { nextSegment, sealedSegment, sealedUnits };
  }

  publish(head: PublishedHead): void {
    const version = Atomics.load(this.#words, VERSION);
    const at = SLOTS[((version + 1) & 1) as 0 | 1];
    this.#store(at, head.commit);
    this.#store(at + 2, head.micros);
    this.#store(at + 4, head.mappedBlocks);
    this.#store(at + 6, head.moments);
    Atomics.store(this.#words, at + 8, head.segment);
    Atomics.store(this.#words, at + 9, head.unit);
    Atomics.store(this.#words, VERSION, (version + 1) | 0);
  }

  read(): PublishedHead {
    for (;;) {
      const version = Atomics.load(this.#words, VERSION);
      const at = SLOTS[(version & 1) as 0 | 1];
      const head = {
        commit: joinWords(this.#load(at), this.#load(at + 1)),
        micros: joinWords(this.#load(at + 2), this.#load(at + 3)),
        mappedBlocks: joinWords(this.#load(at + 4), this.#load(at + 5)),
        moments: joinWords(this.#load(at + 6), this.#load(at + 7)),
        segment: this.#load(at + 8),
        unit: this.#load(at + 9),
      };
      if (Atomics.load(this.#words, VERSION) === version) return head;
    }
  }

  #load(word: number): number {
    return Atomics.load(this.#words, word) >>> 0;
  }

  #store(word: number, value: number): void {
    Atomics.store(this.#words, word, low32(value) | 0);
    Atomics.store(this.#words, word + 1, high32(value) | 0);
  }
}
