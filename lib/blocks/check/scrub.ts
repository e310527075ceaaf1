import type { Damage } from "../history-types";
import { UNIT_BYTES } from "../log/format";
import type { LogReader } from "../log/log-reader";
import { type IndexedSlot, isFrameLevel, type SegmentIndex } from "../log/segment-index";

export interface ScrubPlace {
  readonly log: number;
  readonly segment: number;
}

/** What a scrub must be told of the store. Asked anew for every place, because the store goes on changing. */
export interface ScrubSource {
  /** Every log is known, so that a pass which begins now reads everything. */
  isReady(): boolean;
  /** The sealed segment after this one in a fixed order; the first when there is none. Tails of writers are left out. */
  next(after: ScrubPlace | undefined): ScrubPlace | undefined;
  /** Undefined when the segment is gone; throws a `VolumeError` when it can no longer be told what is in it. */
  indexOf(place: ScrubPlace): SegmentIndex | undefined;
  /** Nobody needs the slot any more; also when the whole segment is gone. */
  isFreed(place: ScrubPlace, unit: number): boolean;
  /** Whose it is now, and which commit wrote it. */
  traceOf(place: ScrubPlace, unit: number): Trace;
  /** Where the file is at the head of the log's own volume or of one that descends through it, if it is still there. */
  pathOf(log: number, inode: number): string | undefined;
}

/** What becomes of a place while the store goes on: volumes are forked and deleted. */
export type Trace = Pick<Damage, "volumeIds" | "ownerId" | "commit" | "commitMicros">;

export interface ScrubParts {
  readonly reader: LogReader;
  readonly source: ScrubSource;
  /** The engine's time. */
  nowMicros(): number;
  /** Called once for each damaged place. */
  found?(damage: Damage): void;
}

/** A disk that is going has more than anybody reads: the rest is found when these are mended or gone. */
const PLACES_MAX = 1_000;

type Found = Omit<Damage, keyof Trace>;

/** Reads a store from end to end, a slice at a time, and remembers what is damaged. A pass that is over is begun again. */
export class Scrub {
  readonly #parts: ScrubParts;
  readonly #found = new Map<string, Found>();
  #isWholePass = false;
  #scrubbedMicros: number | undefined;
  #steps: Generator<number, void>;

  constructor(parts: ScrubParts) {
    this.#parts = parts;
    this.#steps = this.#pass();
  }

  /** Every damaged place once, with those whose it is now; without those that nobody needs any more. */
  get damages(): readonly Damage[] {
    const { source } = this.#parts;
    return [...this.#found.values()].filter((found) => !source.isFreed(found, found.unit)).map(this.#trace);
  }

  /** When the last pass ended that has read everything. */
  get scrubbedMicros(): number | undefined {
    return this.#scrubbedMicros;
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
    // One that began before every log was known may not have seen everything.
    if (this.#isWholePass) this.#scrubbedMicros = this.#parts.nowMicros();
    const { source } = this.#parts;
    for (const [key, found] of this.#found) if (source.isFreed(found, found.unit)) this.#found.delete(key);
    this.#steps = this.#pass();
  }

  *#pass(): Generator<number, void> {
    const { source } = this.#parts;
    this.#isWholePass = source.isReady();
    for (let place = source.next(undefined); place; place = source.next(place)) yield* this.#segment(place);
  }

  *#segment(place: ScrubPlace): Generator<number, void> {
    const { reader, source } = this.#parts;
    const met = new Set<string>();
    const report = (unit: number, slot?: IndexedSlot) => void met.add(this.#report(place, unit, slot));
    // Of what has no index nothing more can be said: it is damaged where it begins.
    const index = unlessUnreadable(() => source.indexOf(place) ?? "gone");
    if (index === "gone") return;
    yield UNIT_BYTES;
    const isHeaded = isRight(() => reader.findSegmentHeader(place.log, place.segment) !== undefined);
    if (!index || !isHeaded) report(0);
    if (!index) return;
    for (const slot of index.slots()) {
      if (source.isFreed(place, slot.unit)) continue;
      yield slot.units * UNIT_BYTES;
      if (!this.#isWhole(place, slot)) report(slot.unit, slot);
    }
    this.#forgetMended(place, met);
  }

  /** What a whole segment was read without meeting is in order, or nobody needs it. */
  #forgetMended({ log, segment }: ScrubPlace, met: ReadonlySet<string>): void {
    for (const [key, found] of this.#found)
      if (found.log === log && found.segment === segment && !met.has(key)) this.#found.delete(key);
  }

  #isWhole({ log, segment }: ScrubPlace, slot: IndexedSlot): boolean {
    const { reader } = this.#parts;
    const { unit, units, crc } = slot;
    if (isFrameLevel(slot.level)) return isRight(() => reader.findFrame({ log, segment, unit }) !== undefined);
    return isRight(() => reader.readBlock({ log, segment, unit, crc }, Buffer.alloc(units * UNIT_BYTES)));
  }

  /** The place's key. */
  #report(place: ScrubPlace, unit: number, slot?: IndexedSlot): string {
    const { source, nowMicros } = this.#parts;
    const { log, segment } = place;
    const key = `${log}/${segment}/${unit}`;
    // It may have been freed while it was being read.
    if (source.isFreed(place, unit) || this.#found.has(key) || this.#found.size >= PLACES_MAX) return key;
    const isOfFile = slot !== undefined && !isFrameLevel(slot.level) && slot.inode !== 0;
    const found: Found = {
      path: isOfFile ? unlessUnreadable(() => source.pathOf(log, slot.inode)) : undefined,
      block: isOfFile && slot.level === 0 ? slot.block : undefined,
      log,
      segment,
      unit,
      foundMicros: nowMicros(),
    };
    this.#found.set(key, found);
    this.#parts.found?.(this.#trace(found));
    return key;
  }

  #trace = (found: Found): Damage => ({ ...this.#parts.source.traceOf(found, found.unit), ...found });
}

/** A disk that cannot read a place is damage of that place. */
const isRight = (check: () => boolean): boolean => unlessUnreadable(check) ?? false;

/** Undefined when the disk, or what lies on it, cannot be read. */
export function unlessUnreadable<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (typeof (error as { code?: string }).code === "string") return undefined;
    throw error;
  }
}
