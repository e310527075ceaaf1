import type { Device } from "../device/device";
import { BLOCK_UNITS, type Place, toUnits } from "../log/format";
import { isIdle } from "../log/frame";
import { visitFrame } from "../log/frame-reader";
import type { Frame } from "../log/log-reader";
import { type IndexedSlot, isFrameLevel, type SegmentIndex } from "../log/segment-index";
import { indexPath } from "../log/store-paths";
import type { LogState } from "../retention/log-state";
import { decodeIndex } from "../timeline/index-codec";
import { readFile } from "./check-journal";
import type { Finding } from "./finding";
import type { Reach } from "./reach";

export interface IndexParts {
  readonly device: Device;
  readonly storeDir: string;
  readonly findings: Finding[];
  readonly log: number;
  readonly volumeId: string | undefined;
  readonly state: LogState | undefined;
}

/** Hears the frames of one segment while they are read. */
export interface SegmentFollower {
  /** Where the segment should end. */
  readonly endUnit: number;
  frame(frame: Frame): void;
  /** `isWhole`: none of its frames is missing. */
  end(endUnit: number, isWhole: boolean): void;
}

/**
 * Compares a segment's index with its frames, one by one. Undefined when there is none to compare: an index is a cache, and one
 * of a segment that is still written, or that was not written whole, is made again.
 */
export function followIndex(parts: IndexParts, segment: number): SegmentFollower | undefined {
  const index = readIndex(parts, segment);
  return index && new IndexComparison(parts, index);
}

function readIndex(parts: IndexParts, segment: number): SegmentIndex | undefined {
  const { device, storeDir, log } = parts;
  const bytes = readFile(device, indexPath(storeDir, log, segment));
  const found = bytes && decodeIndex(bytes, { log, segment });
  return found && !found.resume ? found.view : undefined;
}

/** Everything that is needed is in the index of its segment, and is the same there. */
export function checkIndexed(parts: IndexParts, segment: number, reach: Reach): void {
  const needed = new Map(reach.slotsIn(parts.log, segment).map((slot) => [slot.unit, slot]));
  const index = needed.size > 0 ? readIndex(parts, segment) : undefined;
  // What was collected cannot be indexed again; when nothing of it is needed, it may be half removed.
  const isLost = !index && needed.size > 0 && (parts.state?.collected.get(segment) ?? 0) > 0;
  if (isLost) report(parts, "A collected segment has no whole index.", { segment });
  if (!index) return;
  for (const slot of index.slots()) {
    const found = needed.get(slot.unit);
    needed.delete(slot.unit);
    const isSame = !found || (isFrameLevel(slot.level) ? found.use === "frame" : found.crc === slot.crc);
    if (!isSame) report(parts, "An index describes what is needed as something else.", { segment, unit: slot.unit });
  }
  for (const unit of needed.keys()) report(parts, "An index lacks what is needed.", { segment, unit });
}

class IndexComparison implements SegmentFollower {
  readonly #parts: IndexParts;
  readonly #index: SegmentIndex;
  /** What the index has and no frame has named yet. */
  readonly #slots: Map<number, IndexedSlot>;
  #commits = 0;

  constructor(parts: IndexParts, index: SegmentIndex) {
    this.#parts = parts;
    this.#index = index;
    this.#slots = new Map([...index.slots()].map((slot) => [slot.unit, slot]));
  }

  frame({ header, body }: Frame): void {
    const { place } = header;
    this.#take(place.unit, toUnits(header.bodyBytes), (slot) => isFrameLevel(slot.level));
    if (!isIdle(header)) this.#compareCommit({ header, body });
    const take = (change: { inode: number; block: number; address: Place & { crc: number } }, level: number) => {
      const { address, inode, block } = change;
      if (address.unit === 0) return;
      this.#take(
        address.unit,
        BLOCK_UNITS,
        (slot) => slot.crc === address.crc && slot.inode === inode && slot.block === block && slot.level === level,
      );
    };
    visitFrame(header, body, { block: (change) => take(change, 0), node: (change) => take(change, change.level) });
  }

  get endUnit(): number {
    return this.#index.endUnit;
  }

  end(endUnit: number, isWhole: boolean): void {
    const index = this.#index;
    if (index.endUnit !== endUnit) this.#report(`An index ends at unit ${index.endUnit}, its segment at ${endUnit}.`);
    if (isWhole && this.#commits !== index.commitCount)
      this.#report(`An index has ${index.commitCount} commits, ${this.#commits} of which are in its segment.`);
    // The frame that named it may be gone.
    if (isWhole) for (const unit of this.#slots.keys()) this.#report("An index has what no commit wrote.", unit);
    this.#checkUnits(endUnit);
    if (this.#countFreed() === 0) this.#checkSums();
  }

  #compareCommit({ header }: Frame): void {
    const { commit, micros, moments, place, units } = header;
    const found = this.#index.findCommit(commit);
    if (found) this.#commits++;
    const { since } = this.#parts.state ?? {};
    // When a segment is to be collected, commits that are no points leave its index first.
    if (!found && since && commit < since.commit) return;
    const isSame = found?.micros === micros && found.moments === moments && found.unit === place.unit;
    if (!isSame || found.endUnit !== place.unit + units)
      this.#report(`An index says of commit ${commit} what its record does not.`, place.unit);
  }

  #take(unit: number, units: number, isSame: (slot: IndexedSlot) => boolean): void {
    const slot = this.#slots.get(unit);
    this.#slots.delete(unit);
    if (!slot && this.#isFreed(unit)) return;
    if (slot?.units !== units || !isSame(slot)) this.#report("An index lacks or misnames what a commit wrote.", unit);
  }

  /** Each unit is in a slot, was never alive, or was freed; none is two of them that exclude each other. */
  #checkUnits(endUnit: number): void {
    const uses = new Uint8Array(endUnit);
    for (const runs of [this.#index.slots(), this.#index.bornDead()])
      for (const { unit, units } of runs) for (let at = unit; at < unit + units; at++) uses[at] = (uses[at] ?? 0) + 1;
    for (let unit = 1; unit < endUnit; unit++) {
      if ((uses[unit] as number) > 1) this.#report("A unit is in two slots of an index.", unit);
      if (uses[unit] === 0 && !this.#isFreed(unit)) this.#report("A unit is neither in an index nor freed.", unit);
    }
  }

  #checkSums(): void {
    const { log, ownDeadUnits, bornDeadUnits } = this.#index;
    let own = 0;
    for (const death of this.#index.deaths()) if (death.log === log) own += death.units;
    let never = 0;
    for (const { units } of this.#index.bornDead()) never += units;
    if (own !== ownDeadUnits) this.#report(`An index counts ${ownDeadUnits} units that died, and lists ${own}.`);
    if (never !== bornDeadUnits)
      this.#report(`An index counts ${bornDeadUnits} units that were never alive, and lists ${never}.`);
  }

  #countFreed(): number {
    return this.#parts.state?.freed.countIn(this.#index.segment) ?? 0;
  }

  #isFreed(unit: number): boolean {
    return this.#parts.state?.freed.has(this.#index.segment, unit) ?? false;
  }

  #report(message: string, unit?: number): void {
    report(this.#parts, message, { segment: this.#index.segment, unit });
  }
}

function report(
  { findings, log, volumeId }: IndexParts,
  message: string,
  at: { segment: number; unit?: number | undefined },
) {
  findings.push({ kind: "index", message, volumeId, log, ...at });
}
