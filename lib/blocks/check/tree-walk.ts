import type { FileDelta } from "../diff/root-delta";
import { entryAt, type NodeReader, type Tree } from "../diff/tree-reader";
import { type Address, isHole } from "../log/format";
import { NODE_ENTRIES } from "../volume/map-node";
import { VolumeError } from "../volume-error";
import type { Needer, Reach } from "./reach";

interface Subtree {
  readonly address: Address;
  readonly level: number;
  readonly index: number;
}

const rootOf = (tree: Tree): Subtree => ({ address: tree.root, level: tree.height, index: 0 });

/** Walks all of a file's tree; what was walked once, for whatever commit, is not walked again. */
export class TreeWalk {
  readonly #reach: Reach;
  readonly #nodes: NodeReader;

  constructor(reach: Reach, nodes: NodeReader) {
    this.#reach = reach;
    this.#nodes = nodes;
  }

  /** Marks the nodes of a tree and counts the blocks below them; undefined when a node is damaged. */
  count(tree: Tree, needer: Needer): number | undefined {
    return this.#count(rootOf(tree), needer);
  }

  /** Marks those blocks that changes since the tree was written have left. */
  reach(tree: Tree, delta: FileDelta | undefined, needer: Needer): void {
    const changed = delta ? [...delta.blocks.keys()].sort((a, b) => a - b) : [];
    this.#mark(rootOf(tree), { changed, limit: delta?.treeLimit ?? Number.POSITIVE_INFINITY }, needer);
  }

  #count({ address, level, index }: Subtree, needer: Needer): number | undefined {
    if (isHole(address)) return 0;
    if (level === 0) return 1;
    const known = this.#reach.countOf(address);
    if (known !== undefined) return known;
    const words = this.#reach.add("node", address, needer) ? this.#read(address) : undefined;
    if (!words) return undefined;
    let sum: number | undefined = 0;
    for (let entry = 0; entry < NODE_ENTRIES; entry++) {
      const below = this.#count(
        { address: entryAt(words, entry), level: level - 1, index: index * NODE_ENTRIES + entry },
        needer,
      );
      sum = sum === undefined || below === undefined ? undefined : sum + below;
    }
    if (sum !== undefined) this.#reach.setCount(address, sum);
    return sum;
  }

  #mark({ address, level, index }: Subtree, shadow: Shadow, needer: Needer): void {
    if (isHole(address)) return;
    const from = index * NODE_ENTRIES ** level;
    const isPlain = isUntouched(shadow, from, from + NODE_ENTRIES ** level);
    if (level === 0) {
      if (isPlain) this.#reach.add("block", address, { ...needer, block: index });
      return;
    }
    if (from >= shadow.limit || (isPlain && this.#reach.isWhole(address))) return;
    const words = this.#read(address);
    if (!words) return;
    for (let entry = 0; entry < NODE_ENTRIES; entry++)
      this.#mark(
        { address: entryAt(words, entry), level: level - 1, index: index * NODE_ENTRIES + entry },
        shadow,
        needer,
      );
    if (isPlain) this.#reach.setWhole(address);
  }

  #read(address: Address): Uint32Array | undefined {
    try {
      return this.#nodes.get(address);
    } catch (error) {
      if (error instanceof VolumeError) return undefined;
      throw error;
    }
  }
}

/** What of a tree is no longer valid: blocks that have another address, and everything from `limit` on. */
interface Shadow {
  readonly changed: readonly number[];
  readonly limit: number;
}

function isUntouched({ changed, limit }: Shadow, from: number, to: number): boolean {
  if (to > limit) return false;
  let low = 0;
  for (let high = changed.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if ((changed[middle] as number) < from) low = middle + 1;
    else high = middle;
  }
  return low === changed.length || (changed[low] as number) >= to;
}
