import { UNIT_BYTES } from "../format";
import type { Damage } from "../history-types";
import type { LogReader } from "../log-reader";
import { type IndexedSlot, isFrameLevel, type SegmentIndex } from "../segment-index";

export interface ScrubPlace {
  readonly log: number;
  readonly segment: number;
}

/** What a scrub must be told of the store. Asked anew for every place, because the store goes on changing. */
export interface ScrubSource {
  /** The sealed segment after this one in a fixed order; the first when there is none. Tails of writers are left out. */
  next(after: ScrubPlace | undefined): ScrubPlace | undefined;
  /** Undefined when the segment is gone. */
  indexOf(place: ScrubPlace): SegmentIndex | undefined;
  /** Nobody needs the slot any more; also when the whole segment is gone. */
  isFreed(place: ScrubPlace, unit: number): boolean;
  /** Volumes whose log it is or that descend through it. */
  volumesOf(log: number): readonly string[];
  /** Where the file is at the head of a volume of that log, if it is still there. */
  pathOf(log: number, inode: number): string | undefined;
}

export interface ScrubParts {
  readonly reader: LogReader;
  readonly source: ScrubSource;
  /** The engine's time. */
  nowMicros(): number;
  /** Where an earlier run of the engine was. */
  readonly after?: ScrubPlace;
}

/** Reads a store from end to end, a slice at a time, and remembers what is damaged. A pass that is over is begun again. */
export class Scrub {
  readonly #parts: ScrubParts;
  readonly #found = new Map<string, Damage>();
  /** Damaged places that this pass has met: at its end all others have been mended or have gone. */
  #met = new Set<string>();
  #position: ScrubPlace | undefined;
  #isWholePass: boolean;
  #steps: Generator<number, void>;

  constructor(parts: ScrubParts) {
    this.#parts = parts;
    this.#position = parts.after;
    this.#isWholePass = parts.after === undefined;
    this.#steps = this.#pass();
  }

  /** The segment that was finished last; to be given as `after` when the engine starts again. */
  get position(): ScrubPlace | undefined {
    return this.#position;
  }

  /** Every damaged place once. */
  get damages(): readonly Damage[] {
    return [...this.#found.values()];
  }

  /** Reads so many bytes, and finishes what it is at. False when that was the end of a pass; the next call begins another. */
  scrubSlice(budgetBytes: number): boolean {
    for (let left = budgetBytes; left > 0; ) {
      const step = this.#steps.next();
      if (step.done) {
        this.#endPass();
        return false;
      }
      left -= step.value;
    }
    return true;
  }

  #endPass(): void {
    // A pass that began in the middle has not seen everything.
    if (this.#isWholePass) for (const key of this.#found.keys()) if (!this.#met.has(key)) this.#found.delete(key);
    this.#met = new Set();
    this.#isWholePass = true;
    this.#position = undefined;
    this.#steps = this.#pass();
  }

  *#pass(): Generator<number, void> {
    const { source } = this.#parts;
    for (let place = source.next(this.#position); place; place = source.next(place)) {
      yield* this.#segment(place);
      this.#position = place;
    }
  }

  *#segment(place: ScrubPlace): Generator<number, void> {
    const { reader, source } = this.#parts;
    const index = source.indexOf(place);
    if (!index) return;
    yield UNIT_BYTES;
    if (!isRight(() => reader.findSegmentHeader(place.log, place.segment) !== undefined)) this.#report(place, 0);
    for (const slot of index.slots()) {
      if (source.isFreed(place, slot.unit)) continue;
      yield slot.units * UNIT_BYTES;
      if (!this.#isWhole(place, slot)) this.#report(place, slot.unit, slot);
    }
  }

  #isWhole({ log, segment }: ScrubPlace, slot: IndexedSlot): boolean {
    const { reader } = this.#parts;
    const { unit, units, crc } = slot;
    if (isFrameLevel(slot.level)) return isRight(() => reader.findFrame({ log, segment, unit }) !== undefined);
    return isRight(() => reader.readBlock({ log, segment, unit, crc }, Buffer.alloc(units * UNIT_BYTES)));
  }

  #report(place: ScrubPlace, unit: number, slot?: IndexedSlot): void {
    const { source, nowMicros } = this.#parts;
    const { log, segment } = place;
    // It may have been freed while it was being read.
    if (source.isFreed(place, unit)) return;
    const key = `${log}/${segment}/${unit}`;
    this.#met.add(key);
    if (this.#found.has(key)) return;
    const isOfFile = slot !== undefined && !isFrameLevel(slot.level) && slot.inode !== 0;
    this.#found.set(key, {
      volumeIds: source.volumesOf(log),
      path: isOfFile ? unlessUnreadable(() => source.pathOf(log, slot.inode)) : undefined,
      block: isOfFile && slot.level === 0 ? slot.block : undefined,
      log,
      segment,
      unit,
      foundMicros: nowMicros(),
    });
  }
}

/** A disk that cannot read a place is damage of that place. */
const isRight = (check: () => boolean): boolean => unlessUnreadable(check) ?? false;

/** Undefined when the disk, or what lies on it, cannot be read. */
function unlessUnreadable<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (typeof (error as { code?: string }).code === "string") return undefined;
    throw error;
  }
}
