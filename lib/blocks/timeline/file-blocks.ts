import { type Address, BLOCK_BYTES, HOLE, isHole, type Place } from "../log/format";
import type { LogReader } from "../log/log-reader";
import { INODE_BYTES, INODES_PER_BLOCK } from "../volume/inode";
import { NODE_ENTRIES } from "../volume/map-node";
import { VolumeError } from "../volume-error";

/** A tree of addresses on the disk: of a file, or of the inode table. */
export interface TreeRoot {
  readonly height: number;
  readonly root: Address;
}

export interface BlockSpan {
  readonly from: number;
  /** Not in it any more. */
  readonly end: number;
}

interface NodeAt {
  readonly level: number;
  readonly index: number;
}

const NO_TREE: TreeRoot = { height: 0, root: HOLE };
const ENTRY_WORDS = 4;
// Where a record of the inode table has its tree; inode.ts writes it.
const HEIGHT_BYTE = 1;
const ROOT_BYTE = 24;

/** Reads the trees of one checkpoint, node by node, without keeping any. */
export class FileBlocks {
  readonly #reader: LogReader;
  readonly #table: TreeRoot;
  #chunk = -1;
  #chunkBytes: Buffer | undefined;

  constructor(reader: LogReader, table: TreeRoot) {
    this.#reader = reader;
    this.#table = table;
  }

  /** The tree of a file as the checkpoint had it; an empty one when there was no such file. */
  treeOf(inode: number): TreeRoot {
    const record = this.#readChunk(Math.floor(inode / INODES_PER_BLOCK));
    if (!record) return NO_TREE;
    const at = (inode % INODES_PER_BLOCK) * INODE_BYTES;
    const [log, segment, unit, crc] = [0, 4, 8, 12].map((offset) => record.readUInt32LE(at + ROOT_BYTE + offset));
    const root = { log: log as number, segment: segment as number, unit: unit as number, crc: crc as number };
    return { height: record.readUInt8(at + HEIGHT_BYTE), root };
  }

  /** Every block of a tree that is no hole, from `from` on and below `end`. */
  *blocksOf(tree: TreeRoot, span: BlockSpan): Generator<{ block: number; address: Address }> {
    if (isHole(tree.root)) return;
    if (tree.height > 0) yield* this.#blocksBelow(tree.root, { level: tree.height, index: 0 }, span);
    else if (span.from === 0 && span.end > 0) yield { block: 0, address: tree.root };
  }

  /** The nodes of a tree that are in `dropped` (by `placeName`), each with all nodes below it, once. They lie at `from` or after. */
  *droppedNodes(tree: TreeRoot, from: number, dropped: ReadonlySet<string>): Generator<Place> {
    if (tree.height > 0 && !isHole(tree.root))
      yield* this.#dropped(tree.root, { level: tree.height, index: 0 }, { from, dropped });
  }

  *#dropped(
    address: Address,
    at: NodeAt,
    of: { from: number; dropped: ReadonlySet<string> | "all" },
  ): Generator<Place> {
    const isGone = of.dropped === "all" || of.dropped.has(placeName(address));
    if (isGone) yield address;
    if (at.level === 1) return;
    const words = this.#readNode(address);
    const blocksPerEntry = NODE_ENTRIES ** (at.level - 1);
    for (let entry = 0; entry < NODE_ENTRIES; entry++) {
      const index = at.index * NODE_ENTRIES + entry;
      const child = entryOf(words, entry);
      if (isHole(child) || (index + 1) * blocksPerEntry <= of.from) continue;
      yield* this.#dropped(child, { level: at.level - 1, index }, isGone ? { ...of, dropped: "all" } : of);
    }
  }

  *#blocksBelow(address: Address, at: NodeAt, span: BlockSpan): Generator<{ block: number; address: Address }> {
    const words = this.#readNode(address);
    const blocksPerEntry = NODE_ENTRIES ** (at.level - 1);
    const first = at.index * NODE_ENTRIES;
    for (let entry = 0; entry < NODE_ENTRIES; entry++) {
      const from = (first + entry) * blocksPerEntry;
      if (from >= span.end || from + blocksPerEntry <= span.from) continue;
      const child = entryOf(words, entry);
      if (isHole(child)) continue;
      if (at.level === 1) yield { block: from, address: child };
      else yield* this.#blocksBelow(child, { level: at.level - 1, index: first + entry }, span);
    }
  }

  #readChunk(chunk: number): Buffer | undefined {
    if (chunk === this.#chunk) return this.#chunkBytes;
    this.#chunk = chunk;
    this.#chunkBytes = undefined;
    for (const { address } of this.blocksOf(this.#table, { from: chunk, end: chunk + 1 }))
      this.#chunkBytes = this.#readBlock(address);
    return this.#chunkBytes;
  }

  #readNode(address: Address): Uint32Array {
    const bytes = this.#readBlock(address);
    return new Uint32Array(bytes.buffer, bytes.byteOffset, BLOCK_BYTES / 4);
  }

  #readBlock(address: Address): Buffer {
    // Memory of its own, so that its words are aligned.
    const bytes = Buffer.from(new ArrayBuffer(BLOCK_BYTES));
    if (this.#reader.readBlock(address, bytes)) return bytes;
    const where = `log ${address.log}, segment ${address.segment}, unit ${address.unit}`;
    throw new VolumeError("EIO", `The map at ${where} is damaged: the history after it cannot be read.`);
  }
}

/** A place as the key of a map. */
export const placeName = ({ log, segment, unit }: Place): string => `${log}/${segment}/${unit}`;

function entryOf(words: Uint32Array, entry: number): Address {
  const [log, segment, unit, crc] = words.subarray(entry * ENTRY_WORDS, (entry + 1) * ENTRY_WORDS);
  return { log: log as number, segment: segment as number, unit: unit as number, crc: crc as number };
}
