import { assert } from "@/lib/std/assert";
import { BLOCK_UNITS, isHole, NOWHERE, type Place, toUnits } from "../log/format";
import {
  type Cut,
  type DroppedNode,
  FRAME_KIND,
  type FrameHeader,
  isCheckpoint,
  isClockBack,
  isIdle,
} from "../log/frame";
import { visitFrame } from "../log/frame-reader";
import type { Frame, LogReader } from "../log/log-reader";
import { INODE_KIND } from "../volume/inode";
import { FileBlocks, placeName } from "./file-blocks";

/** Hears of the end of a slot: where it lies, how many units it takes, whether it is a frame that no fork is read through. */
export type DeathSink = (place: Place, units: number, isLink: boolean) => void;

/** A file since the checkpoint: from `end` on nothing of the checkpoint's tree is left; `blocks` are newer than that tree. */
interface FileOverlay {
  end: number;
  readonly blocks: Map<number, Place>;
}

interface FrameSlot extends Place {
  readonly units: number;
  readonly isLink: boolean;
}

/** What the newest commit said of itself. */
export interface LastCommit {
  readonly commit: number;
  readonly micros: number;
  readonly moments: number;
  readonly place: Place;
  /** What the clock said, when it had stepped back. */
  readonly clockMicros: number | undefined;
}

const ignore: DeathSink = () => {};

/**
 * A log between two map checkpoints, as far as it must be known to say which slots a commit is the end of: the checkpoint's
 * trees on the disk, what changed since, and the frames that the next checkpoint makes superfluous. Its memory is bounded by
 * what opening at that commit replays.
 */
export class Interval {
  readonly #reader: LogReader;
  #files = new Map<number, FileOverlay>();
  #base: FileBlocks;
  /** Frames that the log's first record lists, in whatever logs, as long as nothing has to be known of what they did. */
  #unread: readonly Place[] = [];
  #frames: FrameSlot[] = [];
  #last: LastCommit | undefined;

  private constructor(reader: LogReader) {
    this.#reader = reader;
    this.#base = new FileBlocks(reader, { height: 0, root: { ...NOWHERE, crc: 0 } });
  }

  /** Before the first record of a log. */
  static empty(reader: LogReader): Interval {
    return new Interval(reader);
  }

  /** After the frame at `place`: reads back to the checkpoint or root before it. */
  static at(reader: LogReader, place: Place): Interval {
    const newestFirst: Place[] = [];
    let header = reader.getFrame(place).header;
    while (!isCheckpoint(header) && header.kind !== FRAME_KIND.root) {
      newestFirst.push(header.place);
      header = reader.getFrame(header.previous).header;
    }
    const interval = new Interval(reader);
    if (header.kind === FRAME_KIND.root) interval.#begin(reader.getFrame(header.place));
    else interval.#rebase(header);
    interval.#add(header);
    for (const next of newestFirst.reverse()) interval.apply(reader.getFrame(next), ignore);
    return interval;
  }

  /** Undefined before the first record. */
  get last(): LastCommit | undefined {
    return this.#last;
  }

  /** Goes on over the next frame of the log (no run) and tells of every slot that it is the end of. Reads more than the frame. */
  apply(frame: Frame, onDeath: DeathSink): void {
    const { header } = frame;
    if (header.kind === FRAME_KIND.root) this.#begin(frame);
    else if (!isIdle(header)) this.#change(this.#afterUnread(frame), onDeath);
    if (isCheckpoint(header)) {
      for (const superfluous of this.#frames) onDeath(superfluous, superfluous.units, superfluous.isLink);
      this.#rebase(header);
    }
    this.#add(header);
  }

  #add(header: FrameHeader): void {
    this.#frames.push({ ...header.place, units: toUnits(header.bodyBytes), isLink: isLink(header) });
    if (!isIdle(header)) this.#last = toLast(header);
  }

  /** A log's first record: the frames it lists, in whatever logs, are its interval's first ones. */
  #begin({ header, body }: Frame): void {
    const places: Place[] = [];
    visitFrame(header, body, { frame: (place) => places.push(place) });
    this.#base = new FileBlocks(this.#reader, { height: header.tableHeight, root: header.tableRoot });
    this.#unread = places;
  }

  /**
   * A fork may have a thousand frames to begin with, and a thousand forks may be opened at once: they are read before the
   * first frame that ends more than what it names itself. The frame is then read again, since its body was the reader's.
   */
  #afterUnread(frame: Frame): Frame {
    if (this.#unread.length === 0 || !endsMoreThanItNames(frame)) return frame;
    this.#readUnread();
    return this.#reader.getFrame(frame.header.place);
  }

  /** What came after them stands, and cut nothing. */
  #readUnread(): void {
    const before = new Interval(this.#reader);
    before.#base = this.#base;
    for (const place of this.#unread) {
      const frame = this.#reader.getFrame(place);
      before.#change(frame, ignore);
      before.#frames.push({ ...place, units: toUnits(frame.header.bodyBytes), isLink: false });
    }
    for (const [inode, { blocks }] of this.#files)
      for (const [block, place] of blocks) before.#overlayOf(inode).blocks.set(block, place);
    this.#unread = [];
    this.#files = before.#files;
    this.#frames = [...before.#frames, ...this.#frames];
  }

  #change({ header, body }: Frame, onDeath: DeathSink): void {
    const dropped: DroppedNode[] = [];
    visitFrame(header, body, {
      cut: (cut) => this.#cut(cut, onDeath),
      inode: (change) => {
        if (change.kind === INODE_KIND.free) this.#cut({ inode: change.inode, block: 0 }, onDeath);
      },
      block: ({ inode, block, address, replaced }) => {
        if (!isHole(replaced)) onDeath(replaced, BLOCK_UNITS, false);
        this.#overlayOf(inode).blocks.set(block, address);
      },
      node: ({ replaced }) => {
        if (!isHole(replaced)) onDeath(replaced, BLOCK_UNITS, false);
      },
      dropped: (node) => dropped.push(node),
    });
    if (dropped.length > 0) this.#drop(dropped, onDeath);
  }

  #cut({ inode, block: from }: Cut, onDeath: DeathSink): void {
    const file = this.#overlayOf(inode);
    const span = { from, end: file.end };
    if (from < file.end)
      for (const { block, address } of this.#base.blocksOf(this.#base.treeOf(inode), span))
        if (!file.blocks.has(block)) onDeath(address, BLOCK_UNITS, false);
    for (const [block, place] of file.blocks) {
      if (block < from) continue;
      if (!isHole(place)) onDeath(place, BLOCK_UNITS, false);
      file.blocks.delete(block);
    }
    file.end = Math.min(file.end, from);
  }

  /** Found from the checkpoint's roots, since the list does not say how to check a node, nor which ones lie below others. */
  #drop(dropped: readonly DroppedNode[], onDeath: DeathSink): void {
    const names = new Map<number, Set<string>>();
    for (const node of dropped) {
      const ofInode = names.get(node.inode) ?? new Set();
      names.set(node.inode, ofInode.add(placeName(node)));
    }
    for (const [inode, ofInode] of names) {
      const missing = new Set(ofInode);
      const { end } = this.#overlayOf(inode);
      for (const place of this.#base.droppedNodes(this.#base.treeOf(inode), end, ofInode)) {
        onDeath(place, BLOCK_UNITS, false);
        missing.delete(placeName(place));
      }
      assert(missing.size === 0, "a dropped node was in its file's tree");
    }
  }

  /** A checkpoint's trees are the whole state. */
  #rebase(header: FrameHeader): void {
    this.#frames = [];
    this.#files.clear();
    this.#base = new FileBlocks(this.#reader, { height: header.tableHeight, root: header.tableRoot });
  }

  #overlayOf(inode: number): FileOverlay {
    const found = this.#files.get(inode);
    if (found) return found;
    const file = { end: Number.POSITIVE_INFINITY, blocks: new Map<number, Place>() };
    this.#files.set(inode, file);
    return file;
  }
}

/** Cuts, freed files and dropped nodes end what earlier frames wrote, and a checkpoint ends those frames. */
function endsMoreThanItNames({ header, body }: Frame): boolean {
  if (isCheckpoint(header) || header.cuts > 0 || header.dropped > 0) return true;
  let freesFile = false;
  visitFrame(header, body, {
    inode: ({ kind }) => {
      freesFile ||= kind === INODE_KIND.free;
    },
  });
  return freesFile;
}

/** A frame that only the log's own points are read through: a fork's first record lists all others that it needs. */
export const isLink = (header: FrameHeader): boolean =>
  header.kind === FRAME_KIND.root || isIdle(header) || isCheckpoint(header);

function toLast(header: FrameHeader): LastCommit {
  const { commit, micros, moments, place } = header;
  return { commit, micros, moments, place, clockMicros: isClockBack(header) ? header.clockMicros : undefined };
}
