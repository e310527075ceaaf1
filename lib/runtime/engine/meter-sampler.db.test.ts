import { lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type BlockStore, type History, openStore, openVolume } from "@/lib/blocks";
import { HOUR_MS } from "@/lib/metering/hours";
import { KEPT_FORKS } from "@/lib/metering/usage-store";
import type { Actor } from "@/lib/schemas/actor";
import { requestCreate } from "@/lib/services";
import { systemClock } from "@/lib/std/clock";
import { silentLog } from "@/lib/std/log";
import { startControlDatabase } from "@/lib/testing/control-database";
import { bundleKeeper } from "@/lib/testing/keeper-bundle";
import { ManualClock } from "@/lib/testing/manual-clock";
import { setState } from "@/lib/testing/request-fixture";
import { makeActor, servicesContextFor } from "@/lib/testing/services-context";
import { type MeterSampler, startMeter } from "./meter-sampler";

const control = startControlDatabase();
const START = Date.UTC(2026, 10, 24, 9, 59);
const BLOCK = 8192;
const HALF = { cpuMillis: 500, memoryGbs: 2 };
const DOUBLE = { cpuMillis: 2000, memoryGbs: 8 };

let bundle: Awaited<ReturnType<typeof bundleKeeper>>;
let dir: string;
let store: BlockStore & History;
let clock: ManualClock;
let meter: MeterSampler;
let actor: Actor;

beforeAll(async () => {
  bundle = await bundleKeeper();
});
afterAll(() => bundle.remove());
beforeEach(async () => {
  await control().db.$executeRaw`TRUNCATE services, operations, usage_meters, usage_hours CASCADE`;
  dir = mkdtempSync(join(tmpdir(), "offshoot-meter-"));
  store = await openStore(dir, { clock: systemClock, log: silentLog, keeperEntry: bundle.keeperEntry });
  clock = new ManualClock(START);
  actor = await makeActor(control().db);
});
afterEach(async () => {
  await meter.stop();
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

const start = async (of: Pick<History, "shares"> = store) => {
  meter = await startMeter({ db: control().db, store: of, clock, log: silentLog });
  await meter.close();
};

/** A service whose volume is a fork of another one. */
async function aService(name: string, sourceId: string) {
  const service = await requestCreate(actor, { name }, { context: servicesContextFor(control().db) });
  await setState(control().db, service, "READY");
  const { volumeId } = await control().db.service.findUniqueOrThrow({ where: { id: service.service_id } });
  await store.fork(sourceId, volumeId);
  return { serviceId: service.service_id, volumeId };
}

/** Commits of the whole file, and of parts of it. */
async function write(volumeId: string, { blocks = 40, commits = 5 } = {}) {
  const { ticket, release } = await store.openWriter(volumeId);
  const volume = openVolume(ticket);
  const inode = volume.lookup("/data") ?? volume.create("/data", 0o600);
  for (let commit = 1; commit <= commits; commit++) {
    for (let block = commit % 2; block < blocks; block += commit)
      volume.write(inode, Buffer.alloc(BLOCK, (block * 31 + commit * 7) % 251 || 1), block * BLOCK);
    volume.commit();
  }
  volume.close();
  await release();
}

const forgetHistory = (volumeId: string) => store.setRetention(volumeId, { micros: 1, bytes: 1 });
const usageOf = (serviceId: string) =>
  control().db.usageHour.findMany({ where: { serviceId }, orderBy: { hour: "asc" } });
const meterOf = (serviceId: string) => control().db.usageMeter.findFirst({ where: { serviceId } });
const bytesIn = (path: string): number =>
  lstatSync(path).isDirectory()
    ? readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0)
    : lstatSync(path).blocks * 512;

/** The disk's bytes of all logs but the first two: the template's, and those of what it was made on. */
const bytesOfServices = () =>
  readdirSync(join(dir, "logs"))
    .filter((log) => Number(log) > 2)
    .reduce((sum, log) => sum + bytesIn(join(dir, "logs", log)), 0);

async function meteredBytes() {
  const meters = await control().db.usageMeter.findMany();
  return meters.reduce((sum, one) => sum + Number(one.writtenBytes + one.pinnedBytes), 0);
}

async function makeTemplate() {
  await store.create("workshop01");
  await write("workshop01");
  await store.fork("workshop01", "template01");
  await store.delete("workshop01");
}

describe("storage", () => {
  test("of all services is the disk's, to the byte: with forks, forks of forks, narrowed windows and purged sources", async () => {
    await makeTemplate();
    await start();
    const isWhole = async () => {
      await store.collectAll();
      clock.advance(60_000);
      // The store goes on tidying up: what is compared is one moment.
      let disk = -1;
      while (disk !== bytesOfServices()) {
        disk = bytesOfServices();
        await meter.close();
      }
      expect(await meteredBytes()).toBe(disk);
    };
    const source = await aService("source", "template01");
    await write(source.volumeId);
    await isWhole();
    const [one, two] = [await aService("one", source.volumeId), await aService("two", source.volumeId)];
    await write(source.volumeId);
    await write(one.volumeId, { blocks: 10 });
    const child = await aService("child", one.volumeId);
    await write(one.volumeId, { blocks: 20 });
    await forgetHistory(source.volumeId);
    await forgetHistory(one.volumeId);
    await isWhole();
    expect(Number((await meterOf(child.serviceId))?.pinnedBytes)).toBeGreaterThan(0);
    // What is kept for two forks is in no single one's: it is the source's.
    expect(Number((await meterOf(source.serviceId))?.pinnedBytes)).toBeGreaterThan(0);
    await store.delete(source.volumeId);
    await control().db.service.update({
      where: { id: source.serviceId },
      data: { status: "PURGED", purgedAt: new Date(clock.nowMs()) },
    });
    await isWhole();
    expect(await meterOf(source.serviceId)).toBeNull();
    expect(Number((await meterOf(KEPT_FORKS))?.pinnedBytes)).toBeGreaterThan(0);
    await store.delete(two.volumeId);
    await control().db.service.update({
      where: { id: two.serviceId },
      data: { status: "PURGED", purgedAt: new Date(clock.nowMs()) },
    });
    await isWhole();
  });

  test("of a purged service ends when it was purged, not at the next sample", async () => {
    await makeTemplate();
    const { serviceId, volumeId } = await aService("short", "template01");
    await start();
    const written = (await meterOf(serviceId))?.writtenBytes ?? 0n;
    clock.advance(10_000);
    await store.delete(volumeId);
    await control().db.service.update({
      where: { id: serviceId },
      data: { status: "PURGED", purgedAt: new Date(clock.nowMs()) },
    });
    clock.advance(50_000);
    await meter.close();
    clock.advance(50_000);
    await meter.close();
    expect((await usageOf(serviceId)).map(({ writtenByteMs }) => writtenByteMs.toFixed(0))).toEqual([
      `${written * 10_000n}`,
    ]);
  });
});

describe("compute", () => {
  const nothing: Pick<History, "shares"> = { shares: async () => ({ logs: [], otherBytes: 0 }) };

  test("is counted from start to stop, in the hours it ran in, at the service's size", async () => {
    await makeTemplate();
    const { serviceId } = await aService("busy", "template01");
    await start(nothing);
    meter.started(serviceId, HALF);
    clock.advance(90_000);
    meter.stopped(serviceId);
    clock.advance(10_000);
    meter.started(serviceId, HALF);
    clock.advance(5_000);
    expect(await meter.close()).toBe(START + 105_000);
    expect(await usageOf(serviceId)).toMatchObject([
      { hour: new Date(START - 59 * 60_000), computeMs: 60_000n, cpuMillis: 500, memoryGbs: 2 },
      { hour: new Date(START + 60_000), computeMs: 35_000n, cpuMillis: 500, memoryGbs: 2 },
    ]);
  });

  test("that an engine left running when it was killed is counted up to its last sample", async () => {
    await makeTemplate();
    const { serviceId } = await aService("busy", "template01");
    await start(nothing);
    meter.started(serviceId, HALF);
    clock.advance(40_000);
    await meter.close();
    // For the dead time stands still; its successor begins an hour later.
    clock = new ManualClock(clock.nowMs() + HOUR_MS);
    await start(nothing);
    clock.advance(1_000);
    await meter.close();
    const usage = await usageOf(serviceId);
    expect(usage.map(({ computeMs }) => computeMs)).toEqual([40_000n]);
  });

  test("is not counted while the machine slept", async () => {
    await makeTemplate();
    const { serviceId } = await aService("busy", "template01");
    let sleptMs = 0;
    clock = new (class extends ManualClock {
      override monotonicMs = () => this.nowMs() - sleptMs;
    })(START);
    await start(nothing);
    meter.started(serviceId, HALF);
    clock.advance(20_000);
    sleptMs = 8 * HOUR_MS;
    clock.advance(sleptMs + 3_000);
    await meter.close();
    const usage = await usageOf(serviceId);
    expect(usage.reduce((sum, { computeMs }) => sum + computeMs, 0n)).toBe(23_000n);
  });

  test("is not lost while the control database is away, and not counted twice when it is back", async () => {
    await makeTemplate();
    const { serviceId } = await aService("busy", "template01");
    await start(nothing);
    await control().db.$executeRaw`ALTER TABLE usage_hours RENAME TO usage_hours_away`;
    meter.started(serviceId, HALF);
    clock.advance(30_000);
    meter.stopped(serviceId);
    await expect(meter.close()).rejects.toThrow();
    clock.advance(60_000);
    await expect(meter.close()).rejects.toThrow();
    await control().db.$executeRaw`ALTER TABLE usage_hours_away RENAME TO usage_hours`;
    await meter.close();
    await meter.close();
    expect((await usageOf(serviceId)).map(({ computeMs }) => computeMs)).toEqual([30_000n]);
  });

  test("is counted at the size that it was started with", async () => {
    await makeTemplate();
    const { serviceId } = await aService("grows", "template01");
    await start(nothing);
    meter.started(serviceId, HALF);
    clock.advance(10_000);
    await control().db.service.update({ where: { id: serviceId }, data: DOUBLE });
    await meter.close();
    clock.advance(5_000);
    meter.stopped(serviceId);
    meter.started(serviceId, DOUBLE);
    clock.advance(7_000);
    await meter.close();
    const sizes = (await usageOf(serviceId)).map(({ cpuMillis, computeMs }) => `${cpuMillis}: ${computeMs}`);
    expect(sizes.sort()).toEqual(["2000: 7000", "500: 15000"]);
  });
});

test("who asks while a sample is taken gets that one's time, and later ones a later one", async () => {
  await start();
  const [one, other] = await Promise.all([meter.close(), meter.close()]);
  expect(one).toBe(other);
  clock.advance(1);
  expect(await meter.close()).toBe(one + 1);
});

test("a sample is taken each minute by itself", async () => {
  await makeTemplate();
  const { serviceId } = await aService("quiet", "template01");
  let tell: (atMs: number) => void = () => {};
  const nextSample = () =>
    new Promise<number>((resolve) => {
      tell = resolve;
    });
  const afterSample = async (atMs: number) => tell(atMs);
  meter = await startMeter({ db: control().db, store, clock, log: silentLog, afterSample });
  const first = nextSample();
  clock.advance(60_000);
  expect(await first).toBe(START + 60_000);
  await new Promise(setImmediate); // it goes to sleep
  const second = nextSample();
  clock.advance(60_000);
  expect(await second).toBe(START + 120_000);
  expect((await meterOf(serviceId))?.asOf).toEqual(new Date(START + 120_000));
});
