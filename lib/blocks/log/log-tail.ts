import { VolumeError } from "../volume-error";
import { type Address, BLOCK_BYTES, type Place, toUnits } from "./format";
import { FRAME_KIND, type FrameHeader, isIdle } from "./frame";
import { visitFrame } from "./frame-reader";
import { damagedFrame, type Frame, type LogReader } from "./log-reader";

/** Where a log ends: its newest whole frame, and what the next writer must know. */
export interface LogTail {
  readonly head: FrameHeader;
  /** The segment that holds the end, and its end: what lies after does not exist. */
  readonly segment: number;
  readonly endUnit: number;
  /** Segment files after the end, or beside the chain: left behind by a writer that was cut off before its first commit. */
  readonly strays: readonly number[];
  /** Higher than every segment number ever seen in the log. */
  readonly nextSegment: number;
}

/** Undefined when the log has no whole first record: its creation was cut off. Throws when it is damaged. */
export function findLogTail(reader: LogReader, log: number, segments: readonly number[]): LogTail | undefined {
  const segment = segments.findLast((candidate) => reader.findSegmentHeader(log, candidate) !== undefined);
  for (const other of segments) if (segment === undefined || other > segment) refuseLostSegment(reader, log, other);
  if (segment === undefined) return undefined;
  const end = scanSegment(reader, log, segment);
  if (!end) return undefined;
  return {
    ...end,
    segment,
    strays: segments.filter((other) => other > segment),
    nextSegment: (segments.at(-1) ?? 0) + 1,
  };
}

interface SegmentEnd {
  head: FrameHeader;
  endUnit: number;
}

function scanSegment(reader: LogReader, log: number, segment: number): SegmentEnd | undefined {
  const scan = scanFrames(reader, log, segment);
  const last = scan.frames.at(-1);
  refuseDamage(reader, { log, segment, unit: scan.stoppedAt }, scan.frames.length);
  // A frame that another one follows was behind a barrier; only the last may have lost some of its blocks.
  const whole = last === undefined || isIdle(last) || areBlocksWhole(reader, reader.getFrame(last.place));
  if (last && whole) return { head: last, endUnit: last.place.unit + last.units };
  const before = scan.frames.at(-2);
  if (before) return { head: before, endUnit: before.place.unit + before.units };
  const lastFrame = reader.findSegmentHeader(log, segment)?.lastFrame;
  return lastFrame?.log ? { head: reader.getFrame(lastFrame).header, endUnit: 1 } : undefined;
}

interface Scan {
  /** Commit, idle and root frames in their order, without runs. */
  frames: FrameHeader[];
  stoppedAt: number;
}

function scanFrames(reader: LogReader, log: number, segment: number): Scan {
  const frames: FrameHeader[] = [];
  let unit = 1;
  for (;;) {
    const header = reader.findFrame({ log, segment, unit })?.header;
    if (!header || (header.kind !== FRAME_KIND.run && header.ordinal !== frames.length)) break;
    if (header.kind !== FRAME_KIND.run) frames.push(header);
    unit += header.units;
  }
  return { frames, stoppedAt: unit };
}

function areBlocksWhole(reader: LogReader, frame: Frame): boolean {
  const addresses: Address[] = [];
  visitFrame(frame.header, frame.body, {
    block: (change) => addresses.push(change.address),
    node: (change) => addresses.push(change.address),
  });
  const block = Buffer.alloc(BLOCK_BYTES);
  return addresses.every((address) => address.unit === 0 || reader.readBlock(address, block));
}

/**
 * Looks past the place where the frames stop. The frame due there may be torn, with its own blocks after it; but a frame
 * that counts further was written after the barrier of the one that is missing, so that one was damaged later.
 */
function refuseDamage(reader: LogReader, stop: Place, dueOrdinal: number): void {
  const end = toUnits(reader.segmentBytes(stop.log, stop.segment));
  for (let unit = stop.unit; unit < end; unit++) {
    const header = reader.findFrame({ ...stop, unit })?.header;
    if (header && header.kind !== FRAME_KIND.run && header.ordinal > dueOrdinal) throw damagedFrame(stop);
  }
}

/** A segment without a whole header is a writer's that was cut off, unless more than one commit followed in it. */
function refuseLostSegment(reader: LogReader, log: number, segment: number): void {
  const end = toUnits(reader.segmentBytes(log, segment));
  for (let unit = 1; unit < end; unit++) {
    const header = reader.findUnvouchedFrame({ log, segment, unit })?.header;
    if (header && header.kind !== FRAME_KIND.run && header.ordinal > 0)
      throw new VolumeError(
        "EIO",
        `The header of segment ${segment} of log ${log} is damaged. The volume cannot be opened.`,
      );
  }
}
