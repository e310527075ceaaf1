import { beforeAll, describe, expect, test } from "vitest";
import { type Random, seededRandom } from "@/lib/std/random";
import { BLOCK_BYTES, UNIT_BYTES } from "../log/format";
import { LogReader } from "../log/log-reader";
import { StoreEpoch } from "../log/store-epoch";
import { logPath, segmentPath } from "../log/store-paths";
import { MemoryStore, STORE_DIR } from "../simulation/memory-store";
import { chooseLive, expectedContent, type ScannedSegment, scanSealedSegments } from "../simulation/sealed-segments";
import type { SimulatedDevice } from "../simulation/simulated-device";
import {
  installRewrite,
  type RewriteJob,
  type RewriteResult,
  removeStrayTemporaries,
  rewriteSegment,
} from "./rewrite-segment";

const LOG = 1;
const LOG_DIR = logPath(STORE_DIR, LOG);

/** A volume with commits, checkpoints, runs and byte ranges in several segments. */
function makeStore(seed: number, segmentBytes = 192 << 10): { device: SimulatedDevice; segments: ScannedSegment[] } {
  const store = new MemoryStore({ seed, limits: { segmentBytes, checkpointFrames: 5, dirtyBlocks: 6 } });
  const random = seededRandom(seed);
  store.create("v");
  const { volume, stop } = store.open("v");
  const inode = volume.create("/f", 0o600);
  for (let commit = 0; commit < 40; commit++) {
    for (let write = 0; write < 1 + random.int(8); write++)
      volume.write(inode, fill(random, 1 + random.int(2 * BLOCK_BYTES)), random.int(40) * BLOCK_BYTES);
    volume.commit();
  }
  stop();
  const segments = scanSealedSegments(store.device, STORE_DIR, LOG);
  return { device: store.device, segments: segments.filter(({ pieces }) => pieces.length > 10) };
}

const fill = (random: Random, bytes: number) => Buffer.alloc(bytes, 1 + random.int(255));

function pickJob(segments: readonly ScannedSegment[], random: Random, share: number): RewriteJob {
  return chooseLive(random.pick(segments), { random, share, storeDir: STORE_DIR });
}

const pathOf = (job: RewriteJob) => segmentPath(STORE_DIR, LOG, job.segment);

/** Not by the matcher, which takes minutes for the difference of two large buffers. */
function expectContent(device: SimulatedDevice, job: RewriteJob, content: Buffer): void {
  expect(device.content(pathOf(job)).equals(content)).toBe(true);
}

function damagesOf(result: RewriteResult) {
  return result.outcome === "damaged" ? result.damages : [];
}

/** All of it, until the power goes. */
function collect(device: SimulatedDevice, job: RewriteJob): void {
  try {
    rewriteSegment(device, job);
    installRewrite(device, job);
  } catch (error) {
    if (!device.isOff) throw error;
  }
}

let whole: ReturnType<typeof makeStore>;
beforeAll(() => {
  whole = makeStore(1);
});

describe("a rewrite", () => {
  test.each([0, 0.02, 0.3, 0.7, 1])("keeps what lives at its offsets and nothing else, at %d alive", (share) => {
    const random = seededRandom(share * 100);
    for (const scanned of whole.segments) {
      const device = whole.device.copy();
      const job = chooseLive(scanned, { random, share, storeDir: STORE_DIR });
      const old = device.content(pathOf(job));
      const result = rewriteSegment(device, job);
      expectContent(device, job, old);
      installRewrite(device, job);
      expectContent(device, job, expectedContent(old, job));
      const liveUnits = job.live.reduce((sum, units, index) => sum + (index % 2 === 1 ? units : 0), 1);
      expect(result).toEqual({ outcome: "written", allocatedBytes: liveUnits * UNIT_BYTES });
      expect(device.allocatedBytes(pathOf(job))).toBe(liveUnits * UNIT_BYTES);
      expect(device.openFiles).toBe(0);
    }
  });

  test("can be done again to what an earlier one left", () => {
    const random = seededRandom(3);
    const device = whole.device.copy();
    const first = pickJob(whole.segments, random, 0.6);
    collect(device, first);
    const scanned = whole.segments.find(({ segment }) => segment === first.segment) as ScannedSegment;
    const isKept = (unit: number) =>
      first.slots.some((at, i) => i % 2 === 0 && at === unit) || first.frames.includes(unit);
    const left = { ...scanned, pieces: scanned.pieces.filter(({ unit }) => isKept(unit)) };
    const second = chooseLive(left, { random, share: 0.5, storeDir: STORE_DIR });
    const old = device.content(pathOf(second));
    collect(device, second);
    expectContent(device, second, expectedContent(old, second));
  });

  test("writes no more than a mebibyte between two barriers, whatever the size of a commit", () => {
    const { device, segments } = makeBigSegment();
    const job = pickJob(segments, seededRandom(1), 1);
    const old = device.content(pathOf(job));
    let unsynced = 0;
    let most = 0;
    const { pwritev, fdatasync } = device;
    device.pwritev = (file, sources, position) => {
      unsynced += sources.reduce((sum, { length }) => sum + length, 0);
      most = Math.max(most, unsynced);
      pwritev.call(device, file, sources, position);
    };
    device.fdatasync = (file) => {
      unsynced = 0;
      fdatasync.call(device, file);
    };
    expect(rewriteSegment(device, job).outcome).toBe("written");
    expect(most).toBeLessThan(2 << 20);
    expect(unsynced).toBe(0);
    installRewrite(device, job);
    expectContent(device, job, expectedContent(old, job));
  });

  test("leaves who has the old file open reading the same, and lets go of it when told", () => {
    const random = seededRandom(5);
    const device = whole.device.copy();
    const job = pickJob(whole.segments, random, 0.5);
    const epoch = StoreEpoch.allocate();
    const reader = new LogReader(device, STORE_DIR, 8);
    reader.watch(epoch);
    const readAll = () => {
      const block = Buffer.alloc(BLOCK_BYTES);
      for (let i = 0; i < job.slots.length; i += 2) {
        const address = {
          log: LOG,
          segment: job.segment,
          unit: job.slots[i] as number,
          crc: job.slots[i + 1] as number,
        };
        expect(reader.readBlock(address, block)).toBe(true);
      }
      for (const unit of job.frames) expect(reader.findFrame({ log: LOG, segment: job.segment, unit })).toBeDefined();
    };
    readAll();
    collect(device, job);
    readAll();
    new StoreEpoch(epoch).publish(job);
    reader.refresh();
    expect(device.openFiles).toBe(0);
    readAll();
    expect(device.openFiles).toBe(1);
    reader.close();
  });
});

describe("a power cut", () => {
  test.each([1, 2, 3, 4])("at any point of it leaves the old file or the new one, seed %d", (seed) => {
    const random = seededRandom(seed);
    const { device, segments } = makeStore(seed);
    const job = pickJob(segments, random, random.pick([0.1, 0.5]));
    const old = device.content(pathOf(job));
    const after = expectedContent(old, job);
    expect(after.equals(old)).toBe(false);
    const trial = device.copy();
    collect(trial, job);
    const outcomes = new Set<string>();
    for (let cut = 1; cut <= trial.operations + 1; cut++) {
      const broken = device.copy();
      broken.cutAt = broken.operations + cut;
      collect(broken, job);
      broken.isOff = true;
      if (random.int(4) === 0) broken.resume();
      else broken.restart();
      removeStrayTemporaries(broken, LOG_DIR);
      expect(broken.readdir(LOG_DIR).sort()).toEqual(device.readdir(LOG_DIR).sort());
      const found = broken.content(pathOf(job));
      outcomes.add(found.equals(old) ? "old" : found.equals(after) ? "new" : `neither, at ${cut}`);
      // Whatever stands can be rewritten again.
      collect(broken, job);
      expectContent(broken, job, after);
    }
    expect(outcomes).toEqual(new Set(["old", "new"]));
  });
});

describe("a disk that fails", () => {
  test.each(["ENOSPC", "EIO"])("at any point leaves the old file, and no temporary (%s)", (code) => {
    const { device, segments } = whole;
    const job = pickJob(segments, seededRandom(8), 0.5);
    const old = device.content(pathOf(job));
    const trial = device.copy();
    rewriteSegment(trial, job);
    for (let at = 1; at <= trial.operations; at++) {
      const failing = device.copy();
      failing.failure = (_operation, number) => (number === at ? code : undefined);
      expect(() => rewriteSegment(failing, job)).toThrow(expect.objectContaining({ code }));
      expectContent(failing, job, old);
      expect(failing.readdir(LOG_DIR).sort()).toEqual(device.readdir(LOG_DIR).sort());
      expect(failing.openFiles).toBe(0);
    }
  });

  test("does not stand in the way of the next rewrite with what it left", () => {
    const device = whole.device.copy();
    const job = pickJob(whole.segments, seededRandom(8), 0.5);
    const after = expectedContent(device.content(pathOf(job)), job);
    device.failure = (operation) => (operation === "write" || operation === "unlink" ? "EIO" : undefined);
    expect(() => rewriteSegment(device, job)).toThrow();
    expect(device.readdir(LOG_DIR)).toContain(`${job.segment}.tmp`);
    device.failure = undefined;
    collect(device, job);
    expectContent(device, job, after);
  });
});

describe("damage", () => {
  test("of anything that lives is reported with its place and keeps the old file; of anything else it is not looked at", () => {
    const random = seededRandom(9);
    for (let flip = 0; flip < 60; flip++) {
      const scanned = random.pick(whole.segments);
      const job = chooseLive(scanned, { random, share: 0.5, storeDir: STORE_DIR });
      const device = whole.device.copy();
      const piece = random.pick(scanned.pieces);
      // The part of a frame's last unit after its lists is no part of it.
      const bits = piece.what === "slot" ? BLOCK_BYTES * 8 : 160 * 8;
      device.flipBit(pathOf(job), piece.unit * UNIT_BYTES * 8 + random.int(bits));
      const old = device.content(pathOf(job));
      const isChecked = (piece.what === "slot" ? [...job.slots].filter((_, i) => i % 2 === 0) : job.frames).includes(
        piece.unit,
      );
      const expected = isChecked && piece.what !== "run" ? [{ unit: piece.unit, what: piece.what }] : [];
      expect(damagesOf(rewriteSegment(device, job))).toEqual(expected);
      expectContent(device, job, old);
      expect(device.readdir(LOG_DIR).includes(`${job.segment}.tmp`)).toBe(expected.length === 0);
    }
  });

  test("of several places is reported for each", () => {
    const device = whole.device.copy();
    const job = pickJob(whole.segments, seededRandom(10), 1);
    const units = [...job.slots].filter((_, index) => index % 2 === 0);
    const struck = [units[0], units[5], units.at(-1)] as number[];
    for (const unit of struck) device.flipBit(pathOf(job), (unit + 1) * UNIT_BYTES * 8 + 77);
    expect(damagesOf(rewriteSegment(device, job))).toEqual(struck.map((unit) => ({ unit, what: "slot" })));
  });

  test("of the segment's header, and a file that ends too early, are reported", () => {
    const job = pickJob(whole.segments, seededRandom(11), 1);
    const flipped = whole.device.copy();
    flipped.flipBit(pathOf(job), 333);
    expect(damagesOf(rewriteSegment(flipped, job))).toEqual([{ unit: 0, what: "header" }]);
    const cut = whole.device.copy();
    const file = cut.open(pathOf(job), "write");
    cut.truncate(file, (job.endUnit - 1) * UNIT_BYTES);
    cut.close(file);
    expect(damagesOf(rewriteSegment(cut, job)).map(({ what }) => what)).toContain("unreadable");
    expect(cut.readdir(LOG_DIR)).not.toContain(`${job.segment}.tmp`);
  });

  test("of a place that the disk cannot read is reported", () => {
    const device = whole.device.copy();
    const job = pickJob(whole.segments, seededRandom(12), 1);
    const { pread } = device;
    device.pread = (file, target, position) => {
      if (position + target.length > 20 * UNIT_BYTES) throw Object.assign(new Error("EIO"), { code: "EIO" });
      return pread.call(device, file, target, position);
    };
    expect(damagesOf(rewriteSegment(device, job))).toEqual([
      { unit: 0, what: "unreadable" },
      { unit: 1, what: "unreadable" },
    ]);
  });
});

/** One commit of which the frame and the blocks are longer than what is read at once. */
function makeBigSegment(): ReturnType<typeof makeStore> {
  const store = new MemoryStore({ limits: { dirtyBlocks: 100_000 } });
  store.create("v");
  const { volume, stop } = store.open("v");
  const inode = volume.create("/f", 0o600);
  const random = seededRandom(1);
  for (let block = 0; block < 2500; block++) volume.write(inode, fill(random, BLOCK_BYTES), block * BLOCK_BYTES);
  volume.commit();
  volume.truncate(inode, 1);
  volume.commit();
  stop();
  return { device: store.device, segments: scanSealedSegments(store.device, STORE_DIR, LOG) };
}
