import { BLOCK_UNITS, type Place, toUnits } from "../log/format";
import { FRAME_KIND, type FrameHeader, isClockBack, isIdle } from "../log/frame";
import { visitFrame } from "../log/frame-reader";
import type { Frame, LogReader } from "../log/log-reader";
import { FRAME_LEVEL, LINK_LEVEL } from "../log/segment-index";
import { IndexBuilder } from "./index-builder";
import type { Resume } from "./index-codec";
import type { IndexView } from "./index-view";
import { Interval, isLink } from "./interval";

const FIRST_UNIT = 1;
// A clock that goes on slowly after a step is no second one.
const CLOCK_STEP_MICROS = 1_000_000;
/** Blocks that a small commit names: one that names many takes as long as several. */
const ENTRIES_PER_FRAME = 32;

export interface SegmentPlace {
  readonly log: number;
  readonly segment: number;
}

interface SlotRun {
  readonly unit: number;
  readonly units: number;
}

/** Reads one segment frame by frame and collects its index. */
export class SegmentIngest {
  readonly #reader: LogReader;
  readonly #place: SegmentPlace;
  readonly #interval: Interval;
  readonly #builder: IndexBuilder;
  /** Where the next record lies. */
  #unit: number;
  /** Where the next commit begins; runs lie from there on. */
  #from: number;
  #frameUnit: number;
  /** Idle frames since the last commit with runs before them. */
  #idle: SlotRun[] = [];

  private constructor(
    of: { reader: LogReader; place: SegmentPlace; interval: Interval; builder: IndexBuilder },
    resume: Resume,
  ) {
    this.#reader = of.reader;
    this.#place = of.place;
    this.#interval = of.interval;
    this.#builder = of.builder;
    this.#unit = of.builder.facts.endUnit;
    this.#from = resume.fromUnit;
    this.#frameUnit = resume.frameUnit;
  }

  /** From the segment's first record. The interval is the log's before the segment. */
  static begin(reader: LogReader, of: SegmentPlace & { interval: Interval; unitsBefore: number }): SegmentIngest {
    const { log, segment, interval, unitsBefore } = of;
    const { commit = 0, moments = 0 } = interval.last ?? {};
    const counts = { endUnit: FIRST_UNIT, ownDeadUnits: 0, bornDeadUnits: 0 };
    const bases = { lastCommit: commit, baseCommit: commit, baseMoments: moments };
    const builder = new IndexBuilder({ log, segment, unitsBefore, ...counts, ...bases });
    return new SegmentIngest(
      { reader, place: { log, segment }, interval, builder },
      { frameUnit: 0, fromUnit: FIRST_UNIT },
    );
  }

  /** Goes on after what an index already has. */
  static resume(reader: LogReader, view: IndexView, resume: Resume): SegmentIngest {
    const place = { log: view.log, segment: view.segment };
    const interval = Interval.at(reader, { ...place, unit: resume.frameUnit });
    return new SegmentIngest({ reader, place, interval, builder: new IndexBuilder(view.facts, view) }, resume);
  }

  get segment(): number {
    return this.#place.segment;
  }
  get interval(): Interval {
    return this.#interval;
  }
  /** Where the next record lies, or would. */
  get unit(): number {
    return this.#unit;
  }
  /** From where reading can go on later; undefined when there is nothing yet to go on from, or it is amid a commit. */
  get resumeFrom(): Resume | undefined {
    const isBetween = this.#frameUnit > 0 && this.#from === this.#unit;
    return isBetween ? { frameUnit: this.#frameUnit, fromUnit: this.#from } : undefined;
  }

  view(): IndexView {
    return this.#builder.view();
  }

  /** Reads the next record. Answers how many small ones it is worth. */
  step(): number {
    const frame = this.#reader.getFrame({ ...this.#place, unit: this.#unit });
    const { header } = frame;
    this.#unit += header.units;
    if (header.kind !== FRAME_KIND.run) {
      this.#frameUnit = header.place.unit;
      if (isIdle(header)) this.#addIdle(header);
      else this.#addCommit(frame);
      this.#interval.apply(frame, (place, units, isLink) =>
        this.#builder.addDeath({ ...toPlace(place), units, commit: header.commit, isLink }),
      );
    }
    this.#builder.setEnd(this.#unit);
    return 1 + Math.floor((header.blocks + header.nodes) / ENTRIES_PER_FRAME);
  }

  /** The segment's end: runs that no commit followed were never alive. */
  seal(): IndexView {
    this.#addBornDead([...this.#idle], this.#builder.facts.lastCommit);
    this.#idle = [];
    return this.view();
  }

  #addIdle(header: FrameHeader): void {
    const run = { unit: header.place.unit, units: toUnits(header.bodyBytes) };
    this.#addFrameSlot(run, LINK_LEVEL);
    if (run.unit === this.#from) this.#from = this.#unit;
    else this.#idle.push(run);
  }

  #addCommit({ header, body }: Frame): void {
    const { commit, micros, moments, place } = header;
    const frame = { unit: place.unit, units: toUnits(header.bodyBytes) };
    const slots = this.#addSlots({ header, body });
    this.#addFrameSlot(frame, isLink(header) ? LINK_LEVEL : FRAME_LEVEL);
    this.#addBornDead([...this.#idle, ...slots, frame], commit);
    this.#idle = [];
    this.#addClockStep(header);
    this.#builder.addCommit({ commit, micros, moments, unit: place.unit, endUnit: this.#unit });
  }

  #addSlots({ header, body }: Frame): SlotRun[] {
    const slots: SlotRun[] = [];
    const add = (of: { inode: number; block: number; address: Place & { crc: number } }, level: number) => {
      const { unit, crc } = of.address;
      if (unit === 0) return;
      slots.push({ unit, units: BLOCK_UNITS });
      this.#builder.addSlot({ unit, units: BLOCK_UNITS, crc, inode: of.inode, block: of.block, level });
    };
    visitFrame(header, body, { block: (change) => add(change, 0), node: (change) => add(change, change.level) });
    return slots;
  }

  #addFrameSlot(run: SlotRun, level: number): void {
    this.#builder.addSlot({ ...run, crc: 0, inode: 0, block: 0, level });
  }

  /** Whatever lies between where the commit began and here, and is none of its slots. */
  #addBornDead(slots: SlotRun[], commit: number): void {
    let unit = this.#from;
    slots.sort((a, b) => a.unit - b.unit);
    for (const slot of [...slots, { unit: this.#unit, units: 0 }]) {
      if (slot.unit > unit) this.#builder.addBornDead({ unit, units: slot.unit - unit, commit });
      unit = slot.unit + slot.units;
    }
    this.#from = this.#unit;
  }

  /** Before the interval goes on: its last commit is still the one before. */
  #addClockStep(header: FrameHeader): void {
    const { last } = this.#interval;
    if (!last || !isClockBack(header)) return;
    const { commit, micros, clockMicros } = header;
    const isSameStep = last.clockMicros !== undefined && clockMicros >= last.clockMicros - CLOCK_STEP_MICROS;
    if (!isSameStep) this.#builder.addClockStep({ commit, micros, beforeMicros: last.micros, clockMicros });
  }
}

const toPlace = ({ log, segment, unit }: Place): Place => ({ log, segment, unit });
