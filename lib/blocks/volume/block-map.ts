import { type Address, HOLE, isHole } from "../log/format";
import type { DroppedNode } from "../log/frame";
import { type FileTree, MapNode, NODE_ENTRIES } from "./map-node";
import { NodeCache } from "./node-cache";

interface NodePlace {
  readonly level: number;
  readonly index: number;
}

/** Fills `target` with a map node from the disk; throws when it is damaged. */
export type ReadNode = (address: Address, node: MapNode) => void;

/**
 * (file, block) → address, as one radix tree per file. Changed nodes stay in memory until the next map checkpoint writes
 * them; unchanged ones are a bounded cache.
 */
export class BlockMap {
  /** Blocks of all files; the inode table's own are not counted. */
  mappedBlocks = 0;
  readonly dirtyNodes = new Set<MapNode>();
  /** Nodes on disk that the next checkpoint no longer refers to. */
  dropped: DroppedNode[] = [];
  readonly #readNode: ReadNode;
  readonly #cache: NodeCache;

  constructor(readNode: ReadNode, cleanNodes: number) {
    this.#readNode = readNode;
    this.#cache = new NodeCache(cleanNodes);
  }

  find(tree: FileTree, block: number): Address {
    if (tree.height === 0) return block === 0 ? tree.root : HOLE;
    if (block >= tree.capacity) return HOLE;
    const leaf = this.#find(tree, 1, Math.floor(block / NODE_ENTRIES));
    return leaf ? leaf.get(block % NODE_ENTRIES) : HOLE;
  }

  /** Sets a block's address and answers the one that it replaces. Counting blocks is the caller's. */
  set(tree: FileTree, block: number, address: Address): Address {
    if (block === 0 && tree.height === 0) {
      const replaced = tree.root;
      tree.root = address;
      return replaced;
    }
    while (block >= tree.capacity) this.#grow(tree);
    const leaf = this.#findWritable(tree, 1, Math.floor(block / NODE_ENTRIES));
    const replaced = leaf.get(block % NODE_ENTRIES);
    leaf.set(block % NODE_ENTRIES, address);
    return replaced;
  }

  /** A block came to be, or ceased to be, something other than a hole. */
  count(tree: FileTree, blocks: number): void {
    tree.mapped += blocks;
    this.mappedBlocks += blocks;
  }

  /** Removes every block from `from` on. `pending` of them exist as byte ranges only and are in no node. */
  cut(tree: FileTree, from: number, pending: number): void {
    const removed = from === 0 ? tree.mapped : pending + this.#cutTop(tree, from);
    if (from === 0) this.#clear(tree);
    this.count(tree, -removed);
  }

  /** The node's address is now this one: it is clean, and its parent (or the tree) learns the address. */
  settle(node: MapNode, address: Address): void {
    const { tree, level, index } = node;
    node.address = address;
    node.dirty = false;
    this.dirtyNodes.delete(node);
    if (level === tree.height) tree.root = address;
    else this.#findWritable(tree, level + 1, Math.floor(index / NODE_ENTRIES)).set(index % NODE_ENTRIES, address);
    this.#cache.add(node);
  }

  #find(tree: FileTree, level: number, index: number): MapNode | undefined {
    const found = tree.at(level).get(index);
    if (found) {
      found.used = true;
      return found;
    }
    const address = this.#addressOf(tree, level, index);
    if (isHole(address)) return undefined;
    const node = new MapNode(tree, level, index);
    this.#readNode(address, node);
    node.address = address;
    tree.at(level).set(index, node);
    this.#cache.add(node);
    return node;
  }

  #addressOf(tree: FileTree, level: number, index: number): Address {
    if (level === tree.height) return tree.root;
    const parent = this.#find(tree, level + 1, Math.floor(index / NODE_ENTRIES));
    return parent ? parent.get(index % NODE_ENTRIES) : HOLE;
  }

  #findWritable(tree: FileTree, level: number, index: number): MapNode {
    const node = this.#find(tree, level, index) ?? this.#make(tree, level, index);
    if (!node.dirty) {
      node.dirty = true;
      this.dirtyNodes.add(node);
    }
    return node;
  }

  /** A new node, below parents that are there: going down from the root finds whatever is in memory. */
  #make(tree: FileTree, level: number, index: number): MapNode {
    if (level < tree.height) this.#findWritable(tree, level + 1, Math.floor(index / NODE_ENTRIES));
    const node = new MapNode(tree, level, index);
    tree.at(level).set(index, node);
    return node;
  }

  /** Puts a new node above the old root. */
  #grow(tree: FileTree): void {
    const below = tree.root;
    tree.height++;
    tree.root = HOLE;
    this.#findWritable(tree, tree.height, 0).set(0, below);
  }

  #clear(tree: FileTree): void {
    if (tree.height > 0) this.#drop(tree, { level: tree.height, index: 0 }, tree.root);
    tree.height = 0;
    tree.root = HOLE;
  }

  /** Blocks removed at or after `from`, which is above 0. */
  #cutTop(tree: FileTree, from: number): number {
    if (from >= tree.capacity || tree.height === 0) return 0;
    return this.#cutNode(tree, { level: tree.height, index: 0 }, from);
  }

  #cutNode(tree: FileTree, at: NodePlace, from: number): number {
    if (!this.#find(tree, at.level, at.index)) return 0;
    const node = this.#findWritable(tree, at.level, at.index);
    const blocksPerEntry = NODE_ENTRIES ** (at.level - 1);
    const kept = Math.max(0, from - at.index * blocksPerEntry * NODE_ENTRIES) / blocksPerEntry;
    if (at.level === 1) return node.clearFrom(kept);
    let removed = 0;
    for (let entry = Math.floor(kept); entry < NODE_ENTRIES; entry++) {
      const child = { level: at.level - 1, index: at.index * NODE_ENTRIES + entry };
      removed += this.#cutNode(tree, child, from);
      if (entry < kept) continue;
      this.#drop(tree, child, node.get(entry));
      node.set(entry, HOLE);
    }
    return removed;
  }

  /** Forgets a node and all below it, and notes what of it is on disk. */
  #drop(tree: FileTree, at: NodePlace, address: Address): void {
    this.#noteDropped(tree, at, address);
    for (let level = at.level; level > 0; level--) {
      const covered = NODE_ENTRIES ** (at.level - level);
      for (const node of tree.at(level).values())
        if (Math.floor(node.index / covered) === at.index) this.#release(node);
    }
  }

  /** A node on disk stands for everything below it; one that never was may be above others that are. */
  #noteDropped(tree: FileTree, at: NodePlace, address: Address): void {
    const { log, segment, unit } = address;
    if (!isHole(address)) this.dropped.push({ inode: tree.inode, level: at.level, log, segment, unit });
    const node = tree.at(at.level).get(at.index);
    if (!isHole(address) || !node || at.level === 1) return;
    for (let entry = 0; entry < NODE_ENTRIES; entry++)
      this.#noteDropped(tree, { level: at.level - 1, index: at.index * NODE_ENTRIES + entry }, node.get(entry));
  }

  #release(node: MapNode): void {
    node.tree.at(node.level).delete(node.index);
    this.dirtyNodes.delete(node);
    node.gone = true;
  }
}
