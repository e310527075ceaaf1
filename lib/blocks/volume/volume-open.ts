import { assert } from "@/lib/std/assert";
import { BLOCK_BYTES, isHole } from "../log/format";
import { isCheckpoint, type RangeChange } from "../log/frame";
import { visitFrame } from "../log/frame-reader";
import type { Frame } from "../log/log-reader";
import type { ResolvedRoot } from "../log/resolved-root";
import { CachedBlock } from "./block-cache";
import { decodeInode, INODE_BYTES, INODES_PER_BLOCK } from "./inode";
import { makePage } from "./page";
import type { VolumeState } from "./volume-state";

/** Brings an empty state to the root: the inode table of its checkpoint, then every frame since. Answers their bytes. */
export function loadRoot(state: VolumeState, root: ResolvedRoot): number {
  loadTable(state, root);
  const ranges: RangesByBlock = new Map();
  let deltaBytes = 0;
  for (const place of root.frames) {
    const frame = state.reader.getFrame(place);
    assert(!isCheckpoint(frame.header), "a checkpoint is never replayed");
    replay(state, frame, ranges);
    deltaBytes += frame.header.bodyBytes;
  }
  loadPending(state, ranges);
  state.cuts.clear();
  state.nameless = state.files.index();
  assert(state.map.mappedBlocks === root.mappedBlocks, "the head's count of blocks equals the map's");
  return deltaBytes;
}

function loadTable(state: VolumeState, root: ResolvedRoot): void {
  state.table.height = root.tableHeight;
  state.table.root = root.tableRoot;
  const page = makePage();
  for (let chunk = 0; chunk * INODES_PER_BLOCK < root.inodeLimit; chunk++) {
    const address = state.map.find(state.table, chunk);
    if (isHole(address)) continue;
    state.readTable(chunk, address, page);
    for (let slot = 0; slot < INODES_PER_BLOCK; slot++) {
      const record = page.bytes.subarray(slot * INODE_BYTES, (slot + 1) * INODE_BYTES);
      const inode = decodeInode(chunk * INODES_PER_BLOCK + slot, record);
      if (!inode) continue;
      state.files.load(inode);
      state.map.mappedBlocks += inode.tree.mapped;
    }
  }
}

/** What frames changed in blocks that are in memory for it, oldest first. */
type RangesByBlock = Map<CachedBlock, Pick<RangeChange, "from" | "bytes">[]>;

function replay(state: VolumeState, frame: Frame, ranges: RangesByBlock): void {
  visitFrame(frame.header, frame.body, {
    cut: (cut) => state.applyCut(cut),
    inode: (change) => state.files.apply(change),
    block(change) {
      const inode = state.files.get(change.inode);
      const cached = inode.blocks.get(change.block) ?? new CachedBlock(change.inode, change.block, NO_PAGE);
      state.setAddress(inode, cached, change.address);
      if (cached.page !== NO_PAGE) state.cache.drop(inode.blocks, cached);
    },
    range: (change) => replayRange(state, change, ranges),
  });
}

// Stands in for a block that is not in memory; nothing is read from or written to it.
const NO_PAGE = makePage();

function replayRange(state: VolumeState, change: RangeChange, ranges: RangesByBlock): void {
  const inode = state.files.get(change.inode);
  assert(change.from + change.bytes.length <= BLOCK_BYTES, "a range lies within its block");
  const isFirst = !inode.blocks.has(change.block);
  const at = { inode: change.inode, index: change.block };
  const block = state.cache.addPending(inode.blocks, at, () => {});
  if (isFirst) state.countPending(inode, block);
  const ofBlock = ranges.get(block) ?? [];
  ranges.set(block, ofBlock);
  // The frame's bytes are the reader's own and are gone with the next frame.
  ofBlock.push({ from: change.from, bytes: Buffer.from(change.bytes) });
}

/** Last, and only what is pending still: the block below ranges that a later frame made superfluous may be collected. */
function loadPending(state: VolumeState, ranges: RangesByBlock): void {
  for (const [block, ofBlock] of ranges) {
    if (block.gone) continue;
    state.loadBlock(state.files.get(block.inode), block.index)(block.page);
    for (const { from, bytes } of ofBlock) block.page.bytes.set(bytes, from);
  }
}
