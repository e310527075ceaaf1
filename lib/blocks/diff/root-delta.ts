import { type Address, HOLE, type Place } from "../log/format";
import type { BlockChange, Cut, InodeChange, RangeChange } from "../log/frame";
import { visitFrame } from "../log/frame-reader";
import type { Frame } from "../log/log-reader";
import { INODE_KIND } from "../volume/inode";

/** Bytes that a frame changed in a block without writing it whole. */
export interface PendingRange {
  readonly frame: Place;
  readonly from: number;
  readonly bytes: Uint8Array;
}

/** What frames since a map checkpoint changed in one file. */
export interface FileDelta {
  /** Blocks of the checkpoint's tree from here on are gone. */
  treeLimit: number;
  /** New addresses; a hole for a block that became one. They stand before the tree's. */
  readonly blocks: Map<number, Address>;
  /** To be laid over a block's content, oldest first. */
  readonly ranges: Map<number, PendingRange[]>;
}

/** What the frames since a map checkpoint say, without reading a block: small, for checkpoints are never far apart. */
export class RootDelta {
  /** Facts of files that changed; `undefined` for a number that was freed. */
  readonly inodes = new Map<number, InodeChange | undefined>();
  readonly files = new Map<number, FileDelta>();

  /** Applies the next frame. */
  apply(frame: Frame): void {
    visitFrame(frame.header, frame.body, this.visitorOf(frame.header.place));
  }

  /** Hears what the frame at a place says, in its order. */
  visitorOf(place: Place) {
    return {
      cut: ({ inode, block }: Cut) => cut(this.#file(inode), block),
      inode: (change: InodeChange) => this.#applyInode(change),
      block: (change: BlockChange) => applyBlock(this.#file(change.inode), change),
      range: ({ inode, block, from, bytes }: RangeChange) => {
        const { ranges } = this.#file(inode);
        const pending = ranges.get(block) ?? [];
        ranges.set(block, pending);
        // The frame's bytes are the reader's own and are gone with the next frame.
        pending.push({ frame: place, from, bytes: Buffer.from(bytes) });
      },
    };
  }

  #applyInode(change: InodeChange): void {
    const isFreed = change.kind === INODE_KIND.free;
    this.inodes.set(change.inode, isFreed ? undefined : change);
    if (isFreed) cut(this.#file(change.inode), 0);
  }

  #file(inode: number): FileDelta {
    let file = this.files.get(inode);
    if (!file) {
      file = { treeLimit: Number.POSITIVE_INFINITY, blocks: new Map(), ranges: new Map() };
      this.files.set(inode, file);
    }
    return file;
  }
}

function cut(file: FileDelta, from: number): void {
  file.treeLimit = Math.min(file.treeLimit, from);
  for (const blocks of [file.blocks, file.ranges])
    for (const block of blocks.keys()) if (block >= from) blocks.delete(block);
}

function applyBlock(file: FileDelta, change: { block: number; address: Address }): void {
  file.ranges.delete(change.block);
  file.blocks.set(change.block, change.address.log === 0 ? HOLE : change.address);
}
