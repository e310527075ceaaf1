import { describe, expect, it } from "vitest";
import { isFrameLevel, type SegmentIndex } from "../log/segment-index";
import { indexPath } from "../log/store-paths";
import { BARE_DIR } from "./bare-logs.fixture";
import { encodeIndex } from "./index-codec";
import type { IndexView } from "./index-view";
import type { Ingest } from "./ingest";
import { nameOf, type Slots } from "./reachable.fixture";
import { type RecordedLog, RecordedLogs } from "./recorded-logs.fixture";

/** More of them: INGEST_SEEDS=500 npx vitest run lib/blocks/timeline */
const SEEDS = Number(process.env.INGEST_SEEDS ?? 12);
const TIMEOUT_MS = 60_000 + SEEDS * 5_000;

function forEachSeed(check: (logs: RecordedLogs, seed: string) => void): void {
  for (let seed = 1; seed <= SEEDS; seed++) check(new RecordedLogs(seed).play(), `seed ${seed}`);
}

describe("indexes of random logs, forks and forks of forks", () => {
  it(
    "have as deaths of each commit exactly what the one before reached and it does not, and each slot's first reader as its birth",
    () =>
      forEachSeed((logs, seed) => {
        for (const recorded of logs.recorded) {
          const reached = logs.reachedBy(recorded);
          const indexes = indexesOf(logs, recorded);
          expectDeaths(indexes, { recorded, reached, seed });
          expectBirths(indexes, { recorded, reached, seed });
          for (const index of indexes) expectFilled(index, `${seed}, log ${index.log}, segment ${index.segment}`);
        }
      }),
    TIMEOUT_MS,
  );

  it(
    "are the same whether they were read at once or in slices, with restarts, with some lost or damaged",
    () =>
      forEachSeed((logs, seed) => {
        for (const recorded of logs.recorded) {
          damageIndexes(logs, recorded.log);
          const patched = [...readAll(logs, recorded.log, logs.openIngest()).from(recorded.log, 0)].map(toBytes);
          removeIndexes(logs);
          const fresh = indexesOf(logs, recorded);
          expect(patched.length).toBe(fresh.length);
          for (const [at, index] of fresh.entries())
            expect(patched[at]?.equals(toBytes(index)), `${seed}, ${recorded.log}/${index.segment}`).toBe(true);
          const sealed = fresh.slice(0, -1).map(({ segment }) => indexPath(BARE_DIR, recorded.log, segment));
          expect(logs.logs.device.files()).toEqual(expect.arrayContaining(sealed));
        }
      }),
    TIMEOUT_MS,
  );

  it(
    "go on after a restart without any record that no head needs, once they were synced",
    () =>
      forEachSeed((logs, seed) => {
        const ingest = logs.openIngest();
        for (const { log } of logs.recorded) readAll(logs, log, ingest).sync(log);
        logs.destroyHistory();
        logs.followed = logs.openIngest();
        logs.play();
        for (const recorded of logs.recorded)
          expectDeaths(indexesOf(logs, recorded), { recorded, reached: logs.reachedBy(recorded), seed });
      }),
    TIMEOUT_MS,
  );
});

interface Expected {
  readonly recorded: RecordedLog;
  readonly reached: readonly Slots[];
  readonly seed: string;
}

function expectDeaths(indexes: readonly SegmentIndex[], { recorded, reached, seed }: Expected): void {
  const deaths = deathsIn(indexes);
  for (const [at, { commit }] of recorded.commits.entries()) {
    if (at === 0) continue;
    const [before, after] = [reached[at - 1] as Slots, reached[at] as Slots];
    const gone = [...before].filter(([name]) => !after.has(name)).sort();
    expect((deaths.get(commit) ?? []).sort(), `${seed}, log ${recorded.log}, commit ${commit}`).toEqual(gone);
  }
}

/** By commit: names and units of the slots that it was the end of. */
function deathsIn(indexes: readonly SegmentIndex[]): Map<number, [string, number][]> {
  const deaths = new Map<number, [string, number][]>();
  for (const index of indexes)
    for (const death of index.deaths())
      deaths.set(death.commit, [...(deaths.get(death.commit) ?? []), [nameOf(death), death.units]]);
  return deaths;
}

function expectBirths(indexes: readonly SegmentIndex[], { recorded, reached, seed }: Expected): void {
  const births = new Map<string, number>();
  for (const [at, slots] of reached.entries())
    for (const name of slots.keys()) if (!births.has(name)) births.set(name, recorded.commits[at]?.commit as number);
  for (const index of indexes) {
    const where = `${seed}, log ${index.log}, segment ${index.segment}`;
    for (const { unit, level } of index.slots()) {
      const birth = births.get(nameOf({ log: index.log, segment: index.segment, unit })) as number;
      const indexed = index.birthOf(unit);
      // An idle record is read by the commits after the one that it proves.
      const isIdle = isFrameLevel(level) && indexed === birth + 1;
      if (!isIdle) expect(indexed, where).toBe(birth);
    }
    for (const { unit } of index.bornDead())
      expect(births.has(nameOf({ log: index.log, segment: index.segment, unit })), where).toBe(false);
  }
}

/** Slots and what was never alive are all there is after the header, and the sums are those of the lists. */
function expectFilled(index: SegmentIndex, where: string): void {
  const runs = [...index.slots(), ...index.bornDead()].sort((a, b) => a.unit - b.unit);
  let unit = 1;
  for (const run of runs) {
    expect(run.unit, where).toBe(unit);
    unit += run.units;
  }
  expect(unit, where).toBe(index.endUnit);
  const sum = (all: Iterable<{ units: number }>) => [...all].reduce((units, each) => units + each.units, 0);
  expect(index.bornDeadUnits, where).toBe(sum(index.bornDead()));
  expect(index.ownDeadUnits, where).toBe(sum([...index.deaths()].filter(({ log }) => log === index.log)));
}

function readAll(logs: RecordedLogs, log: number, ingest: Ingest): Ingest {
  const { place } = logs.logs.tail(log).head;
  while (ingest.ingest(log, place, 10_000));
  return ingest;
}

const indexesOf = (logs: RecordedLogs, { log }: RecordedLog): SegmentIndex[] => [
  ...readAll(logs, log, logs.openIngest()).from(log, 0),
];

const toBytes = (index: SegmentIndex): Buffer => encodeIndex(index as IndexView);

function damageIndexes({ logs: { device }, random }: RecordedLogs, log: number): void {
  for (const path of device.files()) {
    if (!path.includes(`/${log}/`) || !path.endsWith(".idx")) continue;
    const chance = random.int(8);
    if (chance === 0) device.unlink(path);
    if (chance === 1) device.flipBit(path, random.int(device.content(path).length * 8));
  }
}

function removeIndexes({ logs: { device } }: RecordedLogs): void {
  for (const path of device.files()) if (path.endsWith(".idx")) device.unlink(path);
}
