import { RootDelta } from "../../diff/root-delta";
import { entryAt } from "../../diff/tree-reader";
import { type Address, BLOCK_BYTES, BLOCK_UNITS, isHole, type Place, toUnits } from "../../log/format";
import { FRAME_KIND, type FrameHeader, isCheckpoint } from "../../log/frame";
import { visitFrame } from "../../log/frame-reader";
import { damagedFrame, type LogReader } from "../../log/log-reader";
import { resolveRoot } from "../../log/resolved-root";
import { decodeInode, INODE_BYTES, INODES_PER_BLOCK } from "../../volume/inode";
import { NODE_ENTRIES } from "../../volume/map-node";

/** Units of segments. */
export class UnitMap {
  readonly #segments = new Map<string, Set<number>>();

  add({ log, segment, unit }: Place, units: number): void {
    const found = this.in(log, segment);
    const set = found ?? new Set<number>();
    if (!found) this.#segments.set(`${log}/${segment}`, set);
    for (let next = unit; next < unit + units; next++) set.add(next);
  }

  has({ log, segment, unit }: Place): boolean {
    return this.in(log, segment)?.has(unit) ?? false;
  }

  in(log: number, segment: number): Set<number> | undefined {
    return this.#segments.get(`${log}/${segment}`);
  }

  *all(): Generator<Place> {
    for (const [key, units] of this.#segments) {
      const [log, segment] = key.split("/").map(Number) as [number, number];
      for (const unit of units) yield { log, segment, unit };
    }
  }
}

interface Tree {
  readonly root: Address;
  readonly height: number;
}

/** A tree as it lies on the disk: where its nodes are, and its blocks' addresses by their index. */
interface ReadTree {
  readonly nodes: readonly Address[];
  readonly blocks: ReadonlyMap<number, Address>;
}

/** What a map checkpoint says. */
interface Base {
  readonly files: ReadonlyMap<number, Tree>;
}

const keyOf = ({ log, segment, unit }: Place): string => `${log}/${segment}/${unit}`;

/**
 * Walks from commits to everything that is needed to read them, by brute force and without any of the keeper's knowledge:
 * frames since the checkpoint, all nodes of the checkpoint's trees, and the blocks that are mapped at the commit.
 */
export class Reachability {
  readonly units = new UnitMap();
  readonly #reader: LogReader;
  readonly #trees = new Map<string, ReadTree>();
  readonly #bases = new Map<string, Base>();
  readonly #wholeTrees = new Set<string>();
  readonly #frames = new Map<string, FrameHeader>();

  constructor(reader: LogReader) {
    this.#reader = reader;
  }

  /** The commit whose frame lies there is needed. */
  addPoint(place: Place): void {
    this.#addFrames(place);
    const root = resolveRoot(this.#reader, this.#frame(place));
    const base = this.#base({ root: root.tableRoot, height: root.tableHeight });
    const delta = new RootDelta();
    for (const frame of root.frames) delta.apply(this.#reader.getFrame(frame));
    for (const [inode, tree] of base.files) this.#addBlocks(tree, delta.files.get(inode));
    for (const file of delta.files.values())
      for (const address of file.blocks.values()) if (!isHole(address)) this.units.add(address, BLOCK_UNITS);
  }

  #addFrames(place: Place): void {
    for (let at = place; ; ) {
      const header = this.#addFrame(at);
      const listed = this.#listOf(header);
      for (const frame of listed) this.#addFrame(frame);
      if (isCheckpoint(header) || header.kind === FRAME_KIND.root) return;
      at = listed[0] ?? header.previous;
    }
  }

  #addFrame(place: Place): FrameHeader {
    const header = this.#frame(place);
    this.units.add(place, toUnits(header.bodyBytes));
    return header;
  }

  #frame(place: Place): FrameHeader {
    const key = keyOf(place);
    const found = this.#frames.get(key) ?? this.#reader.getFrame(place).header;
    this.#frames.set(key, found);
    return found;
  }

  #listOf(header: FrameHeader): Place[] {
    const places: Place[] = [];
    if (header.frames === 0) return places;
    const frame = this.#reader.getFrame(header.place);
    visitFrame(frame.header, frame.body, { frame: (place) => places.push(place) });
    return places;
  }

  #addBlocks(tree: Tree, delta: { treeLimit: number; blocks: ReadonlyMap<number, Address> } | undefined): void {
    const key = `${keyOf(tree.root)}/${tree.height}`;
    if (!delta && this.#wholeTrees.has(key)) return;
    for (const [block, address] of this.#tree(tree).blocks)
      if (!delta || (block < delta.treeLimit && !delta.blocks.has(block))) this.units.add(address, BLOCK_UNITS);
    if (!delta) this.#wholeTrees.add(key);
  }

  /** The inode table of a checkpoint; all that it consists of is needed by every commit up to the next one. */
  #base(table: Tree): Base {
    const key = `${keyOf(table.root)}/${table.height}`;
    const found = this.#bases.get(key);
    if (found) return found;
    const files = new Map<number, Tree>();
    const read = this.#tree(table);
    for (const address of [...read.nodes, ...read.blocks.values()]) this.units.add(address, BLOCK_UNITS);
    for (const [chunk, address] of read.blocks) this.#readChunk(chunk, address, files);
    for (const tree of files.values()) for (const node of this.#tree(tree).nodes) this.units.add(node, BLOCK_UNITS);
    const base = { files };
    this.#bases.set(key, base);
    return base;
  }

  #readChunk(chunk: number, address: Address, files: Map<number, Tree>): void {
    const page = this.#readBlock(address);
    for (let slot = 0; slot < INODES_PER_BLOCK; slot++) {
      const record = page.subarray(slot * INODE_BYTES, (slot + 1) * INODE_BYTES);
      const inode = decodeInode(chunk * INODES_PER_BLOCK + slot, record);
      if (inode) files.set(inode.number, { root: inode.tree.root, height: inode.tree.height });
    }
  }

  #tree(tree: Tree): ReadTree {
    const key = `${keyOf(tree.root)}/${tree.height}`;
    const found = this.#trees.get(key) ?? this.#readTree(tree);
    this.#trees.set(key, found);
    return found;
  }

  #readTree({ root, height }: Tree): ReadTree {
    const nodes: Address[] = [];
    const blocks = new Map<number, Address>();
    const visit = (address: Address, level: number, index: number) => {
      if (isHole(address)) return;
      if (level === 0) {
        blocks.set(index, address);
        return;
      }
      nodes.push(address);
      const page = this.#readBlock(address);
      const words = new Uint32Array(page.buffer, page.byteOffset, BLOCK_BYTES / 4);
      for (let entry = 0; entry < NODE_ENTRIES; entry++)
        visit(entryAt(words, entry), level - 1, index * NODE_ENTRIES + entry);
    };
    visit(root, height, 0);
    return { nodes, blocks };
  }

  #readBlock(address: Address): Buffer {
    const page = Buffer.from(new ArrayBuffer(BLOCK_BYTES));
    if (!this.#reader.readBlock(address, page)) throw damagedFrame(address);
    return page;
  }
}
