import { beforeEach, describe, expect, it } from "vitest";
import { type Clock, systemClock } from "@/lib/std/clock";
import { silentLog } from "@/lib/std/log";
import { seededRandom } from "@/lib/std/random";
import { replaceFile } from "../device/replace-file";
import { DEFAULT_LIMITS } from "../limits";
import { BLOCK_BYTES } from "../log/format";
import { indexPath } from "../log/store-paths";
import { BARE_DIR, BareLogs, type BareWriter } from "./bare-logs.fixture";
import { Ingest } from "./ingest";
import { encodeThinnedIndex } from "./thin-index";

const segmentsOf = (ingest: Ingest): number[] => [...ingest.from(log, 0)].map(({ segment }) => segment);

const NOON = 1_764_000_000_000_000;
const SECOND = 1_000_000;

let nowMicros: number;
let logs: BareLogs;
let log: number;

beforeEach(() => {
  nowMicros = NOON;
  const clock: Clock = { ...systemClock, nowMicros: () => nowMicros, nowMs: () => nowMicros / 1000 };
  const limits = { ...DEFAULT_LIMITS, segmentBytes: 64 * 1024 };
  logs = new BareLogs({ random: seededRandom(1), clock, limits });
  log = logs.create();
});

function openIngest(cacheBytes = 1 << 20): Ingest {
  return new Ingest({ device: logs.device, storeDir: BARE_DIR, reader: logs.reader(), log: silentLog, cacheBytes });
}

function readAll(ingest = openIngest()): Ingest {
  while (ingest.ingest(log, logs.tail(log).head.place, 1000));
  return ingest;
}

function commitAt(writer: BareWriter, micros: number, options?: { moment?: boolean }) {
  nowMicros = micros;
  const inode = writer.volume.lookup("/a") ?? writer.volume.create("/a", 0o600);
  writer.volume.write(inode, Buffer.alloc(BLOCK_BYTES, micros % 251 || 1), 0);
  return writer.commit(options);
}

describe("moments", () => {
  it("are counted from 0 in every log, forks included, and a commit without a transaction is none", () => {
    const writer = logs.open(log);
    const counts = [undefined, { moment: false }, { moment: true }].map(
      (options, at) => commitAt(writer, NOON + at * SECOND, options).moments,
    );
    expect(counts).toEqual([1, 1, 2]);
    writer.volume.close();
    expect(logs.tail(log).head.moments).toBe(2);
    const fork = logs.fork(log, logs.tail(log).head.place);
    expect(logs.tail(fork).head.moments).toBe(0);
    log = fork;
    expect(commitAt(logs.open(fork), NOON + 9 * SECOND).moments).toBe(1);
    const commits = [...readAll().from(fork, 0)].flatMap((index) =>
      Array.from({ length: index.commitCount }, (_, at) => index.commitAt(at).moments),
    );
    expect(commits).toEqual([0, 1]);
  });

  it("stay what they are when nothing was changed", () => {
    const writer = logs.open(log);
    const first = commitAt(writer, NOON + SECOND);
    expect(writer.commit({ moment: true })).toEqual(first);
  });
});

describe("a clock that steps back", () => {
  it("leaves one gap, however many commits it takes to catch up, in the open segment and in sealed ones", () => {
    const writer = logs.open(log);
    const before = commitAt(writer, NOON + 60 * SECOND);
    const after = commitAt(writer, NOON + 20 * SECOND);
    for (let second = 21; second < 70; second++) commitAt(writer, NOON + second * SECOND);
    const gap = {
      fromMicros: NOON + 20 * SECOND,
      toMicros: before.micros,
      before: { commit: before.commit, micros: before.micros },
      after: { commit: after.commit, micros: before.micros + 1 },
      cause: "clock",
    };
    const ingest = readAll();
    expect(ingest.segments(log).length).toBeGreaterThan(2);
    expect(ingest.gaps(log)).toEqual([gap]);
    expect(readAll().gaps(log)).toEqual([gap]);
  });

  it("leaves another gap when it steps back again meanwhile, and none for less than a second", () => {
    const writer = logs.open(log);
    for (const second of [60, 40, 41, 30, 31]) commitAt(writer, NOON + second * SECOND);
    commitAt(writer, NOON + 70 * SECOND);
    commitAt(writer, NOON + 69.5 * SECOND);
    expect(
      readAll()
        .gaps(log)
        .map(({ fromMicros }) => (fromMicros - NOON) / SECOND),
    ).toEqual([40, 30]);
  });
});

describe("ingest", () => {
  it("reads in slices of the asked size and tells when there is more", () => {
    const writer = logs.open(log);
    for (let second = 1; second <= 9; second++) commitAt(writer, NOON + second * SECOND);
    const ingest = openIngest();
    let slices = 1;
    // Its root record, and nine commits.
    while (ingest.ingest(log, writer.head, 4)) slices++;
    expect(slices).toBe(3);
    const { segment, unit } = writer.head;
    expect(ingest.position(log)).toMatchObject({ segment, unit, moments: 9 });
    expect(ingest.ingest(log, writer.head, 4)).toBe(false);
  });

  it("keeps a bounded number of indexes in memory and reads others again", () => {
    const writer = logs.open(log);
    for (let second = 1; second <= 40; second++) commitAt(writer, NOON + second * SECOND);
    const ingest = readAll(openIngest(1));
    const totals = ingest.totals(log);
    const read = logs.device.counts.read;
    const [first] = ingest.segments(log);
    expect(ingest.index(log, first?.segment as number).endUnit).toBe(first?.endUnit);
    expect(logs.device.counts.read).toBeGreaterThan(read);
    expect(totals.units).toBe([...ingest.from(log, 0)].reduce((sum, index) => sum + index.endUnit - 1, 0));
  });

  it("goes on when the disk is full, and reads a segment again whose index is lost", () => {
    const writer = logs.open(log);
    for (let second = 1; second <= 40; second++) commitAt(writer, NOON + second * SECOND);
    const expected = readAll();
    const [first] = expected.segments(log);
    const path = indexPath(BARE_DIR, log, first?.segment as number);
    for (const file of logs.device.files()) if (file.endsWith(".idx")) logs.device.unlink(file);
    logs.device.failure = () => "ENOSPC";
    const ingest = readAll();
    logs.device.failure = undefined;
    expect(ingest.segments(log)).toEqual(expected.segments(log));
    expect([...ingest.index(log, first?.segment as number).deaths()]).toEqual([
      ...expected.index(log, first?.segment as number).deaths(),
    ]);
    expect(logs.device.files()).toContain(path);
  });

  it("keeps in memory what a full disk does not take, until it can be made durable", () => {
    const writer = logs.open(log);
    for (let second = 1; second <= 4; second++) commitAt(writer, NOON + second * SECOND);
    const ingest = openIngest();
    ingest.ingest(log, writer.head, 1000);
    ingest.sync(log);
    for (let second = 5; second <= 40; second++) commitAt(writer, NOON + second * SECOND);
    logs.device.failure = () => "ENOSPC";
    expect(ingest.ingest(log, writer.head, 1000)).toBe(false);
    const [first] = ingest.segments(log);
    expect(ingest.index(log, first?.segment as number).commitCount).toBe(first?.commitCount);
    expect(() => ingest.sync(log)).toThrow(expect.objectContaining({ name: "VolumeError", code: "ENOSPC" }));
    logs.device.failure = undefined;
    ingest.sync(log);
    logs.device.restart();
    expect(readAll().segments(log)).toEqual(ingest.segments(log));
  });

  it("takes over an index that was thinned, and forgets a segment that was removed, the last one too", () => {
    const writer = logs.open(log);
    for (let second = 1; second <= 10; second++) commitAt(writer, NOON + second * SECOND);
    writer.volume.close();
    const ingest = readAll();
    const [first, last] = [ingest.segments(log)[1], ingest.segments(log).at(-1)].map((each) => each?.segment as number);
    for (const segment of [first, last] as [number, number]) {
      const bytes = encodeThinnedIndex(ingest.index(log, segment), { commit: () => false });
      replaceFile(logs.device, indexPath(BARE_DIR, log, segment), bytes);
      ingest.replaced(log, segment);
      expect(ingest.index(log, segment).commitCount).toBe(0);
    }
    expect(ingest.segments(log).map(({ segment }) => segment)).toEqual(segmentsOf(ingest));
    expect(ingest.position(log)?.commit).toBe(11);
    ingest.removed(log, last as number);
    expect(segmentsOf(ingest)).not.toContain(last);
  });

  it("finishes a log that never grows again, for good", () => {
    const writer = logs.open(log);
    for (let second = 1; second <= 10; second++) commitAt(writer, NOON + second * SECOND);
    writer.volume.close();
    const ingest = readAll();
    ingest.finish(log);
    const summaries = ingest.segments(log);
    const reads = logs.device.counts.read;
    const again = readAll();
    expect(again.segments(log)).toEqual(summaries);
    expect(again.position(log)).toBeUndefined();
    expect(logs.device.counts.read - reads).toBeLessThan(40);
  });
});
