import { assert } from "@/lib/std/assert";
import { high32, low32 } from "../log/format";
import type { IndexedClockStep, IndexedCommit, IndexedDeath, IndexedSlot } from "../log/segment-index";
import { GrowingTable } from "./index-table";
import { type IndexFacts, type IndexTables, IndexView, TABLES, type TableName } from "./index-view";

/** Collects the index of a segment. Commits, deaths and born-dead runs are added in the order of their commits. */
export class IndexBuilder {
  readonly #first: IndexFacts;
  #lastCommit: number;
  #endUnit: number;
  #ownDeadUnits: number;
  #bornDeadUnits: number;
  readonly #tables = new Map<TableName, GrowingTable>();

  /** From the facts, or from an index to go on with. */
  constructor(facts: IndexFacts, from?: IndexView) {
    this.#first = facts;
    this.#lastCommit = facts.lastCommit;
    this.#endUnit = facts.endUnit;
    this.#ownDeadUnits = facts.ownDeadUnits;
    this.#bornDeadUnits = facts.bornDeadUnits;
    for (const [name, width] of TABLES) this.#tables.set(name, new GrowingTable(width, from?.tables[name]));
  }

  get facts(): IndexFacts {
    return {
      ...this.#first,
      lastCommit: this.#lastCommit,
      endUnit: this.#endUnit,
      ownDeadUnits: this.#ownDeadUnits,
      bornDeadUnits: this.#bornDeadUnits,
    };
  }

  setEnd(endUnit: number): void {
    this.#endUnit = endUnit;
  }

  addCommit({ commit, micros, unit, endUnit, moments }: IndexedCommit): void {
    const relativeMoments = moments - this.#first.baseMoments;
    this.#table("commits").add([this.#relative(commit), unit, endUnit, low32(micros), high32(micros), relativeMoments]);
    this.#lastCommit = Math.max(commit, this.#lastCommit);
  }

  addSlot({ unit, units, crc, inode, block, level }: IndexedSlot): void {
    assert(units < 1 << 24, "a slot's length fits");
    this.#table("slots").add([unit, units * 256 + level, crc, inode, block]);
  }

  /** Counts it too when it is of the log's own. */
  addDeath({ log, segment, unit, units, commit, isLink }: IndexedDeath): void {
    this.#table("deaths").add([log, segment, unit, units * 2 + (isLink ? 1 : 0), this.#relative(commit)]);
    if (log === this.#first.log) this.#ownDeadUnits += units;
  }

  addBornDead({ unit, units, commit }: { unit: number; units: number; commit: number }): void {
    this.#table("bornDead").add([unit, units, this.#relative(commit)]);
    this.#bornDeadUnits += units;
  }

  addClockStep({ commit, micros, beforeMicros, clockMicros }: IndexedClockStep): void {
    const times = [micros, beforeMicros, clockMicros].flatMap((time) => [low32(time), high32(time)]);
    this.#table("clockSteps").add([this.#relative(commit), ...times]);
  }

  /** The index as it is now; what is added later is not in it. */
  view(facts: IndexFacts = this.facts): IndexView {
    const tables = Object.fromEntries(TABLES.map(([name]) => [name, this.#table(name).snapshot()]));
    return new IndexView(facts, tables as unknown as IndexTables);
  }

  #table(name: TableName): GrowingTable {
    const table = this.#tables.get(name);
    assert(table, "every table is there");
    return table;
  }

  #relative(commit: number): number {
    const relative = commit - this.#first.baseCommit;
    assert(relative >= 0 && relative <= 0xffff_ffff, "a segment's commits fit 32 bits");
    return relative;
  }
}
