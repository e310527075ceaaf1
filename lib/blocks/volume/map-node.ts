import { type Address, BLOCK_BYTES, BLOCK_WORDS, HOLE } from "../log/format";

export const NODE_ENTRIES = 512;
const ENTRY_WORDS = 4;

/** A node of a file's tree in memory: 512 addresses. Level 1 holds blocks' addresses, a level above nodes' addresses. */
export class MapNode {
  readonly tree: FileTree;
  readonly level: number;
  readonly index: number;
  readonly words = new Uint32Array(BLOCK_WORDS);
  readonly bytes = Buffer.from(this.words.buffer, 0, BLOCK_BYTES);
  /** Where it lies on disk; a hole for one that was never written. */
  address: Address = HOLE;
  dirty = false;
  /** Read or written since the cache's hand last passed. */
  used = true;
  cached = false;
  gone = false;

  constructor(tree: FileTree, level: number, index: number) {
    this.tree = tree;
    this.level = level;
    this.index = index;
  }

  get(entry: number): Address {
    const at = entry * ENTRY_WORDS;
    const { words } = this;
    const log = words[at] as number;
    if (log === 0) return HOLE;
    return { log, segment: words[at + 1] as number, unit: words[at + 2] as number, crc: words[at + 3] as number };
  }

  set(entry: number, address: Address): void {
    const at = entry * ENTRY_WORDS;
    const { words } = this;
    words[at] = address.log;
    words[at + 1] = address.segment;
    words[at + 2] = address.unit;
    words[at + 3] = address.crc;
  }

  /** Makes every entry from `first` on a hole; how many were none. */
  clearFrom(first: number): number {
    let cleared = 0;
    for (let at = first * ENTRY_WORDS; at < this.words.length; at += ENTRY_WORDS) if (this.words[at] !== 0) cleared++;
    this.words.fill(0, first * ENTRY_WORDS);
    return cleared;
  }
}

/**
 * The tree of one file. Height 0: `root` is the address of its only block. Parents learn a changed node's address at the next
 * map checkpoint; until then the node is in memory, so an entry of a parent always names what is on disk.
 */
export class FileTree {
  readonly inode: number;
  height = 0;
  root: Address = HOLE;
  /** Blocks with content, those that exist as byte ranges only included. */
  mapped = 0;
  readonly levels: Map<number, MapNode>[] = [];

  constructor(inode: number) {
    this.inode = inode;
  }

  at(level: number): Map<number, MapNode> {
    let nodes = this.levels[level - 1];
    if (!nodes) {
      nodes = new Map();
      this.levels[level - 1] = nodes;
    }
    return nodes;
  }

  /** How many blocks a tree of this height can hold. */
  get capacity(): number {
    return NODE_ENTRIES ** this.height;
  }
}
