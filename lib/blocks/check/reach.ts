import { type Address, BLOCK_BYTES, BLOCK_UNITS, type Place, toUnits } from "../log/format";
import type { CheckReader } from "./check-reader";
import type { Finding, FindingKind } from "./finding";

/** What lies in a unit, once something was found to need it. */
const USE = { none: 0, block: 1, node: 2, frame: 3, continued: 4 } as const;
const SLOT_USES = ["block", "node", "frame"] as const;
type SlotUse = (typeof SLOT_USES)[number];

/** Who needs a slot: for the report. */
export interface Needer {
  readonly volumeId: string | undefined;
  readonly path?: string | undefined;
  readonly block?: number | undefined;
}

interface SegmentUse {
  readonly uses: Uint8Array;
  /** Of blocks and nodes, by their first unit. */
  readonly crcs: Uint32Array;
  /** Blocks below a node, once all below it was read. */
  readonly counts: Map<number, number>;
  /** Nodes of which every block below was found needed. */
  readonly wholes: Set<number>;
  isMissing: boolean;
}

export interface ReachParts {
  readonly reader: CheckReader;
  readonly findings: Finding[];
  /** Where a segment ends, if that is before its file's end. */
  endOf(log: number, segment: number): number | undefined;
  isFreed(log: number, segment: number, unit: number): boolean;
}

/**
 * Everything that points need, found by walking from each of them: five bytes a unit. Each slot is read and verified when it
 * is first met, and it must then be the same for whoever else needs it.
 */
export class Reach {
  readonly #parts: ReachParts;
  readonly #logs = new Map<number, Map<number, SegmentUse>>();
  readonly #page = Buffer.alloc(BLOCK_BYTES);

  constructor(parts: ReachParts) {
    this.#parts = parts;
  }

  /** False when the block or node is damaged. */
  add(use: "block" | "node", address: Address, needer: Needer): boolean {
    const segment = this.#segment(address);
    const isKnown = this.#mark(segment, { use, units: BLOCK_UNITS, place: address }, needer);
    if (!isKnown) segment.crcs[address.unit] = address.crc;
    else if (segment.crcs[address.unit] !== address.crc)
      this.#report({ kind: use, message: "Two that need a slot disagree about its checksum." }, address, needer);
    if (isKnown) return segment.crcs[address.unit] === address.crc;
    if (this.#parts.reader.readBlock(address, this.#page)) return true;
    this.#report(
      { kind: use, message: `A ${use} is ${segment.isMissing ? "missing with its segment" : "damaged"}.` },
      address,
      needer,
    );
    return false;
  }

  /** A whole frame. */
  addFrame(place: Place, bodyBytes: number, needer: Needer): void {
    this.#mark(this.#segment(place), { use: "frame", units: toUnits(bodyBytes), place }, needer);
  }

  countOf(node: Address): number | undefined {
    return this.#segment(node).counts.get(node.unit);
  }

  setCount(node: Address, blocks: number): void {
    this.#segment(node).counts.set(node.unit, blocks);
  }

  isWhole(node: Address): boolean {
    return this.#segment(node).wholes.has(node.unit);
  }

  setWhole(node: Address): void {
    this.#segment(node).wholes.add(node.unit);
  }

  isReached({ log, segment, unit }: Place): boolean {
    return (this.#logs.get(log)?.get(segment)?.uses[unit] ?? USE.none) !== USE.none;
  }

  /** What lies in a segment and is needed. */
  slotsIn(log: number, segment: number): { unit: number; use: SlotUse; crc: number }[] {
    const { uses, crcs } = this.#logs.get(log)?.get(segment) ?? { uses: new Uint8Array(), crcs: new Uint32Array() };
    const slots: { unit: number; use: SlotUse; crc: number }[] = [];
    for (const [unit, use] of uses.entries())
      if (use !== USE.none && use !== USE.continued)
        slots.push({ unit, use: SLOT_USES[use - 1] as SlotUse, crc: crcs[unit] as number });
    return slots;
  }

  unitsIn(log: number): number {
    let units = 0;
    for (const { uses } of this.#logs.get(log)?.values() ?? []) for (const use of uses) if (use !== USE.none) units++;
    return units;
  }

  /** True when it was known. */
  #mark(segment: SegmentUse, slot: { use: SlotUse; units: number; place: Place }, needer: Needer): boolean {
    const { use, units, place } = slot;
    if (segment.uses[place.unit] === USE[use]) return true;
    const end = Math.min(segment.uses.length, this.#parts.endOf(place.log, place.segment) ?? segment.uses.length);
    if (place.unit === 0 || (place.unit + units > end && !segment.isMissing))
      this.#report({ kind: use, message: `A ${use} lies past the end of its segment.` }, place, needer);
    for (let unit = place.unit; unit < place.unit + units; unit++) {
      if (segment.uses[unit] !== USE.none && unit < segment.uses.length)
        this.#report(
          { kind: use, message: `A ${use} lies where something else is needed.` },
          { ...place, unit },
          needer,
        );
      if (this.#parts.isFreed(place.log, place.segment, unit))
        this.#report(
          { kind: "freed", message: `A unit of a ${use} that is needed was freed.` },
          { ...place, unit },
          needer,
        );
      segment.uses[unit] = unit === place.unit ? USE[use] : USE.continued;
    }
    return false;
  }

  #segment({ log, segment }: Place): SegmentUse {
    const segments = this.#logs.get(log) ?? new Map<number, SegmentUse>();
    this.#logs.set(log, segments);
    const found = segments.get(segment);
    if (found) return found;
    const units = toUnits(this.#parts.reader.segmentBytes(log, segment));
    const use = {
      uses: new Uint8Array(units),
      crcs: new Uint32Array(units),
      counts: new Map<number, number>(),
      wholes: new Set<number>(),
      isMissing: units === 0,
    };
    segments.set(segment, use);
    return use;
  }

  #report(what: { kind: FindingKind; message: string }, { log, segment, unit }: Place, needer: Needer): void {
    this.#parts.findings.push({ ...what, ...needer, log, segment, unit });
  }
}
