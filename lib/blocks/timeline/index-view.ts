import { assert } from "@/lib/std/assert";
import { joinWords } from "../log/format";
import type { IndexedClockStep, IndexedCommit, IndexedDeath, IndexedSlot, SegmentIndex } from "../log/segment-index";
import { findRow, type IndexTable } from "./index-table";

/** What an index says of its segment besides its tables. */
export interface IndexFacts {
  readonly log: number;
  readonly segment: number;
  readonly lastCommit: number;
  readonly unitsBefore: number;
  readonly endUnit: number;
  readonly ownDeadUnits: number;
  readonly bornDeadUnits: number;
  /** Commits and moments are stored as what they exceed these by. */
  readonly baseCommit: number;
  readonly baseMoments: number;
}

export type TableName = "commits" | "slots" | "deaths" | "bornDead" | "clockSteps";
export type IndexTables = Readonly<Record<TableName, IndexTable>>;

/** In the order in which they lie in a file, with the words of a row. */
export const TABLES: readonly (readonly [TableName, number])[] = [
  ["commits", 6],
  ["slots", 5],
  ["deaths", 5],
  ["bornDead", 3],
  ["clockSteps", 7],
];

/** Columns, by the word of a row where they lie. Times are two words, low first. */
export const COMMIT = { commit: 0, unit: 1, endUnit: 2, micros: 3, moments: 5 } as const;
/** `extent`: units × 256 + level. */
export const SLOT = { unit: 0, extent: 1, crc: 2, inode: 3, block: 4 } as const;
/** `extent`: units × 2, and 1 for a link. */
export const DEATH = { log: 0, segment: 1, unit: 2, extent: 3, commit: 4 } as const;
export const BORN_DEAD = { unit: 0, units: 1, commit: 2 } as const;
export const CLOCK_STEP = { commit: 0, micros: 1, before: 3, clock: 5 } as const;

/** A segment's index on its tables: an entry becomes an object only when it is asked for. */
export class IndexView implements SegmentIndex {
  readonly facts: IndexFacts;
  readonly tables: IndexTables;

  constructor(facts: IndexFacts, tables: IndexTables) {
    this.facts = facts;
    this.tables = tables;
  }

  get log(): number {
    return this.facts.log;
  }
  get segment(): number {
    return this.facts.segment;
  }
  get lastCommit(): number {
    return this.facts.lastCommit;
  }
  get unitsBefore(): number {
    return this.facts.unitsBefore;
  }
  get endUnit(): number {
    return this.facts.endUnit;
  }
  get ownDeadUnits(): number {
    return this.facts.ownDeadUnits;
  }
  get bornDeadUnits(): number {
    return this.facts.bornDeadUnits;
  }
  get commitCount(): number {
    return this.tables.commits.count;
  }

  commitAt(position: number): IndexedCommit {
    const { words, width, count } = this.tables.commits;
    assert(position >= 0 && position < count, "a commit of the index");
    const at = position * width;
    return {
      commit: this.facts.baseCommit + word(words, at + COMMIT.commit),
      micros: pair(words, at + COMMIT.micros),
      unit: word(words, at + COMMIT.unit),
      endUnit: word(words, at + COMMIT.endUnit),
      moments: this.facts.baseMoments + word(words, at + COMMIT.moments),
    };
  }

  findCommit(commit: number): IndexedCommit | undefined {
    const { commits } = this.tables;
    const relative = commit - this.facts.baseCommit;
    const position = findRow(commits, (at) => word(commits.words, at + COMMIT.commit) >= relative);
    const found = position < commits.count ? this.commitAt(position) : undefined;
    return found?.commit === commit ? found : undefined;
  }

  findAtOrBefore(micros: number): IndexedCommit | undefined {
    const position = this.countAtOrBefore(micros);
    return position > 0 ? this.commitAt(position - 1) : undefined;
  }

  countAtOrBefore(micros: number): number {
    const { commits } = this.tables;
    return findRow(commits, (at) => pair(commits.words, at + COMMIT.micros) > micros);
  }

  birthOf(unit: number): number {
    const { commits } = this.tables;
    const position = findRow(commits, (at) => word(commits.words, at + COMMIT.endUnit) > unit);
    return position < commits.count ? this.commitAt(position).commit : this.facts.lastCommit;
  }

  *slots(): Generator<IndexedSlot> {
    const { words, width, count } = this.tables.slots;
    for (let at = 0; at < count * width; at += width) {
      const extent = word(words, at + SLOT.extent);
      yield {
        unit: word(words, at + SLOT.unit),
        units: extent >>> 8,
        crc: word(words, at + SLOT.crc),
        inode: word(words, at + SLOT.inode),
        block: word(words, at + SLOT.block),
        level: extent & 0xff,
      };
    }
  }

  *deaths(): Generator<IndexedDeath> {
    const { words, width, count } = this.tables.deaths;
    for (let at = 0; at < count * width; at += width)
      yield {
        log: word(words, at + DEATH.log),
        segment: word(words, at + DEATH.segment),
        unit: word(words, at + DEATH.unit),
        units: word(words, at + DEATH.extent) >>> 1,
        isLink: (word(words, at + DEATH.extent) & 1) === 1,
        commit: this.facts.baseCommit + word(words, at + DEATH.commit),
      };
  }

  *bornDead(): Generator<{ unit: number; units: number; commit: number }> {
    const { words, width, count } = this.tables.bornDead;
    for (let at = 0; at < count * width; at += width)
      yield {
        unit: word(words, at + BORN_DEAD.unit),
        units: word(words, at + BORN_DEAD.units),
        commit: this.facts.baseCommit + word(words, at + BORN_DEAD.commit),
      };
  }

  *clockSteps(): Generator<IndexedClockStep> {
    const { words, width, count } = this.tables.clockSteps;
    for (let at = 0; at < count * width; at += width)
      yield {
        commit: this.facts.baseCommit + word(words, at + CLOCK_STEP.commit),
        micros: pair(words, at + CLOCK_STEP.micros),
        beforeMicros: pair(words, at + CLOCK_STEP.before),
        clockMicros: pair(words, at + CLOCK_STEP.clock),
      };
  }
}

const word = (words: Uint32Array, at: number): number => words[at] as number;
const pair = (words: Uint32Array, at: number): number => joinWords(word(words, at), word(words, at + 1));
