import type { Limits } from "../limits";
import { type Address, isHole } from "../log/format";
import type { BlockChange, Cut } from "../log/frame";
import type { LogReader } from "../log/log-reader";
import { VolumeError } from "../volume-error";
import { BlockCache, type CachedBlock } from "./block-cache";
import { BlockMap } from "./block-map";
import { FileTable } from "./file-table";
import { INODES_PER_BLOCK, type Inode } from "./inode";
import { FileTree, type MapNode } from "./map-node";
import type { Page } from "./page";

/**
 * A volume in memory: names, the map, blocks, and what changed since the last commit. The map already has the addresses of
 * spilled blocks and lacks what was cut: it is the writer's own view, and a writer that fails to commit is thrown away.
 */
export class VolumeState {
  readonly volumeId: string;
  readonly reader: LogReader;
  readonly files: FileTable;
  readonly map: BlockMap;
  readonly cache: BlockCache;
  /** The inode table is a file as well; its blocks are written by map checkpoints only. */
  readonly table = new FileTree(0);
  /** Lowest block from which a file was cut since the last commit, by inode. */
  readonly cuts = new Map<number, number>();
  /** Blocks with a new address since the last commit, by inode and block: spilled ones, and all while a commit is made. */
  readonly written = new Map<number, Map<number, BlockChange>>();
  /** Files that lost their name while open and whose opener is gone: freed with the next commit. */
  nameless: Inode[] = [];

  constructor(volumeId: string, reader: LogReader, limits: Limits) {
    this.volumeId = volumeId;
    this.reader = reader;
    this.cache = new BlockCache(limits);
    this.map = new BlockMap((address, node) => this.#readNode(address, node), limits.cleanNodes);
    this.files = new FileTable((inode) => this.cut(inode, 0));
  }

  /** What is committed (or spilled) of a block, from the disk; zeros for a hole. */
  readCommitted(inode: Inode, block: number, target: Uint8Array): void {
    const address = this.map.find(inode.tree, block);
    if (isHole(address)) target.fill(0);
    else this.readBlock(inode, block, { address, target });
  }

  readBlock(inode: Inode, block: number, from: { address: Address; target: Uint8Array }): void {
    if (this.reader.readBlock(from.address, from.target)) return;
    throw this.#damaged(`Block ${block} of ${this.files.pathOf(inode)}`, from.address);
  }

  /** A block of the inode table. */
  readTable(chunk: number, address: Address, page: Page): void {
    if (!this.reader.readBlock(address, page.bytes)) throw this.#damaged(`Block ${chunk} of the file table`, address);
  }

  /** Gives a block a new address; answers what it replaces. */
  setAddress(inode: Inode, block: CachedBlock, address: Address): Address {
    const replaced = this.map.set(inode.tree, block.index, address);
    const had = block.pending || !isHole(replaced) ? 1 : 0;
    this.map.count(inode.tree, (isHole(address) ? 0 : 1) - had);
    this.markStale(inode.number);
    return replaced;
  }

  /** A block that was a hole has its first byte ranges. */
  countPending(inode: Inode, block: CachedBlock): void {
    if (!isHole(this.map.find(inode.tree, block.index))) return;
    this.map.count(inode.tree, 1);
    this.markStale(inode.number);
  }

  /** Removes a file's blocks from `from` on. */
  cut(inode: Inode, from: number): void {
    const pending = this.#countPendingHoles(inode, from);
    this.cache.cut(inode.blocks, from);
    this.map.cut(inode.tree, from, pending);
    this.markStale(inode.number);
    this.cuts.set(inode.number, Math.min(from, this.cuts.get(inode.number) ?? from));
    const written = this.written.get(inode.number);
    if (written) for (const block of written.keys()) if (block >= from) written.delete(block);
  }

  /** As a replayed frame says it. */
  applyCut(cut: Cut): void {
    const inode = this.files.find(cut.inode);
    if (inode) this.cut(inode, cut.block);
  }

  loadBlock(inode: Inode, block: number): (page: Page) => void {
    return (page) => this.readCommitted(inode, block, page.bytes);
  }

  markStale(inode: number): void {
    this.files.staleChunks.add(Math.floor(inode / INODES_PER_BLOCK));
  }

  /** Remembers a block's new address, with the one that the last commit had for it. */
  noteWritten(inode: number, block: number, addresses: { address: Address; replaced: Address }): void {
    const blocks = this.written.get(inode) ?? new Map<number, BlockChange>();
    this.written.set(inode, blocks);
    const replaced = blocks.get(block)?.replaced ?? addresses.replaced;
    blocks.set(block, { inode, block, address: addresses.address, replaced });
  }

  #countPendingHoles(inode: Inode, from: number): number {
    // From 0 the tree's own count is taken, which has them.
    if (from === 0) return 0;
    let holes = 0;
    for (const block of inode.blocks.values())
      if (block.pending && block.index >= from && isHole(this.map.find(inode.tree, block.index))) holes++;
    return holes;
  }

  #readNode(address: Address, node: MapNode): void {
    if (this.reader.readBlock(address, node.bytes)) return;
    const inode = this.files.find(node.tree.inode);
    const name = inode ? this.files.pathOf(inode) : "the file table";
    throw this.#damaged(`Map node ${node.level}/${node.index} of ${name}`, address);
  }

  #damaged(what: string, address: Address): VolumeError {
    const where = `log ${address.log}, segment ${address.segment}, unit ${address.unit}`;
    return new VolumeError("EIO", `${what} in volume ${this.volumeId} is damaged (${where}).`);
  }
}
