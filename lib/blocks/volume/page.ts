import { BLOCK_BYTES } from "../log/format";

/** Eight KiB of memory, as bytes and as words. */
export interface Page {
  readonly bytes: Buffer;
  readonly words: Uint32Array;
}

export function makePage(): Page {
  const memory = new ArrayBuffer(BLOCK_BYTES);
  return { bytes: Buffer.from(memory), words: new Uint32Array(memory) };
}

/** Pages that are used again, since one is needed for every block that is written. */
export class PagePool {
  readonly #free: Page[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A page with anything in it. */
  take(): Page {
    return this.#free.pop() ?? makePage();
  }

  give(page: Page): void {
    if (this.#free.length < this.#limit) this.#free.push(page);
  }
}
