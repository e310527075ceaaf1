import { assert } from "@/lib/std/assert";
import type { Limits } from "../limits";
import { type Address, BLOCK_UNITS, checksum, HOLE, type Place, UNIT_BYTES } from "../log/format";
import { ENTRY_WORDS, FRAME_FLAG, FRAME_KIND, type NodeChange } from "../log/frame";
import { FrameBuilder, type FrameFacts } from "../log/frame-builder";
import type { PublishedHead } from "../log/head-cell";
import type { LogWriter } from "../log/log-writer";
import type { CachedBlock } from "./block-cache";
import { type Changes, sortChanges, sortForCheckpoint } from "./changes";
import { placeCheckpoint } from "./checkpoint";
import { freedInode, toInodeChange } from "./inode";
import type { WordRanges } from "./ranges";
import type { VolumeState } from "./volume-state";

// A clock that goes back by more is noted: for a while its times name two states.
const CLOCK_STEP_MICROS = 1_000_000;

interface CommitNote {
  readonly micros: number;
  readonly flags: number;
  readonly moments: number;
  readonly clockMicros: number;
}

export interface CommitterOptions {
  readonly state: VolumeState;
  readonly writer: LogWriter;
  readonly limits: Limits;
  readonly head: PublishedHead;
  /** Frames and their bytes that opening at this head had to replay. */
  readonly sinceCheckpoint: number;
  readonly deltaBytes: number;
}

/** Turns what changed in a state into appends. After an error of the disk it must not be used again. */
export class Committer {
  readonly #state: VolumeState;
  readonly #writer: LogWriter;
  readonly #limits: Limits;
  readonly #builder = new FrameBuilder();
  #head: PublishedHead;
  #sinceCheckpoint: number;
  #deltaBytes: number;
  /** As the last commit left it. */
  #inodeLimit: number;
  /** Commit frames of this writer since the one that listed those before it, that one first. */
  #unindexed: Place[] = [];
  #isProven = true;

  constructor(options: CommitterOptions) {
    this.#state = options.state;
    this.#writer = options.writer;
    this.#limits = options.limits;
    this.#head = options.head;
    this.#sinceCheckpoint = options.sinceCheckpoint;
    this.#deltaBytes = options.deltaBytes;
    this.#inodeLimit = options.state.files.limit;
  }

  get head(): PublishedHead {
    return this.#head;
  }

  commit(nowMicros: number, isMoment: boolean): PublishedHead {
    const commit = this.#head.commit + 1;
    const note = this.#noteOf(nowMicros, isMoment);
    const { micros, moments } = note;
    const { files, nameless } = this.#state;
    for (const inode of nameless) files.freeNameless(inode);
    this.#state.nameless = [];
    this.#writer.begin(commit, micros);
    const place = this.#isCheckpointDue() ? this.#appendCheckpoint(commit, note) : this.#appendFrame(commit, note);
    this.#writer.seal(place);
    this.#writer.endCommit();
    this.#isProven = false;
    this.#forgetChanges();
    const { mappedBlocks } = this.#state.map;
    this.#head = { commit, micros, mappedBlocks, moments, segment: place.segment, unit: place.unit };
    this.#inodeLimit = files.limit;
    return this.#head;
  }

  /** Writes dirty blocks ahead of their commit, so that memory stays bounded. */
  spill(nowMicros: number): void {
    this.#writer.begin(this.#head.commit + 1, nowMicros);
    this.#spill(sortChanges(this.#state, true));
  }

  /** An empty frame proves the one before it, once. Not amid a commit: its spilled blocks would lie before that frame. */
  prove(): void {
    if (this.#isProven || this.#writer.isInCommit) return;
    this.#builder.begin();
    const place = this.#writer.end;
    const { commit, micros, mappedBlocks, moments } = this.#head;
    const facts = this.#facts(place, commit, { micros, moments, flags: FRAME_FLAG.idle, clockMicros: 0 });
    // The head's own figures: the state may have changes that are not committed.
    const asCommitted = { ...facts, mappedBlocks, inodeLimit: this.#inodeLimit };
    this.#writer.append([this.#builder.finish(asCommitted, 0)]);
    this.#writer.seal(place);
    this.#isProven = true;
  }

  /** What a commit says of itself besides its changes. */
  #noteOf(nowMicros: number, isMoment: boolean): CommitNote {
    const { micros, moments } = this.#head;
    const isBack = nowMicros < micros - CLOCK_STEP_MICROS;
    return {
      micros: Math.max(nowMicros, micros + 1),
      flags: (isMoment ? FRAME_FLAG.moment : 0) | (isBack ? FRAME_FLAG.clockBack : 0),
      moments: moments + (isMoment ? 1 : 0),
      clockMicros: isBack ? nowMicros : 0,
    };
  }

  #isCheckpointDue(): boolean {
    const { cache, map } = this.#state;
    return (
      this.#sinceCheckpoint >= this.#limits.checkpointFrames ||
      this.#deltaBytes >= this.#limits.deltaBytes ||
      cache.pending.size >= this.#limits.pendingBlocks ||
      map.dirtyNodes.size >= this.#limits.dirtyNodes
    );
  }

  #appendFrame(commit: number, note: CommitNote): Place {
    const changes = sortChanges(this.#state, false);
    const place = this.#writer.end;
    this.#builder.begin();
    this.#addFiles();
    const blockCount = this.#countEntries(changes);
    const rangeWords = changes.ranged.reduce((sum, { ranges }) => sum + wordsOf(ranges), 0);
    const indexWords = this.#isIndexDue() ? this.#unindexed.length * ENTRY_WORDS.frame : 0;
    const bodyUnits = this.#builder.unitsWith(blockCount * ENTRY_WORDS.block + rangeWords + indexWords);
    this.#place(changes, place, place.unit + bodyUnits);
    this.#addBlocks();
    this.#addRanges(changes);
    this.#addIndex(place);
    this.#markPending(changes);
    this.#sinceCheckpoint++;
    const body = this.#builder.finish(this.#facts(place, commit, note), changes.whole.length * BLOCK_UNITS);
    assert(body.length === bodyUnits * UNIT_BYTES, "a frame is as long as was planned");
    this.#deltaBytes += body.length;
    const buffers: Uint8Array[] = [body];
    for (const block of changes.whole) buffers.push(block.page.bytes);
    this.#writer.append(buffers);
    this.#settle(changes);
    return place;
  }

  #appendCheckpoint(commit: number, note: CommitNote): Place {
    this.#spill(sortForCheckpoint(this.#state));
    const { end } = this.#writer;
    const run = placeCheckpoint(this.#state, { ...end, unit: end.unit + 1 });
    this.#appendRun(run.pages);
    this.#builder.begin();
    this.#addFiles();
    this.#addBlocks();
    for (const change of run.tableBlocks) this.#builder.addBlock(change);
    this.#addNodes(run.nodes);
    this.#sinceCheckpoint = 0;
    this.#deltaBytes = 0;
    this.#unindexed = [];
    const place = this.#writer.end;
    const { root, height } = this.#state.table;
    const facts = this.#facts(place, commit, { ...note, flags: note.flags | FRAME_FLAG.checkpoint });
    this.#writer.append([this.#builder.finish({ ...facts, tableRoot: root, tableHeight: height }, 0)]);
    return place;
  }

  #spill(changes: Changes): void {
    const { end } = this.#writer;
    this.#place(changes, end, end.unit + 1);
    this.#appendRun(changes.whole.map((block) => block.page.bytes));
    this.#settle(changes);
  }

  /** Blocks or nodes ahead of their frame, after a header that says how many. */
  #appendRun(pages: readonly Uint8Array[]): void {
    if (pages.length === 0) return;
    this.#builder.begin();
    const { commit, micros, moments } = this.#head;
    const note = { micros, moments, flags: 0, clockMicros: 0 };
    const facts = { ...this.#facts(this.#writer.end, commit + 1, note), kind: FRAME_KIND.run };
    this.#writer.append([this.#builder.finish(facts, pages.length * BLOCK_UNITS), ...pages]);
  }

  /** Tells the map where the blocks will lie: in the segment of `append` from `firstUnit` on, one after the other. */
  #place(changes: Changes, append: Place, firstUnit: number): void {
    const { log, segment } = append;
    let unit = firstUnit;
    for (const block of changes.whole) {
      this.#setAddress(block, { log, segment, unit, crc: checksum(block.page.bytes) });
      unit += BLOCK_UNITS;
    }
    for (const block of changes.holes) this.#setAddress(block, HOLE);
  }

  #setAddress(block: CachedBlock, address: Address): void {
    const replaced = this.#state.setAddress(this.#state.files.get(block.inode), block, address);
    this.#state.noteWritten(block.inode, block.index, { address, replaced });
    this.#state.cache.clearPending(block);
  }

  #addFiles(): void {
    const { files, cuts } = this.#state;
    for (const number of files.changed) {
      const inode = files.find(number);
      this.#builder.addInode(inode ? toInodeChange(inode) : freedInode(number));
    }
    for (const [inode, block] of cuts) this.#builder.addCut({ inode, block });
  }

  /** How many blocks the frame will list: those spilled before, and those of `changes` that are not among them. */
  #countEntries(changes: Changes): number {
    const { written } = this.#state;
    let count = 0;
    for (const blocks of written.values()) count += blocks.size;
    for (const block of changes.whole) if (!written.get(block.inode)?.has(block.index)) count++;
    for (const block of changes.holes) if (!written.get(block.inode)?.has(block.index)) count++;
    return count;
  }

  #addBlocks(): void {
    for (const blocks of this.#state.written.values())
      for (const change of blocks.values()) this.#builder.addBlock(change);
  }

  #addNodes(nodes: readonly NodeChange[]): void {
    for (const node of nodes) this.#builder.addNode(node);
    for (const node of this.#state.map.dropped) this.#builder.addDropped(node);
    this.#state.map.dropped = [];
  }

  #addRanges(changes: Changes): void {
    for (const { block, ranges } of changes.ranged) {
      const at = { inode: block.inode, block: block.index };
      for (let i = 0; i < ranges.length; i += 2) {
        const range = { from: (ranges[i] as number) * 4, to: (ranges[i + 1] as number) * 4 };
        this.#builder.addRange(at, block.page.bytes, range);
      }
    }
  }

  #isIndexDue(): boolean {
    return this.#unindexed.length >= this.#limits.indexedFrames;
  }

  /** Lists the frames since the last one that did so, itself included. */
  #addIndex(place: Place): void {
    if (this.#isIndexDue()) {
      for (const frame of this.#unindexed) this.#builder.addFrame(frame);
      this.#unindexed = [];
    }
    this.#unindexed.push(place);
  }

  #markPending(changes: Changes): void {
    const { cache, files } = this.#state;
    for (const { block } of changes.ranged) {
      if (block.pending) continue;
      this.#state.countPending(files.get(block.inode), block);
      cache.setPending(block);
    }
  }

  #settle(changes: Changes): void {
    const { cache, files } = this.#state;
    for (const block of cache.dirty) if (!block.gone) cache.settle(files.get(block.inode).blocks, block);
    cache.dirty = [];
    for (const block of changes.whole) cache.settle(files.get(block.inode).blocks, block);
  }

  #forgetChanges(): void {
    this.#state.files.changed.clear();
    this.#state.cuts.clear();
    this.#state.written.clear();
  }

  // Field by field: spreading objects here cost more than all the rest of a small frame.
  #facts(place: Place, commit: number, note: CommitNote): FrameFacts {
    return {
      place,
      commit,
      micros: note.micros,
      flags: note.flags,
      moments: note.moments,
      clockMicros: note.clockMicros,
      kind: FRAME_KIND.commit,
      salt: this.#writer.salt,
      ordinal: this.#writer.ordinal,
      previous: this.#writer.lastFrame,
      sinceCheckpoint: this.#sinceCheckpoint,
      mappedBlocks: this.#state.map.mappedBlocks,
      inodeLimit: this.#state.files.limit,
      tableHeight: 0,
      tableRoot: HOLE,
    };
  }
}

/** What a block's ranges take in a frame: an entry and its bytes for each. */
function wordsOf(ranges: WordRanges): number {
  let words = (ranges.length / 2) * ENTRY_WORDS.range;
  for (let i = 0; i < ranges.length; i += 2) words += (ranges[i + 1] as number) - (ranges[i] as number);
  return words;
}
