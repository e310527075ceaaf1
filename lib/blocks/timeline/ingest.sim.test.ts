import { expect, test } from "vitest";
import { FRAME_LEVEL, type SegmentIndex } from "../segment-index";
import { indexPath } from "../store-paths";
import { BARE_DIR } from "./bare-logs.fixture";
import { encodeIndex } from "./index-codec";
import type { IndexView } from "./index-view";
import type { Ingest } from "./ingest";
import { nameOf, type Slots } from "./reachable.fixture";
import { type RecordedLog, RecordedLogs } from "./recorded-logs.fixture";

const SEEDS = 40;
const TIMEOUT_MS = 120_000;

function readAll(logs: RecordedLogs, log: number, ingest: Ingest): Ingest {
  const { place } = logs.logs.tail(log).head;
  while (ingest.ingest(log, place, 10_000));
  return ingest;
}

function indexesOf(logs: RecordedLogs, { log }: RecordedLog): SegmentIndex[] {
  return [...readAll(logs, log, logs.openIngest()).from(log, 0)];
}

/** By commit: names and units of the slots that it was the end of. */
function deathsIn(indexes: readonly SegmentIndex[]): Map<number, [string, number][]> {
  const deaths = new Map<number, [string, number][]>();
  for (const index of indexes)
    for (const death of index.deaths())
      deaths.set(death.commit, [...(deaths.get(death.commit) ?? []), [nameOf(death), death.units]]);
  return deaths;
}

const goneBetween = (before: Slots, after: Slots): [string, number][] =>
  [...before].filter(([name]) => !after.has(name)).sort();

test(
  "each commit is the end of exactly the slots that the one before reached and it does not",
  () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const logs = new RecordedLogs(seed).play();
      for (const recorded of logs.recorded) {
        const reached = logs.reachedBy(recorded);
        const deaths = deathsIn(indexesOf(logs, recorded));
        for (const [at, { commit }] of recorded.commits.entries()) {
          const gone = at === 0 ? [] : goneBetween(reached[at - 1] as Slots, reached[at] as Slots);
          const where = `seed ${seed}, log ${recorded.log}, commit ${commit}`;
          expect((deaths.get(commit) ?? []).sort(), where).toEqual(gone);
        }
      }
    }
  },
  TIMEOUT_MS,
);

test(
  "slots and what was never alive fill a segment, and each slot is born by the first commit that reaches it",
  () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const logs = new RecordedLogs(seed).play();
      for (const recorded of logs.recorded) {
        const reached = logs.reachedBy(recorded);
        const births = new Map<string, number>();
        for (const [at, slots] of reached.entries())
          for (const name of slots.keys()) if (!births.has(name)) births.set(name, recorded.commits[at]?.commit ?? 0);
        for (const index of indexesOf(logs, recorded)) {
          const where = `seed ${seed}, log ${index.log}, segment ${index.segment}`;
          expectFilled(index, where);
          for (const slot of index.slots()) {
            const birth = births.get(nameOf({ ...index, log: index.log, segment: index.segment, unit: slot.unit }));
            // An idle record counts with the commit before it, which does not need it, until the next one has it in its chain.
            const isIdle = slot.level === FRAME_LEVEL && index.birthOf(slot.unit) !== birth;
            if (isIdle) expect(index.birthOf(slot.unit), where).toBeGreaterThanOrEqual(birth as number);
            else expect(index.birthOf(slot.unit), where).toBe(birth);
          }
          for (const { unit } of index.bornDead())
            expect(births.has(nameOf({ log: index.log, segment: index.segment, unit })), where).toBe(false);
        }
      }
    }
  },
  TIMEOUT_MS,
);

function expectFilled(index: SegmentIndex, where: string): void {
  const runs = [...index.slots(), ...index.bornDead()].sort((a, b) => a.unit - b.unit);
  let unit = 1;
  for (const run of runs) {
    expect(run.unit, where).toBe(unit);
    unit += run.units;
  }
  expect(unit, where).toBe(index.endUnit);
  const bornDead = [...index.bornDead()].reduce((sum, { units }) => sum + units, 0);
  expect(index.bornDeadUnits, where).toBe(bornDead);
  const ownDead = [...index.deaths()].filter(({ log }) => log === index.log).reduce((sum, { units }) => sum + units, 0);
  expect(index.ownDeadUnits, where).toBe(ownDead);
}

test(
  "slices, restarts, lost and damaged indexes lead to the same indexes as one reading",
  () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const logs = new RecordedLogs(seed).play();
      const { device } = logs.logs;
      for (const recorded of logs.recorded) {
        const { log } = recorded;
        if (seed % 3 === 0) logs.followed.forget(log);
        for (const path of device.files().filter((name) => name.includes(`/${log}/`) && name.endsWith(".idx"))) {
          const chance = logs.random.int(8);
          if (chance === 0) device.unlink(path);
          if (chance === 1) device.flipBit(path, logs.random.int(device.content(path).length * 8));
        }
        const patched = readAll(logs, log, logs.openIngest());
        const bytes = [...patched.from(log, 0)].map((index) => encodeIndex(index as IndexView));
        for (const path of device.files()) if (path.endsWith(".idx")) device.unlink(path);
        const fresh = indexesOf(logs, recorded);
        for (const [at, index] of fresh.entries())
          expect(bytes[at]?.equals(encodeIndex(index as IndexView)), `seed ${seed}, ${log}/${index.segment}`).toBe(
            true,
          );
        expect(bytes.length).toBe(fresh.length);
        const sealed = fresh.slice(0, -1).map(({ segment }) => indexPath(BARE_DIR, log, segment));
        expect(device.files()).toEqual(expect.arrayContaining(sealed));
      }
    }
  },
  TIMEOUT_MS,
);

test(
  "after a synced restart nothing is read that no head needs",
  () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const logs = new RecordedLogs(seed).play();
      const ingest = logs.openIngest();
      for (const { log } of logs.recorded) readAll(logs, log, ingest).sync(log);
      logs.destroyHistory();
      logs.followed = logs.openIngest();
      logs.play();
      for (const recorded of logs.recorded) {
        const reached = logs.reachedBy(recorded);
        const deaths = deathsIn(indexesOf(logs, recorded));
        for (const [at, { commit }] of recorded.commits.entries()) {
          if (at === 0) continue;
          const gone = goneBetween(reached[at - 1] as Slots, reached[at] as Slots);
          expect((deaths.get(commit) ?? []).sort(), `seed ${seed}, log ${recorded.log}, commit ${commit}`).toEqual(
            gone,
          );
        }
      }
    }
  },
  TIMEOUT_MS,
);
