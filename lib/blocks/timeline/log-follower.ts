import { assert } from "@/lib/std/assert";
import type { Device } from "../device/device";
import type { Gap } from "../history-types";
import type { LogReader } from "../log/log-reader";
import { logPath, toIndexNumbers, toSegmentNumbers } from "../log/store-paths";
import { VolumeError } from "../volume-error";
import { encodeIndex, summarize } from "./index-codec";
import type { IndexFiles, StoredIndex } from "./index-files";
import type { IndexView } from "./index-view";
import { Interval, type LastCommit } from "./interval";
import { SegmentIngest } from "./segment-ingest";
import type { SegmentSummary } from "./segment-summary";

export interface FollowerOptions {
  readonly log: number;
  readonly device: Device;
  readonly storeDir: string;
  readonly reader: LogReader;
  readonly files: IndexFiles;
}

export interface FrameAt {
  readonly segment: number;
  readonly unit: number;
}

/** Follows one log: which of its segments are indexed, and how far the one that grows was read. */
export class LogFollower {
  readonly #options: FollowerOptions;
  /** Of sealed segments, by number. */
  readonly #sealed = new Map<number, SegmentSummary>();
  readonly #gaps = new Map<number, Gap[]>();
  #ascending: readonly SegmentSummary[] | undefined;
  #reading: SegmentIngest | undefined;
  /** The index of a segment that was open when it was written. */
  #unfinished: StoredIndex | undefined;
  /** The newest commit of what is sealed. */
  #last: LastCommit | undefined;
  /** How much of the segment that is read is durable in its index. */
  #savedUnit = 0;
  #isFinished = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
    const { device, storeDir, log } = options;
    const names = device.readdir(logPath(storeDir, log));
    const segments = new Set(toSegmentNumbers(names));
    for (const segment of toIndexNumbers(names))
      if (segments.has(segment) && this.#adopt(segment)) options.files.found({ log, segment });
  }

  /** Reads towards the frame at `head`, about `budget` records; true when more remains. */
  follow(head: FrameAt, budget: number): boolean {
    if (this.#isFinished) return false;
    for (let left = budget; ; ) {
      const reading = this.#reading ?? this.#next(head.segment);
      if (!reading || reading.segment > head.segment) return false;
      const end = reading.segment < head.segment ? this.#endOf(reading.segment) : head.unit + 1;
      while (reading.unit < end && left > 0) left -= reading.step();
      if (reading.unit < end) return true;
      if (reading.segment === head.segment) return false;
      this.#seal(reading, head.segment);
    }
  }

  /** The log's last segment never grows again. */
  finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    if (!this.#reading) return;
    const view = this.#reading.seal();
    this.#options.files.store(view, encodeIndex(view));
    this.#settle(this.#reading, view);
  }

  /** The newest commit that was read; undefined when all was indexed before. */
  get last(): LastCommit | undefined {
    return this.#reading?.interval.last ?? this.#last;
  }

  get segments(): readonly SegmentSummary[] {
    this.#ascending ??= [...this.#sealed.values()].sort((a, b) => a.segment - b.segment);
    const { open } = this;
    return open ? [...this.#ascending, summarize(open)] : this.#ascending;
  }

  /** The segment that is being read, whose index is not final. */
  get readingSegment(): number | undefined {
    return this.#reading?.segment;
  }

  /** The index of the segment that is being read, as it is now. */
  get open(): IndexView | undefined {
    return this.#reading?.view();
  }

  get gaps(): readonly Gap[] {
    const { open } = this;
    const sealed = [...this.#gaps].sort(([a], [b]) => a - b).flatMap(([, gaps]) => gaps);
    return open ? [...sealed, ...toGaps(open)] : sealed;
  }

  /** Segments in which the clock stepped back, and whose index could not be read when it was found. */
  get unreadSteps(): readonly number[] {
    const unread = [...this.#sealed.values()].filter(
      ({ segment, clockStepCount }) => clockStepCount > 0 && !this.#gaps.has(segment),
    );
    return unread.map(({ segment }) => segment);
  }

  findSealed(segment: number): SegmentSummary | undefined {
    return this.#sealed.get(segment);
  }

  /** Makes durable how far the open segment was read, so that a restart needs no record before. */
  saveOpen(): void {
    const resume = this.#reading?.resumeFrom;
    if (!this.#reading || !resume || this.#reading.unit === this.#savedUnit) return;
    const view = this.#reading.view();
    this.#options.files.replace(view, encodeIndex(view, resume));
    this.#savedUnit = this.#reading.unit;
  }

  /** Reads a sealed segment again whose index is lost. Throws a `VolumeError` when what that needs was collected. */
  rebuild({ segment, endUnit, unitsBefore }: SegmentSummary): IndexView {
    const ingest = this.#begin(segment, unitsBefore);
    while (ingest.unit < endUnit) ingest.step();
    const view = ingest.seal();
    const gaps = toGaps(view);
    if (gaps.length > 0) this.#gaps.set(segment, gaps);
    return view;
  }

  /** A segment that never grows again has an index that somebody else wrote. */
  replaced(segment: number): void {
    this.#leave(segment);
    this.#gaps.delete(segment);
    assert(this.#adopt(segment), "an index that was just written is whole");
  }

  removed(segment: number): void {
    this.#leave(segment);
    this.#sealed.delete(segment);
    this.#ascending = undefined;
    this.#gaps.delete(segment);
  }

  /** The last segment of a log without a volume is collected while it counts as open. */
  #leave(segment: number): void {
    if (this.#reading?.segment !== segment) return;
    this.#last = this.#reading.interval.last;
    this.#savedUnit = 0;
    this.#reading = undefined;
  }

  /** Takes over an index from the disk. */
  #adopt(segment: number): boolean {
    const { files, log } = this.#options;
    const header = files.readHeader({ log, segment });
    if (!header) return false;
    const { summary, resume } = header;
    const stored = resume || summary.clockStepCount > 0 ? files.readAny({ log, segment }) : undefined;
    if (resume) {
      this.#unfinished = stored;
      return true;
    }
    this.#sealed.set(segment, summary);
    this.#ascending = undefined;
    if (stored) this.#gaps.set(segment, toGaps(stored.view));
    return true;
  }

  /** Begins with the lowest segment without an index, up to the head's; undefined when there is none. */
  #next(headSegment: number, after?: SegmentIngest): SegmentIngest | undefined {
    const { reader, log } = this.#options;
    const isDue = (segment: number) => segment <= headSegment && !this.#sealed.has(segment);
    const segment = this.#listSegments().find((each) => isDue(each) && this.#isOfLog(each));
    if (segment === undefined) return undefined;
    if (this.#unfinished?.view.segment === segment) return this.#resume(this.#unfinished);
    const isInSequence = after && reader.findSegmentHeader(log, segment)?.sealedSegment === after.segment;
    this.#reading = this.#begin(segment, this.#unitsBefore(segment), isInSequence ? after.interval : undefined);
    return this.#reading;
  }

  #resume({ view, resume }: StoredIndex): SegmentIngest {
    assert(resume, "an unfinished index says where to go on");
    this.#unfinished = undefined;
    this.#reading = SegmentIngest.resume(this.#options.reader, view, resume);
    this.#savedUnit = this.#reading.unit;
    return this.#reading;
  }

  #listSegments(): number[] {
    const { device, storeDir, log } = this.#options;
    return toSegmentNumbers(device.readdir(logPath(storeDir, log)));
  }

  /** Without an interval, what was before the segment is read from the records that its header leads to. */
  #begin(segment: number, unitsBefore: number, known?: Interval): SegmentIngest {
    const { reader, log } = this.#options;
    const header = reader.findSegmentHeader(log, segment);
    if (!header) throw new VolumeError("EIO", `The header of segment ${segment} of log ${log} is damaged.`);
    const before = header.lastFrame;
    const interval = known ?? (before.log === 0 ? Interval.empty(reader) : Interval.at(reader, before));
    return SegmentIngest.begin(reader, { log, segment, interval, unitsBefore });
  }

  #unitsBefore(segment: number): number {
    let units = 0;
    for (const sealed of this.#sealed.values())
      if (sealed.segment < segment) units = Math.max(units, sealed.unitsBefore + sealed.endUnit);
    return units;
  }

  /** One without a whole header is a stray, whose writer never committed to it; unless a later one says where it ends. */
  #isOfLog(segment: number): boolean {
    const { reader, log } = this.#options;
    if (reader.findSegmentHeader(log, segment)) return true;
    if (this.#findEnd(segment) === undefined) return false;
    throw new VolumeError("EIO", `The header of segment ${segment} of log ${log} is damaged.`);
  }

  #endOf(segment: number): number {
    const end = this.#findEnd(segment);
    if (end !== undefined) return end;
    throw new VolumeError("EIO", `What follows segment ${segment} of log ${this.#options.log} is missing.`);
  }

  /** Where a segment that is not the last one ends, as the header of the one after it says. */
  #findEnd(segment: number): number | undefined {
    const { reader, log } = this.#options;
    for (const later of this.#listSegments()) {
      if (later <= segment) continue;
      const header = reader.findSegmentHeader(log, later);
      if (header?.sealedSegment === segment) return header.sealedUnits;
    }
    return undefined;
  }

  #seal(reading: SegmentIngest, headSegment: number): void {
    const view = reading.seal();
    const bytes = encodeIndex(view);
    // A restart could not make again what a durable index already stands for.
    if (this.#savedUnit > 0) this.#options.files.store(view, bytes);
    else this.#options.files.write(view, bytes);
    this.#settle(reading, view);
    this.#next(headSegment, reading);
  }

  #settle(reading: SegmentIngest, view: IndexView): void {
    this.#sealed.set(reading.segment, summarize(view));
    this.#ascending = undefined;
    const gaps = toGaps(view);
    if (gaps.length > 0) this.#gaps.set(reading.segment, gaps);
    this.#last = reading.interval.last;
    this.#savedUnit = 0;
    this.#reading = undefined;
  }
}

/** Nothing that the clock said twice names one commit. */
function toGaps(view: IndexView): Gap[] {
  return [...view.clockSteps()].map(({ commit, micros, beforeMicros, clockMicros }) => ({
    fromMicros: clockMicros,
    toMicros: beforeMicros,
    before: { commit: commit - 1, micros: beforeMicros },
    after: { commit, micros },
    cause: "clock",
  }));
}
