import { assert } from "@/lib/std/assert";
import { type Address, isHole, type Place } from "./format";
import { FRAME_KIND, type FrameHeader, isCheckpoint, isIdle } from "./frame";
import { visitFrame } from "./frame-reader";
import type { LogReader } from "./log-reader";

/** Everything needed to read a volume at one commit, without asking any ancestor. */
export interface ResolvedRoot {
  readonly commit: number;
  readonly micros: number;
  readonly mappedBlocks: number;
  readonly inodeLimit: number;
  /** The inode table's tree at the newest map checkpoint. */
  readonly tableHeight: number;
  readonly tableRoot: Address;
  /** The commit frames since then, oldest first, in whatever log they lie. */
  readonly frames: readonly Place[];
}

/**
 * Follows the links from a head back to the newest checkpoint or to the log's first record. Every few frames one lists those
 * before it, so that few are read even when the checkpoint is a thousand commits ago.
 */
export function resolveRoot(reader: LogReader, head: FrameHeader): ResolvedRoot {
  const newestFirst: Place[] = [];
  let frame = head;
  while (!isCheckpoint(frame) && frame.kind !== FRAME_KIND.root) {
    if (!isIdle(frame)) newestFirst.push(frame.place);
    const [oldest, ...others] = listFrames(reader, frame);
    newestFirst.push(...others.reverse());
    const before = oldest ?? frame.previous;
    assert(!isHole(before), "a commit frame names the frame before it");
    frame = reader.getFrame(before).header;
  }
  const first = listFrames(reader, frame);
  return {
    commit: head.commit,
    micros: head.micros,
    mappedBlocks: head.mappedBlocks,
    inodeLimit: head.inodeLimit,
    tableHeight: frame.tableHeight,
    tableRoot: frame.tableRoot,
    frames: [...first, ...newestFirst.reverse()],
  };
}

function listFrames(reader: LogReader, frame: FrameHeader): Place[] {
  const frames: Place[] = [];
  if (frame.frames === 0) return frames;
  const { header, body } = reader.getFrame(frame.place);
  visitFrame(header, body, { frame: (place) => frames.push(place) });
  return frames;
}
