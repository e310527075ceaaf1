import type { IndexedCommit, IndexedDeath, IndexedSlot, SegmentIndex } from "../log/segment-index";
import { IndexBuilder } from "./index-builder";
import { encodeIndex } from "./index-codec";

/** What stays of an index when its segment is collected; what is not asked about stays. */
export interface IndexSelection {
  commit?(commit: IndexedCommit): boolean;
  slot?(slot: IndexedSlot): boolean;
  death?(death: IndexedDeath): boolean;
  bornDead?(run: { unit: number; units: number; commit: number }): boolean;
}

/**
 * The bytes of an index with a part of another one's entries. Its sums of dead units stay what they were: they are about what
 * happened, not about what is listed.
 */
export function encodeThinnedIndex(index: SegmentIndex, keep: IndexSelection): Buffer {
  const { log, segment, lastCommit, unitsBefore, endUnit, ownDeadUnits, bornDeadUnits } = index;
  const of = { log, segment, lastCommit, unitsBefore, endUnit };
  const base = { baseCommit: firstCommitIn(index), baseMoments: firstMomentsIn(index) };
  const builder = new IndexBuilder({ ...of, ...base, ownDeadUnits: 0, bornDeadUnits: 0 });
  for (let position = 0; position < index.commitCount; position++) {
    const commit = index.commitAt(position);
    if (keep.commit?.(commit) ?? true) builder.addCommit(commit);
  }
  for (const slot of index.slots()) if (keep.slot?.(slot) ?? true) builder.addSlot(slot);
  for (const death of index.deaths()) if (keep.death?.(death) ?? true) builder.addDeath(death);
  for (const run of index.bornDead()) if (keep.bornDead?.(run) ?? true) builder.addBornDead(run);
  for (const step of index.clockSteps()) builder.addClockStep(step);
  return encodeIndex(builder.view({ ...builder.facts, ownDeadUnits, bornDeadUnits }));
}

/** The lowest number in it: each table is ascending. */
function firstCommitIn(index: SegmentIndex): number {
  let first = index.commitCount > 0 ? index.commitAt(0).commit : index.lastCommit;
  for (const table of [index.deaths(), index.bornDead(), index.clockSteps()])
    for (const { commit } of table) {
      first = Math.min(first, commit);
      break;
    }
  return first;
}

const firstMomentsIn = (index: SegmentIndex): number => (index.commitCount > 0 ? index.commitAt(0).moments : 0);
