import { isHole } from "../log/format";
import type { CachedBlock } from "./block-cache";
import type { Page } from "./page";
import { findRanges, isZero, type WordRanges } from "./ranges";
import type { VolumeState } from "./volume-state";

/** How the dirty blocks are to be written. */
export interface Changes {
  readonly whole: CachedBlock[];
  readonly holes: CachedBlock[];
  readonly ranged: { block: CachedBlock; ranges: WordRanges }[];
  /** Written with what was there already. */
  readonly unchanged: CachedBlock[];
}

/** The dirty blocks, sorted. With `allWhole` none of them becomes byte ranges. */
export function sortChanges(state: VolumeState, allWhole: boolean): Changes {
  const changes: Changes = { whole: [], holes: [], ranged: [], unchanged: [] };
  for (const block of state.cache.dirty) if (!block.gone) sortBlock(state, block, { changes, allWhole });
  return changes;
}

/** The same with the pending blocks that are not dirty, as a map checkpoint wants it: nothing is left as byte ranges. */
export function sortForCheckpoint(state: VolumeState): Changes {
  const changes = sortChanges(state, true);
  for (const block of state.cache.pending) if (!block.dirty) changes.whole.push(block);
  return changes;
}

function sortBlock(state: VolumeState, block: CachedBlock, into: { changes: Changes; allWhole: boolean }): void {
  const { changes, allWhole } = into;
  const isKnownHole = !block.pending && isHoleNow(state, block);
  if (isZero(block.page.words)) (isKnownHole ? changes.unchanged : changes.holes).push(block);
  else if (allWhole) changes.whole.push(block);
  else if (!block.base && !isKnownHole) changes.whole.push(block);
  else sortByContent(block, isKnownHole ? undefined : block.base, changes);
}

function sortByContent(block: CachedBlock, base: Page | undefined, changes: Changes): void {
  const ranges: WordRanges = [];
  if (!findRanges(block.page.words, base?.words, ranges)) changes.whole.push(block);
  else if (ranges.length === 0) changes.unchanged.push(block);
  else changes.ranged.push({ block, ranges });
}

function isHoleNow(state: VolumeState, block: CachedBlock): boolean {
  return isHole(state.map.find(state.files.get(block.inode).tree, block.index));
}
