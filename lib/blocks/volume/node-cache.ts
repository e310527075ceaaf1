import type { MapNode } from "./map-node";

/** Bounds the clean map nodes in memory: a clock that spares what was used since its hand last passed. */
export class NodeCache {
  readonly #limit: number;
  readonly #ring: MapNode[] = [];
  #hand = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(node: MapNode): void {
    if (node.cached) return;
    while (this.#ring.length >= this.#limit) this.#step();
    node.cached = true;
    this.#ring.push(node);
  }

  #step(): void {
    if (this.#hand >= this.#ring.length) this.#hand = 0;
    const node = this.#ring[this.#hand] as MapNode;
    // A changed node is the checkpoint's until it is written; it comes back then.
    const isOurs = !node.dirty && !node.gone;
    if (isOurs && node.used) {
      node.used = false;
      this.#hand++;
      return;
    }
    if (isOurs) node.tree.at(node.level).delete(node.index);
    this.#leave(node);
  }

  #leave(node: MapNode): void {
    node.cached = false;
    const last = this.#ring.pop() as MapNode;
    if (last !== node) this.#ring[this.#hand] = last;
  }
}
