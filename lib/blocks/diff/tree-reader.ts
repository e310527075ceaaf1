import { type Address, BLOCK_BYTES, BLOCK_WORDS, HOLE, isHole, type Place } from "../log/format";
import type { LogReader } from "../log/log-reader";
import { NODE_ENTRIES } from "../volume/map-node";
import { VolumeError } from "../volume-error";

/** A file's tree on the disk, as a record of the inode table (or a frame, for the table's own) names it. */
export interface Tree {
  readonly height: number;
  readonly root: Address;
}

export const EMPTY_TREE: Tree = { height: 0, root: HOLE };

const ENTRY_WORDS = BLOCK_WORDS / NODE_ENTRIES;

/** Map nodes and blocks of the inode table as they lie on the disk, a bounded number of them in memory. */
export class NodeReader {
  /** How many of them were read from the disk. */
  reads = 0;
  readonly #reader: LogReader;
  readonly #limit: number;
  readonly #cached = new Map<string, Uint32Array>();

  constructor(reader: LogReader, limit: number) {
    this.#reader = reader;
    this.#limit = limit;
  }

  /** The node's words (or those of another block, by that name); throws when it is damaged. */
  get(address: Address, name = "map node"): Uint32Array {
    const key = `${address.log}/${address.segment}/${address.unit}`;
    const found = this.#cached.get(key);
    // Taken out and put back: the map's order is then the order of use.
    if (found) this.#cached.delete(key);
    const words = found ?? this.#read(address, name);
    this.#cached.set(key, words);
    if (this.#cached.size > this.#limit) this.#cached.delete(this.#cached.keys().next().value as string);
    return words;
  }

  #read(address: Address, name: string): Uint32Array {
    this.reads++;
    const words = new Uint32Array(BLOCK_WORDS);
    if (this.#reader.readBlock(address, Buffer.from(words.buffer, 0, BLOCK_BYTES))) return words;
    throw new VolumeError("EIO", `A ${name} is damaged (${describePlace(address)}).`);
  }
}

export function entryAt(words: Uint32Array, entry: number): Address {
  const at = entry * ENTRY_WORDS;
  const log = words[at] as number;
  if (log === 0) return HOLE;
  return { log, segment: words[at + 1] as number, unit: words[at + 2] as number, crc: words[at + 3] as number };
}

export function findBlock(nodes: NodeReader, tree: Tree, block: number): Address {
  let address = tree.root;
  if (block >= NODE_ENTRIES ** tree.height) return HOLE;
  for (let level = tree.height; level > 0 && !isHole(address); level--) {
    const entry = Math.floor(block / NODE_ENTRIES ** (level - 1)) % NODE_ENTRIES;
    address = entryAt(nodes.get(address), entry);
  }
  return address;
}

export interface TreeBlock {
  readonly block: number;
  readonly address: Address;
}

export interface Span {
  readonly from: number;
  /** The first block that is not in it. */
  readonly to: number;
}

/** The blocks of a tree within a span, in their order; holes are left out. */
export function* eachTreeBlock(nodes: NodeReader, tree: Tree, span: Span): Generator<TreeBlock> {
  yield* below(nodes, { address: tree.root, level: tree.height, index: 0 }, span);
}

interface Subtree {
  readonly address: Address;
  readonly level: number;
  readonly index: number;
}

function* below(nodes: NodeReader, at: Subtree, span: Span): Generator<TreeBlock> {
  if (isHole(at.address)) return;
  const blocks = NODE_ENTRIES ** at.level;
  if (at.index * blocks >= span.to || (at.index + 1) * blocks <= span.from) return;
  if (at.level === 0) {
    yield { block: at.index, address: at.address };
    return;
  }
  const words = nodes.get(at.address);
  for (let entry = 0; entry < NODE_ENTRIES; entry++)
    yield* below(
      nodes,
      { address: entryAt(words, entry), level: at.level - 1, index: at.index * NODE_ENTRIES + entry },
      span,
    );
}

/** Two trees side by side. `isShared` is set when something that is in both was met. */
export interface TreePair {
  readonly a: Tree;
  readonly b: Tree;
  isShared: boolean;
}

/** Blocks below `limit` that have different addresses in two trees, in their order. Equal subtrees are not entered. */
export function* eachDifference(nodes: { a: NodeReader; b: NodeReader }, pair: TreePair, limit: number) {
  const level = Math.max(pair.a.height, pair.b.height);
  yield* differences({ nodes, pair, limit }, { a: pair.a, b: pair.b, level, index: 0 });
}

interface Comparing {
  readonly nodes: { readonly a: NodeReader; readonly b: NodeReader };
  readonly pair: TreePair;
  readonly limit: number;
}

/** Both sides of one place. A side that is lower than the level is the first entry of nodes that do not exist. */
interface Side {
  readonly a: Tree;
  readonly b: Tree;
  readonly level: number;
  readonly index: number;
}

function* differences(comparing: Comparing, side: Side): Generator<number> {
  const { a, b, level, index } = side;
  if (index * NODE_ENTRIES ** level >= comparing.limit) return;
  if (isSamePlace(a.root, b.root) && (a.height === b.height || isHole(a.root))) {
    if (!isHole(a.root)) comparing.pair.isShared = true;
    return;
  }
  if (level === 0) {
    yield index;
    return;
  }
  const childOfA = childrenOf(comparing.nodes.a, a, level);
  const childOfB = childrenOf(comparing.nodes.b, b, level);
  for (let entry = 0; entry < NODE_ENTRIES; entry++)
    yield* differences(comparing, {
      a: childOfA(entry),
      b: childOfB(entry),
      level: level - 1,
      index: index * NODE_ENTRIES + entry,
    });
}

function childrenOf(nodes: NodeReader, tree: Tree, level: number): (entry: number) => Tree {
  if (isHole(tree.root)) return () => EMPTY_TREE;
  if (tree.height < level) return (entry) => (entry === 0 ? tree : EMPTY_TREE);
  const words = nodes.get(tree.root);
  return (entry) => ({ height: level - 1, root: entryAt(words, entry) });
}

export const isSamePlace = (a: Place, b: Place): boolean =>
  a.unit === b.unit && a.segment === b.segment && a.log === b.log;

export const describePlace = (place: Place): string => `log ${place.log}, segment ${place.segment}, unit ${place.unit}`;
