import type { ChangedRange } from "../history-types";
import { type Address, BLOCK_BYTES, checksum, isHole } from "../log/format";
import { INODES_PER_BLOCK } from "../volume/inode";
import { ChangedRanges } from "./changed-ranges";
import type { PendingRange } from "./root-delta";
import { changedBlocksOf, isNameless, type RootFile, type RootView } from "./root-view";
import { eachDifference, eachTreeBlock, isSamePlace } from "./tree-reader";

export interface DiffOptions {
  /** The volumes descend from one another or from a common one, so that a file's number means the same file. */
  readonly related: boolean;
}

/**
 * The blocks whose content differs between two roots, by path and block. A hole, what lies past a file's end and a file that
 * is not there are zeros; files without a name are not there. Paths are those of `to`, and of `from` for what is gone.
 *
 * In one lineage two files are the same when their number is the same and they have the same name in the same directory or a
 * block in common (now or at their map checkpoints): a renamed file is compared with itself, and a number that was freed and
 * given out again is told from it. What is left over, and all of volumes that are not related, is matched by path.
 *
 * Reads both roots' frames since their checkpoints, the parts of the inode tables and maps that differ, and the blocks whose
 * addresses differ although their checksums agree, or that have byte ranges over them.
 */
export function diffRoots(from: RootView, to: RootView, options: DiffOptions): ChangedRange[] {
  const changes = new Changes({ from, to });
  if (options.related) for (const inode of findCandidates({ from, to })) changes.addNumber(inode);
  else changes.addAll();
  return changes.finish();
}

interface Views {
  readonly from: RootView;
  readonly to: RootView;
}

/** A file on both sides; one of them may lack it. */
interface Pair {
  readonly from: RootFile | undefined;
  readonly to: RootFile | undefined;
  /** Set when a block is met that both have. */
  isShared: boolean;
}

const SIDES = ["from", "to"] as const;

class Changes {
  readonly #views: Views;
  readonly #ranges = new ChangedRanges();
  /** Files without a partner of the same number, by path. */
  readonly #left = new Map<string, Pair>();

  constructor(views: Views) {
    this.#views = views;
  }

  addNumber(inode: number): void {
    const from = findFile(this.#views.from, inode);
    const to = findFile(this.#views.to, inode);
    const pair = { from, to, isShared: from?.name === to?.name && from?.parent === to?.parent };
    const blocks = from && to ? [...eachChange(this.#views, pair)] : [];
    const path = pair.isShared && to && blocks.length > 0 ? this.#views.to.pathOf(to) : undefined;
    if (path !== undefined) this.#ranges.add(path, blocks);
    else if (!pair.isShared) for (const side of SIDES) this.#leave(side, pair[side]);
  }

  addAll(): void {
    for (const side of SIDES)
      for (const { inode } of this.#views[side].files()) this.#leave(side, findFile(this.#views[side], inode));
  }

  finish(): ChangedRange[] {
    for (const [path, pair] of this.#left) this.#ranges.add(path, eachChange(this.#views, pair));
    return this.#ranges.finish();
  }

  #leave(side: "from" | "to", file: RootFile | undefined): void {
    const path = file && this.#views[side].pathOf(file);
    if (path === undefined) return;
    const known = this.#left.get(path) ?? { from: undefined, to: undefined, isShared: false };
    this.#left.set(path, { ...known, [side]: file });
  }
}

function findFile(view: RootView, inode: number): RootFile | undefined {
  const file = view.find(inode);
  return file?.kind === "file" && !isNameless(file) ? file : undefined;
}

/** Numbers of files that may differ: those whose record lies in a block of the table that differs, or that a frame names. */
function findCandidates({ from, to }: Views): Set<number> {
  const candidates = new Set<number>();
  const tables = { a: from.table, b: to.table, isShared: false };
  for (const chunk of eachDifference({ a: from.nodes, b: to.nodes }, tables, Number.POSITIVE_INFINITY))
    for (let slot = 0; slot < INODES_PER_BLOCK; slot++) candidates.add(chunk * INODES_PER_BLOCK + slot);
  for (const { delta } of [from, to])
    for (const inodes of [delta.inodes, delta.files]) for (const inode of inodes.keys()) candidates.add(inode);
  return candidates;
}

/** The blocks of a file that differ, in their order. */
function* eachChange(views: Views, pair: Pair): Generator<number> {
  const { from, to } = pair;
  if (from && to) {
    const changed = [...changedBlocksOf(from), ...changedBlocksOf(to)].sort((a, b) => a - b);
    for (const block of mergeAscending(eachTreeChange(views, pair), changed))
      if (!isSameBlock(views, pair, block)) yield block;
    return;
  }
  const view = from ? views.from : views.to;
  const file = from ?? to;
  if (file) for (const { block } of view.blocks(file)) if (!isSameBlock(views, pair, block)) yield block;
}

/** Blocks whose addresses in the checkpoints' trees differ as far as these are still valid. */
function* eachTreeChange(views: Views, pair: Pair): Generator<number> {
  const { from, to } = pair;
  if (!from || !to) return;
  const limits = { from: limitOf(from), to: limitOf(to) };
  const common = Math.min(limits.from, limits.to);
  const trees = { a: from.tree, b: to.tree, isShared: false };
  yield* eachDifference({ a: views.from.nodes, b: views.to.nodes }, trees, common);
  pair.isShared ||= trees.isShared;
  for (const side of SIDES) {
    const span = { from: common, to: limits[side] };
    const file = pair[side];
    if (file) for (const { block } of eachTreeBlock(views[side].nodes, file.tree, span)) yield block;
  }
}

const limitOf = (file: RootFile): number => file.delta?.treeLimit ?? Number.POSITIVE_INFINITY;

/** A block as a root has it: an address, and byte ranges over it. */
interface BlockState {
  readonly address: Address;
  readonly ranges: readonly PendingRange[];
}

function isSameBlock(views: Views, pair: Pair, block: number): boolean {
  const a = stateOf(views.from, pair.from, block);
  const b = stateOf(views.to, pair.to, block);
  const isPlaceSame = isSamePlace(a.address, b.address);
  const [rangeOfA, rangeOfB] = [a.ranges[0], b.ranges[0]];
  const isRangeShared = rangeOfA !== undefined && rangeOfB !== undefined && isSameRange(rangeOfA, rangeOfB);
  if (isRangeShared || (isPlaceSame && !isHole(a.address))) pair.isShared = true;
  if (isPlaceSame && areSameRanges(a.ranges, b.ranges)) return true;
  const hasRanges = a.ranges.length > 0 || b.ranges.length > 0;
  if (!hasRanges && crcOf(a.address) !== crcOf(b.address)) return false;
  return readBlock(views.from, pair.from, block).equals(readBlock(views.to, pair.to, block));
}

function stateOf(view: RootView, file: RootFile | undefined, block: number): BlockState {
  return file ? { address: view.addressOf(file, block), ranges: view.rangesOf(file, block) } : NOTHING;
}

const ZEROS = Buffer.alloc(BLOCK_BYTES);
const CRC_OF_ZEROS = checksum(ZEROS);
const NOTHING: BlockState = { address: { log: 0, segment: 0, unit: 0, crc: 0 }, ranges: [] };
const crcOf = (address: Address): number => (isHole(address) ? CRC_OF_ZEROS : address.crc);

function readBlock(view: RootView, file: RootFile | undefined, block: number): Buffer {
  if (!file) return ZEROS;
  const content = Buffer.alloc(BLOCK_BYTES);
  view.readBlock(file, block, content);
  return content;
}

const areSameRanges = (a: readonly PendingRange[], b: readonly PendingRange[]): boolean =>
  a.length === b.length && a.every((range, index) => isSameRange(range, b[index] as PendingRange));

/** One frame says the same to whoever replays it. */
const isSameRange = (a: PendingRange, b: PendingRange): boolean =>
  isSamePlace(a.frame, b.frame) && a.from === b.from && a.bytes.length === b.bytes.length;

/** Both in ascending order; what comes twice is left out once. */
function* mergeAscending(stream: Iterator<number>, sorted: readonly number[]): Generator<number> {
  let next = stream.next();
  let last = -1;
  for (let at = 0; at < sorted.length || !next.done; ) {
    const isFromStream = !next.done && !(at < sorted.length && (sorted[at] as number) < next.value);
    const value = isFromStream ? (next.value as number) : (sorted[at] as number);
    if (isFromStream) next = stream.next();
    else at++;
    if (value !== last) yield value;
    last = value;
  }
}
