import { isSamePlace } from "../diff/tree-reader";
import { type Address, BLOCK_BYTES, isHole, type Place, toUnits } from "../log/format";
import { FRAME_FLAG, FRAME_KIND, type FrameHeader, isCheckpoint, isClockBack, isIdle } from "../log/frame";
import { visitFrame } from "../log/frame-reader";
import type { Frame } from "../log/log-reader";
import type { SegmentHeader } from "../log/segment-header";
import type { SegmentFollower } from "./check-index";
import type { CheckReader } from "./check-reader";
import type { Finding } from "./finding";

/** What later checks need of a commit or root. */
export interface ScannedCommit {
  readonly commit: number;
  readonly micros: number;
  readonly moments: number;
  readonly place: Place;
}

export interface LogScan {
  /** Ascending. Of segments from which something was collected only what is left. */
  readonly commits: readonly ScannedCommit[];
  /** Where segments end; what lies after does not exist. Strays are not among them. */
  readonly ends: ReadonlyMap<number, number>;
}

export interface ScanParts {
  readonly reader: CheckReader;
  readonly findings: Finding[];
  readonly volumeId: string | undefined;
  /** Nobody needs the unit; it may be off the disk. */
  isFreed(segment: number, unit: number): boolean;
  /** Otherwise later segments may be gone, and with them what sealed the last one. */
  readonly isLiving: boolean;
  /** Hears what is read of a segment. */
  follow?(segment: number): SegmentFollower | undefined;
}

/** Reads all frames of a log in their order and checks each against the one before. */
export function scanLog(parts: ScanParts, log: number, segments: readonly number[]): LogScan {
  return new LogScanner(parts, log).scan(segments);
}

interface Header {
  readonly segment: number;
  readonly header: SegmentHeader;
}

class LogScanner {
  readonly #parts: ScanParts;
  readonly #log: number;
  readonly #commits: ScannedCommit[] = [];
  readonly #ends = new Map<number, number>();
  #follower: SegmentFollower | undefined;
  /** Every frame of the segment was met. */
  #isWhole = true;
  /** The frame before, in an unbroken row of frames. */
  #last: FrameHeader | undefined;
  /** Commit frames since the root or checkpoint, when all of them were met. */
  #recent: Place[] | undefined;

  constructor(parts: ScanParts, log: number) {
    this.#parts = parts;
    this.#log = log;
  }

  scan(segments: readonly number[]): LogScan {
    const headers = this.#readHeaders(segments);
    for (const [at, { segment, header }] of headers.entries()) {
      this.#checkChain(header, headers[at - 1]);
      const next = headers[at + 1]?.header;
      const seal = next?.sealedSegment === segment ? next.sealedUnits : undefined;
      const isLast = at === headers.length - 1;
      this.#ends.set(segment, this.#scanSegment(segment, { seal, isLast }));
    }
    return { commits: this.#commits, ends: this.#ends };
  }

  #scanSegment(segment: number, { seal, isLast }: { seal: number | undefined; isLast: boolean }): number {
    const { reader, follow, isLiving } = this.#parts;
    const fileUnits = toUnits(reader.segmentBytes(this.#log, segment));
    if (seal !== undefined && seal > fileUnits) this.#report("A segment ends before its seal.", segment, fileUnits);
    this.#follower = follow?.(segment);
    this.#isWhole = true;
    // The segment that sealed it may be gone as a whole.
    const knownEnd = seal ?? this.#follower?.endUnit;
    const isTail = isLast && (isLiving || knownEnd === undefined);
    const end = isTail ? this.#scanTail(segment, fileUnits) : this.#scanSealed(segment, knownEnd ?? fileUnits);
    this.#follower?.end(end, this.#isWhole);
    return end;
  }

  /** Of the segments that make up the log; a segment without a whole header that no later one seals is a writer's that was cut off. */
  #readHeaders(segments: readonly number[]): Header[] {
    const { reader } = this.#parts;
    const whole = segments.flatMap((segment) => {
      const header = reader.findSegmentHeader(this.#log, segment);
      return header ? [{ segment, header }] : [];
    });
    const sealed = new Set(whole.map(({ header }) => header.sealedSegment));
    for (const segment of segments) {
      if (whole.some((other) => other.segment === segment)) continue;
      const next = whole.find((other) => other.segment > segment);
      // A stray was never sealed: the next segment names one before it.
      if (next ? next.header.sealedSegment >= segment : this.#hasLaterCommits(segment))
        this.#report("A segment's header is damaged.", segment, 0);
    }
    return whole.filter(
      ({ segment }, at) => at === whole.length - 1 || sealed.has(segment) || this.#isAfterGap(whole, at),
    );
  }

  /** The segment that sealed it is gone as a whole. */
  #isAfterGap(whole: readonly Header[], at: number): boolean {
    const next = whole[at + 1]?.header.sealedSegment ?? 0;
    return next > (whole[at]?.segment ?? 0) && !whole.some(({ segment }) => segment === next);
  }

  #hasLaterCommits(segment: number): boolean {
    const end = toUnits(this.#parts.reader.segmentBytes(this.#log, segment));
    for (let unit = 1; unit < end; unit++) {
      const header = this.#parts.reader.findUnvouchedFrame({ log: this.#log, segment, unit })?.header;
      if (header && header.kind !== FRAME_KIND.run && header.ordinal > 0) return true;
    }
    return false;
  }

  #checkChain(header: SegmentHeader, before: Header | undefined): void {
    const { segment, sealedSegment, lastFrame } = header;
    if (before && sealedSegment > before.segment) this.#breakRow();
    const last = this.#last;
    if (!last) return;
    if (!isSamePlace(lastFrame, last.place))
      this.#report("A segment's header names another frame as the last one before it.", segment, 0);
    if (header.firstCommit !== last.commit + 1)
      this.#report(`A segment begins with commit ${header.firstCommit} after commit ${last.commit}.`, segment, 0);
  }

  #scanSealed(segment: number, end: number): number {
    let unit = 1;
    for (let ordinal = 0; unit < end; ) {
      const frame = this.#parts.reader.findFrame({ log: this.#log, segment, unit });
      if (!frame) {
        unit = this.#skip(segment, unit, end);
        continue;
      }
      const { kind, units, ordinal: found } = frame.header;
      if (kind !== FRAME_KIND.run) {
        this.#note(frame, ordinal);
        ordinal = found + 1;
      }
      unit += units;
    }
    if (unit > end) this.#report("A commit goes on past the seal of its segment.", segment, end);
    return end;
  }

  /** Past what is no frame, to the next one or to the segment's end. What follows a hole may be anything. */
  #skip(segment: number, from: number, end: number): number {
    if (!this.#parts.isFreed(segment, from)) this.#report("A commit record is damaged.", segment, from);
    this.#breakRow();
    let unit = from + 1;
    while (unit < end && !this.#parts.reader.findFrame({ log: this.#log, segment, unit })) unit++;
    return unit;
  }

  /** The segment that was written last: its last frame, with the blocks of it, may have been torn. */
  #scanTail(segment: number, fileUnits: number): number {
    const { reader } = this.#parts;
    let unnoted: Place | undefined;
    let ordinal = 0;
    let unit = 1;
    for (;;) {
      const header = reader.findFrame({ log: this.#log, segment, unit })?.header;
      if (!header || (header.kind !== FRAME_KIND.run && header.ordinal !== ordinal)) break;
      unit += header.units;
      if (header.kind === FRAME_KIND.run) continue;
      // Another frame follows it, so it was behind a barrier.
      if (unnoted) this.#noteAt(unnoted, ordinal - 1);
      unnoted = header.place;
      ordinal++;
    }
    if (unnoted && this.#isFrameWhole(unnoted)) this.#noteAt(unnoted, ordinal - 1);
    if (this.#hasLater({ log: this.#log, segment, unit }, fileUnits, ordinal)) {
      this.#report("A commit record is damaged: a later one is whole.", segment, unit);
      this.#breakRow();
    }
    const last = this.#last;
    return last?.place.segment === segment ? last.place.unit + last.units : 1;
  }

  #hasLater(from: Place, end: number, ordinal: number): boolean {
    for (let unit = from.unit; unit < end; unit++) {
      const header = this.#parts.reader.findFrame({ ...from, unit })?.header;
      if (header && header.kind !== FRAME_KIND.run && header.ordinal > ordinal) return true;
    }
    return false;
  }

  #isFrameWhole(place: Place): boolean {
    const { reader } = this.#parts;
    const frame = reader.findFrame(place);
    if (!frame || isIdle(frame.header)) return frame !== undefined;
    const addresses: Address[] = [];
    visitFrame(frame.header, frame.body, {
      block: ({ address }) => addresses.push(address),
      node: ({ address }) => addresses.push(address),
    });
    const page = Buffer.alloc(BLOCK_BYTES);
    return addresses.every((address) => isHole(address) || reader.readBlock(address, page));
  }

  #noteAt(place: Place, ordinal: number): void {
    const frame = this.#parts.reader.findFrame(place);
    if (frame) this.#note(frame, ordinal);
  }

  /** Checks a frame against the one before it and remembers it. */
  #note(frame: Frame, ordinal: number): void {
    const { header } = frame;
    const { segment, unit } = header.place;
    for (const message of this.#contradictions(header, ordinal)) this.#report(message, segment, unit);
    this.#follower?.frame(frame);
    if (!isIdle(header)) {
      this.#checkList(frame);
      const { commit, micros, moments, place } = header;
      this.#commits.push({ commit, micros, moments, place });
    }
    this.#last = header;
  }

  *#contradictions(header: FrameHeader, ordinal: number): Generator<string> {
    const last = this.#last;
    if (header.ordinal !== ordinal && last) yield `A commit record counts ${header.ordinal} instead of ${ordinal}.`;
    if (header.kind === FRAME_KIND.root && (header.place.segment !== 1 || header.place.unit !== 1))
      yield "A root lies where no log begins.";
    if (!last) return;
    if (!isSamePlace(header.previous, last.place)) yield "A commit record names another one as the one before it.";
    if (isIdle(header)) yield* idleContradictions(header, last);
    else yield* commitContradictions(header, last);
  }

  /** A list of frames has those just before, without a gap. */
  #checkList({ header, body }: Frame): void {
    const { segment, unit } = header.place;
    const recent = this.#recent;
    const startsOver = isCheckpoint(header) || header.kind === FRAME_KIND.root;
    const listed: Place[] = [];
    if (header.kind !== FRAME_KIND.root) visitFrame(header, body, { frame: (place) => listed.push(place) });
    const before = recent?.slice(Math.max(0, recent.length - listed.length)) ?? listed;
    if (!(before.length === listed.length && listed.every((place, at) => isSamePlace(place, before[at] as Place))))
      this.#report("A commit record lists other frames than those before it.", segment, unit);
    if (startsOver) this.#recent = [];
    else recent?.push(header.place);
  }

  /** What follows cannot be compared with what was before. */
  #breakRow(): void {
    this.#isWhole = false;
    this.#last = undefined;
    this.#recent = undefined;
  }

  #report(message: string, segment: number, unit: number): void {
    const { findings, volumeId } = this.#parts;
    findings.push({ kind: unit === 0 ? "segment" : "frame", message, volumeId, log: this.#log, segment, unit });
  }
}

function* idleContradictions(header: FrameHeader, last: FrameHeader): Generator<string> {
  const isSame = header.commit === last.commit && header.micros === last.micros && header.moments === last.moments;
  if (!isSame || header.mappedBlocks !== last.mappedBlocks)
    yield "An idle frame says something else than the commit before it.";
}

const CLOCK_STEP_MICROS = 1_000_000;

function* commitContradictions(header: FrameHeader, last: FrameHeader): Generator<string> {
  const { commit, micros, moments, clockMicros, sinceCheckpoint } = header;
  if (commit !== last.commit + 1) yield `Commit ${commit} follows commit ${last.commit}.`;
  if (micros <= last.micros) yield `The time of commit ${commit} is not later than that of the one before.`;
  const isMoment = (header.flags & FRAME_FLAG.moment) !== 0;
  if (moments !== last.moments + (isMoment ? 1 : 0))
    yield `Commit ${commit} counts ${moments} moments after ${last.moments}.`;
  const isStepRight = isClockBack(header) ? clockMicros < last.micros - CLOCK_STEP_MICROS : clockMicros === 0;
  if (!isStepRight) yield `Commit ${commit} says wrongly whether the clock went back.`;
  const due = isCheckpoint(header) ? 0 : last.sinceCheckpoint + 1;
  if (sinceCheckpoint !== due)
    yield `Commit ${commit} counts ${sinceCheckpoint} frames since the checkpoint instead of ${due}.`;
}
