import type { IndexView } from "./index-view";

interface CachedView {
  readonly log: number;
  readonly view: IndexView;
  readonly bytes: number;
}

const keyOf = (log: number, segment: number): string => `${log}/${segment}`;

/** Indexes of sealed segments in memory: the ones used last, within a bound of bytes. */
export class ViewCache {
  readonly #mostBytes: number;
  readonly #views = new Map<string, CachedView>();
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  find(log: number, segment: number): IndexView | undefined {
    const key = keyOf(log, segment);
    const found = this.#views.get(key);
    if (!found) return undefined;
    // Taken out and put back: the map's order is then the order of use.
    this.#views.delete(key);
    this.#views.set(key, found);
    return found.view;
  }

  add(view: IndexView, bytes: number): void {
    this.drop(view.log, view.segment);
    this.#views.set(keyOf(view.log, view.segment), { log: view.log, view, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#views.values()) {
      if (this.#bytes <= this.#mostBytes) return;
      this.drop(oldest.log, oldest.view.segment);
    }
  }

  drop(log: number, segment: number): void {
    const key = keyOf(log, segment);
    const found = this.#views.get(key);
    if (!found) return;
    this.#views.delete(key);
    this.#bytes -= found.bytes;
  }

  forget(log: number): void {
    for (const cached of this.#views.values()) if (cached.log === log) this.drop(log, cached.view.segment);
  }
}
