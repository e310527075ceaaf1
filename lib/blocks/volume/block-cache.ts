import type { Limits } from "../limits";
import { type Page, PagePool } from "./page";

/** A block in memory. It is dirty (written since the last commit), pending (committed as byte ranges only), or clean. */
export class CachedBlock {
  readonly inode: number;
  readonly index: number;
  /** What a reader sees. */
  page: Page;
  /** The committed content, when it is known and the block is dirty. */
  base: Page | undefined;
  dirty = false;
  /** The map's address plus byte ranges in frames since the last checkpoint are its content; memory has it whole. */
  pending = false;
  /** In the queue of clean blocks. */
  queued = false;
  /** Cut off or evicted: no longer the block's place in memory. */
  gone = false;

  constructor(inode: number, index: number, page: Page) {
    this.inode = inode;
    this.index = index;
    this.page = page;
  }
}

export type CachedBlocks = Map<number, CachedBlock>;

/** The blocks in memory of all files: what is dirty, what is pending, and a few clean ones so that changes can be ranges. */
export class BlockCache {
  readonly pool: PagePool;
  dirty: CachedBlock[] = [];
  readonly pending = new Set<CachedBlock>();
  readonly #cleanLimit: number;
  #clean: { block: CachedBlock; home: CachedBlocks }[] = [];

  constructor(limits: Limits) {
    this.pool = new PagePool(limits.dirtyBlocks);
    this.#cleanLimit = limits.cleanBlocks;
  }

  /** The block, ready to be overwritten in part; its page has what `load` fills in when it was not in memory. */
  write(home: CachedBlocks, at: { inode: number; index: number }, load: (page: Page) => void): CachedBlock {
    const block = home.get(at.index);
    if (!block) return this.#add(home, at, load);
    if (block.dirty) return block;
    block.base = block.page;
    block.page = this.pool.take();
    block.page.bytes.set(block.base.bytes);
    return this.#markDirty(block);
  }

  /** The same for a block that is overwritten as a whole: nothing is loaded or copied. */
  overwrite(home: CachedBlocks, at: { inode: number; index: number }): CachedBlock {
    const block = home.get(at.index);
    if (!block) return this.#add(home, at, undefined);
    if (block.dirty) return block;
    block.base = block.page;
    block.page = this.pool.take();
    return this.#markDirty(block);
  }

  /** A block as byte ranges of a replayed frame left it. */
  addPending(home: CachedBlocks, at: { inode: number; index: number }, load: (page: Page) => void): CachedBlock {
    const found = home.get(at.index);
    if (found) return found;
    const block = this.#add(home, at, load);
    this.dirty.pop();
    block.dirty = false;
    this.setPending(block);
    return block;
  }

  setPending(block: CachedBlock): void {
    block.pending = true;
    this.pending.add(block);
  }

  /** The block's content is what was just committed; it may be evicted later unless ranges are pending. */
  settle(home: CachedBlocks, block: CachedBlock): void {
    if (block.base) this.pool.give(block.base);
    block.base = undefined;
    block.dirty = false;
    if (!block.pending) this.#queue(home, block);
  }

  /** The block was written whole, or is a hole. */
  clearPending(block: CachedBlock): void {
    block.pending = false;
    this.pending.delete(block);
  }

  /** Forgets every block from `from` on. */
  cut(home: CachedBlocks, from: number): void {
    for (const block of home.values()) if (block.index >= from) this.drop(home, block);
  }

  drop(home: CachedBlocks, block: CachedBlock): void {
    home.delete(block.index);
    block.gone = true;
    this.clearPending(block);
    if (block.base) this.pool.give(block.base);
    this.pool.give(block.page);
  }

  #add(
    home: CachedBlocks,
    at: { inode: number; index: number },
    load: ((page: Page) => void) | undefined,
  ): CachedBlock {
    const page = this.pool.take();
    try {
      load?.(page);
    } catch (error) {
      this.pool.give(page);
      throw error;
    }
    const block = new CachedBlock(at.inode, at.index, page);
    home.set(at.index, block);
    return this.#markDirty(block);
  }

  #markDirty(block: CachedBlock): CachedBlock {
    block.dirty = true;
    this.dirty.push(block);
    return block;
  }

  #queue(home: CachedBlocks, block: CachedBlock): void {
    if (block.queued) return;
    block.queued = true;
    this.#clean.push({ block, home });
    if (this.#clean.length > 2 * this.#cleanLimit) this.#evict();
  }

  /** In batches, so that the queue need not be shifted for each block. */
  #evict(): void {
    const oldest = this.#clean.slice(0, -this.#cleanLimit);
    this.#clean = this.#clean.slice(-this.#cleanLimit);
    for (const { block, home } of oldest) {
      block.queued = false;
      if (!block.dirty && !block.pending && !block.gone) this.drop(home, block);
    }
  }
}
