import { assert } from "@/lib/std/assert";
import type { CreatedRecord, Fact, MarkRecord } from "./journal-records";

/** The logs of living volumes that descend through a commit, by commit. */
export type Pins = ReadonlyMap<number, ReadonlySet<number>>;

const NO_PINS: Pins = new Map();
const NO_MARKS: ReadonlyMap<string, MarkRecord> = new Map();

/** What the journal says exists. It remembers deleted volumes too, whose logs and names their forks still need. */
export class Catalogue {
  readonly #living = new Map<string, CreatedRecord>();
  readonly #byLog = new Map<number, CreatedRecord>();
  /** Never stored: they follow from the paths of living volumes, so none can leak. */
  readonly #pins = new Map<number, Map<number, Set<number>>>();
  readonly #marks = new Map<number, Map<string, MarkRecord>>();
  /** How many marks a commit of a log has. */
  readonly #marked = new Map<number, Map<number, number>>();
  #highestLog = 0;

  apply(fact: Fact): void {
    if (fact.type === "created") this.#create(fact);
    else if (fact.type === "deleted") this.#delete(fact.log);
    else if (fact.type === "marks") for (const mark of fact.marks) this.apply(mark);
    else this.#mark(fact.log, fact.markId, fact.type === "mark" ? fact : undefined);
  }

  find(volumeId: string): CreatedRecord | undefined {
    return this.#living.get(volumeId);
  }

  get living(): readonly CreatedRecord[] {
    return [...this.#living.values()];
  }

  /** The volume that a log was made for, also when it is deleted. */
  findByLog(log: number): CreatedRecord | undefined {
    return this.#byLog.get(log);
  }

  isLiving(log: number): boolean {
    const volume = this.#byLog.get(log);
    return volume !== undefined && this.#living.get(volume.volumeId) === volume;
  }

  pinsOf(log: number): Pins {
    return this.#pins.get(log) ?? NO_PINS;
  }

  /** The newest commit of a log that a fork starts at or a mark keeps; 0 without one. */
  newestKnown(log: number): number {
    const commits = [...this.pinsOf(log).keys(), ...[...this.marksOf(log).values()].map(({ commit }) => commit)];
    return commits.reduce((newest, commit) => Math.max(newest, commit), 0);
  }

  marksOf(log: number): ReadonlyMap<string, MarkRecord> {
    return this.#marks.get(log) ?? NO_MARKS;
  }

  isMarked(log: number, commit: number): boolean {
    return this.#marked.get(log)?.has(commit) ?? false;
  }

  /** A number that no log had; a creation that was taken back does not give its number free while the store is open. */
  get nextLog(): number {
    return this.#highestLog + 1;
  }

  /** Something of a log with this number is still on the disk. */
  noteUsed(log: number): void {
    this.#highestLog = Math.max(this.#highestLog, log);
  }

  /** The volume's creation failed, and the journal no longer has it. */
  retract(record: CreatedRecord): void {
    this.#living.delete(record.volumeId);
    this.#byLog.delete(record.log);
    this.#unpin(record);
  }

  /** Volumes through which this one descends, oldest first. */
  ancestorsOf(volume: CreatedRecord): string[] {
    const ancestors: string[] = [];
    for (let source = this.#sourceOf(volume); source; source = this.#sourceOf(source))
      ancestors.unshift(source.volumeId);
    return ancestors;
  }

  /** Logs that a living volume owns or descends through: all others may go. */
  computeNeededLogs(): Set<number> {
    const needed = new Set<number>(this.#pins.keys());
    for (const volume of this.#living.values()) needed.add(volume.log);
    return needed;
  }

  /**
   * The fewest facts that say the same: living volumes and their marks, deleted ones through which they descend, and the newest
   * log, whose number is not given again.
   */
  toFacts(): Fact[] {
    const needed = new Set<CreatedRecord>();
    const newest = this.#byLog.get(this.#highestLog);
    for (const volume of [...this.#living.values(), ...(newest ? [newest] : [])])
      for (let at: CreatedRecord | undefined = volume; at && !needed.has(at); at = this.#sourceOf(at)) needed.add(at);
    return [...needed]
      .sort((a, b) => a.log - b.log)
      .flatMap((volume): Fact[] => {
        if (this.isLiving(volume.log)) return [volume, ...this.marksOf(volume.log).values()];
        return [volume, { type: "deleted", log: volume.log }];
      });
  }

  #create(record: CreatedRecord): void {
    assert(!this.#living.has(record.volumeId), "a volume is created once");
    this.#living.set(record.volumeId, record);
    this.#byLog.set(record.log, record);
    this.#highestLog = Math.max(this.#highestLog, record.log);
    for (const { log, commit } of record.path) {
      const pins = this.#pins.get(log) ?? new Map<number, Set<number>>();
      this.#pins.set(log, pins);
      pins.set(commit, (pins.get(commit) ?? new Set()).add(record.log));
    }
  }

  #delete(log: number): void {
    const volume = this.#byLog.get(log);
    assert(volume && this.#living.get(volume.volumeId) === volume, "only a living volume is deleted");
    this.#living.delete(volume.volumeId);
    this.#marks.delete(log);
    this.#marked.delete(log);
    this.#unpin(volume);
  }

  #unpin(record: CreatedRecord): void {
    for (const { log, commit } of record.path) {
      const pins = this.#pins.get(log);
      const owners = pins?.get(commit);
      owners?.delete(record.log);
      if (owners?.size === 0) pins?.delete(commit);
      if (pins?.size === 0) this.#pins.delete(log);
    }
  }

  #mark(log: number, markId: string, mark: MarkRecord | undefined): void {
    const marks = this.#marks.get(log) ?? new Map<string, MarkRecord>();
    const marked = this.#marked.get(log) ?? new Map<number, number>();
    this.#marks.set(log, marks);
    this.#marked.set(log, marked);
    const before = marks.get(markId);
    if (before) addTo(marked, before.commit, -1);
    if (mark) addTo(marked, mark.commit, 1);
    if (mark) marks.set(markId, mark);
    else marks.delete(markId);
  }

  #sourceOf(volume: CreatedRecord): CreatedRecord | undefined {
    return volume.source && this.#byLog.get(volume.source.log);
  }
}

function addTo(counts: Map<number, number>, key: number, added: number): void {
  const count = (counts.get(key) ?? 0) + added;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
