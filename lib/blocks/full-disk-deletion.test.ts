import { expect, test } from "vitest";
import { checkStore } from "./check/checker";
import { rewriteSegment } from "./collect/rewrite-segment";
import { Upkeep } from "./keeper/keeper-service";
import { BLOCK_BYTES } from "./log/format";
import { ManualClock } from "./retention/manual-clock.fixture";
import { MemoryStore, readFile, STORE_DIR, writeFile } from "./simulation/memory-store";

const LIMITS = { segmentBytes: 64 << 10, checkpointFrames: 7, indexedFrames: 3, pendingBlocks: 8, dirtyNodes: 16 };
const SECOND = 1_000_000;
const BLOCKS = 24;

/** A source of which a fork keeps everything that has been replaced since, a fork with blocks of its own, and no room left. */
function makeFullDisk() {
  const clock = new ManualClock();
  const store = new MemoryStore({ limits: LIMITS, clock });
  store.create("source");
  store.keeper.setRetention("source", { micros: 1, bytes: 0 });
  rewriteBlocks(store, "source", 1);
  store.fork("source", "fork");
  rewriteBlocks(store, "source", 2);
  rewriteBlocks(store, "fork", 3);
  clock.advance(SECOND);
  while (store.keeper.work(clock.nowMicros()));
  store.device.capacityBytes = store.device.usedBytes;
  return { store, clock };
}

/** In several commits, so that segments end. */
function rewriteBlocks(store: MemoryStore, volumeId: string, byte: number): void {
  const { volume, stop } = store.open(volumeId);
  const inode = volume.lookup("/f") ?? volume.create("/f", 0o600);
  for (let block = 0; block < BLOCKS; block++) {
    volume.write(inode, Buffer.alloc(BLOCK_BYTES, byte), block * BLOCK_BYTES);
    if (block % 4 === 3) volume.commit();
  }
  stop();
}

/** Whatever room there is goes to somebody else before the store does its next step. */
function beGreedy({ device }: MemoryStore): void {
  device.failure = () => {
    device.capacityBytes = Math.min(device.capacityBytes, device.usedBytes);
    return undefined;
  };
}

/** Upkeep as the keeper's thread does it, until nothing more comes back. */
async function giveBack(store: MemoryStore, clock: ManualClock): Promise<void> {
  const upkeep = new Upkeep({
    keeper: store.keeper,
    rewriter: {
      rewrite: async (job) => rewriteSegment(store.device, job),
      close: async () => undefined,
    },
    collected: () => undefined,
    failed(error) {
      throw error;
    },
    monotonicMs: () => clock.monotonicMs(),
  });
  await upkeep.collectAll(clock.nowMicros());
}

const reserveBytes = ({ device }: MemoryStore) =>
  device.files().reduce((sum, path) => sum + (path.includes("/reserve/") ? device.allocatedBytes(path) : 0), 0);
const blocksOf = (byte: number) => Buffer.alloc(BLOCKS * BLOCK_BYTES, byte);
const full = expect.objectContaining({ code: "ENOSPC" });

test("on a full disk a fork can be deleted, and all that only it needed comes back", async () => {
  const { store, clock } = makeFullDisk();
  const before = store.device.usedBytes;
  store.keeper.delete("fork");
  await giveBack(store, clock);
  const { logs, diskBytes } = store.keeper.totals();
  expect(logs.garbageBytes).toBe(0);
  expect(logs.keptForForksBytes).toBe(0);
  expect(diskBytes).toBe(store.device.usedBytes);
  // Its own blocks and those that it kept of the source.
  expect(before - store.device.usedBytes).toBeGreaterThan(2 * BLOCKS * BLOCK_BYTES);
  rewriteBlocks(store, "source", 4);
  expect(store.read("source", "/f")?.equals(blocksOf(4))).toBe(true);
  expect(checkStore(store.device, STORE_DIR)).toEqual([]);
});

test("the same when somebody else takes every byte as soon as it is free", async () => {
  const { store, clock } = makeFullDisk();
  const before = store.device.usedBytes;
  beGreedy(store);
  store.keeper.delete("fork");
  await giveBack(store, clock);
  expect(store.keeper.totals().logs.keptForForksBytes).toBe(0);
  expect(before - store.device.usedBytes).toBeGreaterThan(2 * BLOCKS * BLOCK_BYTES);
  store.device.failure = undefined;
  expect(checkStore(store.device, STORE_DIR)).toEqual([]);
});

test("a deletion needs no room in the journal, wherever its last block ends", () => {
  for (let bytes = 0; bytes <= 60; bytes += 4) {
    const { store, clock } = makeFullDisk();
    store.device.capacityBytes = Number.POSITIVE_INFINITY;
    fillJournal(store, bytes);
    while (store.keeper.work(clock.nowMicros()));
    store.device.capacityBytes = store.device.usedBytes;
    beGreedy(store);
    store.keeper.delete("fork");
    store.device.failure = undefined;
    store.cutPower();
    expect(store.keeper.find("fork"), `${bytes} bytes left`).toBeUndefined();
    expect(store.keeper.find("source")).toBeDefined();
    store.device.capacityBytes = Number.POSITIVE_INFINITY;
    store.create("later");
    store.cutPower();
    expect(store.keeper.find("later")).toBeDefined();
  }
});

/** Snapshots until only so many bytes are left in the journal's last unit behind its last record. */
function fillJournal(store: MemoryStore, left: number): void {
  const settledBytes = 24;
  const size = () => store.device.content(`${STORE_DIR}/journal`).length - settledBytes;
  const take = (nameBytes: number) => {
    const snapshot = { snapshotId: `${size()}`.padStart(6), name: "x".repeat(nameBytes), kind: "manual" } as const;
    store.keeper.takeSnapshot("source", snapshot, store.nowMicros);
  };
  const before = size();
  take(0);
  const recordBytes = size() - before;
  const missing = () => 4096 - left - (size() % 4096);
  while (missing() > 500 + recordBytes) take(300);
  if (missing() > recordBytes) take(missing() - recordBytes);
  expect((size() + left) % 4096).toBe(0);
}

test("on a full disk volumes open and are read; what is committed, made or kept is refused and has no part in the reserve", () => {
  const { store } = makeFullDisk();
  beGreedy(store);
  const before = reserveBytes(store);
  const { volume, abandon } = store.open("source");
  expect(readFile(volume, "/f")?.equals(blocksOf(2))).toBe(true);
  // A unit for the segment that it begins.
  expect(reserveBytes(store)).toBe(before - 4096);
  writeFile(volume, "/g", "x");
  expect(() => volume.commit()).toThrow(full);
  volume.close();
  abandon();
  expect(() => store.create("other")).toThrow(full);
  expect(() => store.fork("source", "other")).toThrow(full);
  expect(reserveBytes(store)).toBe(before - 4096);
  expect(store.keeper.list().map(({ volumeId }) => volumeId)).toEqual(["source", "fork"]);
});

test("the reserve is made when there is room, also in a store that had none, and counted", () => {
  const { store, clock } = makeFullDisk();
  const whole = reserveBytes(store);
  expect(whole).toBeGreaterThan(0);
  for (const path of store.device.files()) if (path.includes("/reserve/")) store.device.unlink(path);
  store.device.capacityBytes = store.device.usedBytes + 3 * 4096;
  store.reopen();
  const work = () => {
    clock.advance(10 * SECOND);
    while (store.keeper.work(clock.nowMicros()));
    expect(store.keeper.totals().diskBytes).toBe(store.device.usedBytes);
    return reserveBytes(store);
  };
  expect(work()).toBe(3 * 4096);
  store.device.capacityBytes = Number.POSITIVE_INFINITY;
  expect(work()).toBe(whole);
  expect(work()).toBe(whole);
  expect(checkStore(store.device, STORE_DIR)).toEqual([]);
});

test("power that goes in any step of a deletion on a full disk leaves a store that opens and goes on with it", async () => {
  const steps = await countSteps();
  for (let step = 1; step <= steps; step++) {
    const { store, clock } = makeFullDisk();
    const before = store.device.usedBytes;
    store.device.cutAt = store.device.operations + step;
    try {
      store.keeper.delete("fork");
      await giveBack(store, clock);
    } catch (error) {
      if (!store.device.isOff) throw error;
    }
    store.device.isOff = true;
    store.device.restart();
    expect(checkStore(store.device, STORE_DIR), `cut at ${step}`).toEqual([]);
    store.reopen();
    store.keeper.delete("fork");
    await giveBack(store, clock);
    expect(before - store.device.usedBytes, `cut at ${step}`).toBeGreaterThan(2 * BLOCKS * BLOCK_BYTES);
    expect(store.keeper.totals().diskBytes, `cut at ${step}`).toBe(store.device.usedBytes);
    expect(store.read("source", "/f")?.equals(blocksOf(2))).toBe(true);
    expect(checkStore(store.device, STORE_DIR), `cut at ${step}`).toEqual([]);
  }
});

async function countSteps(): Promise<number> {
  const { store, clock } = makeFullDisk();
  const before = store.device.operations;
  store.keeper.delete("fork");
  await giveBack(store, clock);
  return store.device.operations - before;
}
