import { format } from "node:util";
import { beforeEach, describe, expect, test } from "vitest";
import { assert } from "@/lib/std/assert";
import { silentLog } from "@/lib/std/log";
import { checkStore } from "../check/checker";
import { rewriteSegment } from "../collect/rewrite-segment";
import type { At } from "../history-types";
import { MemoryStore, STORE_DIR, writeFile } from "../simulation/memory-store";
import { ManualClock } from "./manual-clock.fixture";

const SECOND = 1_000_000;
const LIMITS = { segmentBytes: 64 << 10, checkpointFrames: 7, indexedFrames: 3, pendingBlocks: 8, dirtyNodes: 16 };

let clock: ManualClock;
let store: MemoryStore;

beforeEach(() => {
  clock = new ManualClock();
  store = new MemoryStore({ limits: LIMITS, clock });
});

/** `commits` commits a second apart, each with its number in `/n` and a block of `/f` rewritten. */
function write(volumeId: string, commits: number): number[] {
  const { volume, stop } = store.open(volumeId);
  const made: number[] = [];
  for (let i = 0; i < commits; i++) {
    clock.advance(SECOND);
    const inode = volume.lookup("/f") ?? volume.create("/f", 0o600);
    const number = volume.head.commit + 1;
    volume.write(inode, Buffer.alloc(8192, number % 251 || 1), 8192 * (number % 5));
    writeFile(volume, "/n", `${number}`);
    made.push(volume.commit().commit);
  }
  stop();
  return made;
}

function upkeep(): void {
  while (store.keeper.work(clock.nowMicros()));
}

function collectAll(): void {
  for (;;) {
    upkeep();
    const job = store.keeper.nextRewrite("all", clock.nowMicros());
    if (!job) return;
    if (job !== "saving") store.keeper.finishRewrite(job, rewriteSegment(store.device, job));
  }
}

let forks = 0;
function readAt(volumeId: string, at: At): string | undefined {
  const fork = `probe-${forks++}`;
  store.keeper.fork({ sourceId: volumeId, volumeId: fork, at }, clock.nowMicros());
  const content = store.read(fork, "/n")?.toString();
  store.keeper.delete(fork);
  return content;
}

const bytesOnDisk = () => store.device.files().reduce((sum, path) => sum + store.device.allocatedBytes(path), 0);
const isHealthy = () => expect(checkStore(store.device, STORE_DIR)).toEqual([]);

describe("history", () => {
  test("every commit in the window can be forked, by number and by time", () => {
    store.create("v");
    const made = write("v", 30);
    clock.advance(SECOND);
    for (const commit of made) {
      expect(readAt("v", { commit })).toBe(`${commit}`);
      const { micros } = store.keeper.resolve("v", { commit }, clock.nowMicros());
      expect(readAt("v", { micros })).toBe(`${commit}`);
      expect(readAt("v", { micros: micros + SECOND - 1 })).toBe(`${commit}`);
    }
    isHealthy();
  });

  test("what is older than the window is refused and its space comes back; what is younger stays", () => {
    store.create("v");
    const made = write("v", 60);
    const before = bytesOnDisk();
    store.keeper.setRetention("v", { micros: 10 * SECOND, bytes: 1 << 30 });
    collectAll();
    isHealthy();
    expect(bytesOnDisk()).toBeLessThan(before / 2);
    for (const commit of made.slice(-10)) expect(readAt("v", { commit })).toBe(`${commit}`);
    expect(() => readAt("v", { commit: made[3] as number })).toThrow(
      expect.objectContaining({ code: "TARGET_OUTSIDE_WAL_WINDOW" }),
    );
    store.reopen();
    collectAll();
    isHealthy();
    for (const commit of made.slice(-10)) expect(readAt("v", { commit })).toBe(`${commit}`);
  });

  test("a snapshot is kept beyond the window, and gone with its deletion", () => {
    store.create("v");
    write("v", 20);
    const taken = store.keeper.takeSnapshot(
      "v",
      { snapshotId: "s", name: "before", kind: "manual" },
      clock.nowMicros(),
    );
    write("v", 40);
    store.keeper.setRetention("v", { micros: 5 * SECOND, bytes: 1 << 30 });
    collectAll();
    isHealthy();
    expect(readAt("v", { snapshotId: "s" })).toBe(`${taken.commit}`);
    store.reopen();
    expect(readAt("v", { snapshotId: "s" })).toBe(`${taken.commit}`);
    const kept = bytesOnDisk();
    store.keeper.deleteSnapshot("v", "s");
    collectAll();
    isHealthy();
    expect(bytesOnDisk()).toBeLessThan(kept);
  });

  test("a fork keeps its base when the source's window has passed, and when the source is gone", () => {
    store.create("v");
    const made = write("v", 25);
    const at = { commit: made[10] as number };
    store.keeper.fork({ sourceId: "v", volumeId: "fork", at }, clock.nowMicros());
    write("v", 40);
    store.keeper.setRetention("v", { micros: 2 * SECOND, bytes: 1 << 30 });
    collectAll();
    isHealthy();
    expect(store.read("fork", "/n")?.toString()).toBe(`${at.commit}`);
    store.keeper.delete("v");
    collectAll();
    isHealthy();
    expect(store.read("fork", "/n")?.toString()).toBe(`${at.commit}`);
    store.keeper.delete("fork");
    collectAll();
    expect(store.device.readdir(`${STORE_DIR}/logs`)).toEqual([]);
  });

  test("a chain of generations whose parents are gone takes what the last one has", () => {
    store.create("g0");
    write("g0", 12);
    const alone = bytesOnDisk();
    for (let generation = 1; generation <= 50; generation++) {
      store.keeper.fork({ sourceId: `g${generation - 1}`, volumeId: `g${generation}` }, clock.nowMicros());
      store.keeper.setRetention(`g${generation}`, { micros: SECOND, bytes: 1 << 30 });
      write(`g${generation}`, 6);
      store.keeper.delete(`g${generation - 1}`);
      collectAll();
    }
    clock.advance(100 * SECOND);
    collectAll();
    isHealthy();
    expect(bytesOnDisk()).toBeLessThan(3 * alone);
  }, 60_000);

  test("a fork asks nothing of what is gone of its deleted source, also after the store is opened again", () => {
    const errors: string[] = [];
    const log = { ...silentLog, error: (fields: object, message: string) => errors.push(message + format(fields)) };
    store = new MemoryStore({ limits: LIMITS, clock, log });
    store.create("v");
    store.change("v", (volume) => writeFile(volume, "/never-replaced", "x".repeat(100_000)));
    write("v", 40);
    store.keeper.fork({ sourceId: "v", volumeId: "f" }, clock.nowMicros());
    store.keeper.setRetention("f", { micros: 4 * SECOND, bytes: 1 << 30 });
    store.keeper.delete("v");
    for (let round = 0; round < 8; round++) {
      write("f", 3);
      collectAll();
    }
    store.reopen();
    collectAll();
    expect(errors).toEqual([]);
    isHealthy();
  });

  test("figures add up to the disk", () => {
    store.create("v");
    write("v", 30);
    store.keeper.fork({ sourceId: "v", volumeId: "f" }, clock.nowMicros());
    write("f", 10);
    write("v", 30);
    store.keeper.setRetention("v", { micros: 5 * SECOND, bytes: 1 << 30 });
    collectAll();
    expect(store.keeper.totals().diskBytes).toBe(bytesOnDisk());
    store.keeper.delete("v");
    upkeep();
    expect(store.keeper.totals().diskBytes).toBe(bytesOnDisk());
    collectAll();
    const frees = store.keeper.frees(["f"]);
    const before = bytesOnDisk();
    store.keeper.delete("f");
    collectAll();
    expect(before - bytesOnDisk()).toBeGreaterThanOrEqual(frees.freesBytes);
  });
});

describe("a ledger that is damaged", () => {
  test("leaves the head, forks of now and the other volumes' figures alone", () => {
    store.create("v");
    write("v", 20);
    store.keeper.setRetention("v", { micros: 3 * SECOND, bytes: 1 << 30 });
    collectAll();
    store.create("other");
    const path = `${STORE_DIR}/logs/1/ledger`;
    store.device.flipBit(path, 400);
    store.reopen();
    expect(() => store.keeper.window("v", clock.nowMicros())).toThrow(expect.objectContaining({ code: "EIO" }));
    expect(store.read("v", "/n")?.toString()).toBe(`${store.keeper.find("v")?.head.commit}`);
    store.fork("v", "now");
    expect(store.read("now", "/n")).toEqual(store.read("v", "/n"));
    upkeep();
    expect(store.keeper.totals().diskBytes).toBe(bytesOnDisk());
  });
});

test("a segment that a writer began and never committed to stays: without it a power cut could lose where the one before ends", () => {
  for (let seed = 1; seed <= 10; seed++) {
    store = new MemoryStore({ limits: LIMITS, clock, seed });
    store.create("v");
    store.keeper.setRetention("v", { micros: 10 * SECOND, bytes: 1 << 30 });
    write("v", 60);
    collectAll();
    // From here on nothing is decided, so no index is made durable.
    store.keeper.setRetention("v", { micros: 1000 * SECOND, bytes: 1 << 30 });
    write("v", 3);
    for (const _ of ["woken", "woken again"]) store.open("v").stop();
    write("v", 3);
    upkeep();
    store.cutPower();
    expect(store.keeper.window("v", clock.nowMicros()).head.commit).toBe(67);
    isHealthy();
  }
});

test("the commits before many events are guarded with one barrier, and stand after a power cut", () => {
  store.create("v");
  const made = write("v", 30);
  const guards = made.filter((commit) => commit % 3 === 0).map((commit) => ({ guardId: `g${commit}`, commit }));
  const { sync } = store.device.counts;
  store.keeper.guard("v", [...guards, { guardId: "gone", commit: 9_999 }]);
  store.keeper.guard("v", guards);
  expect(store.device.counts.sync).toBe(sync + 1);
  store.cutPower();
  store.keeper.setRetention("v", { micros: 3600 * SECOND, bytes: 1 });
  upkeep();
  for (const { commit } of guards) expect(readAt("v", { commit })).toBe(`${commit}`);
  isHealthy();
});

test("what deleting a parent frees is told anew after whatever changes it: commits, forks, marks, windows, deletions", () => {
  const fork = (sourceId: string, volumeId: string, at?: At) =>
    store.keeper.fork({ sourceId, volumeId, at }, clock.nowMicros());
  const keep = (volumeId: string, micros: number) => store.keeper.setRetention(volumeId, { micros, bytes: 1 << 30 });
  store.create("v");
  const made = write("v", 30);
  const told = new Set<number>();
  const changes: (() => unknown)[] = [
    () => fork("v", "early", { commit: made[9] as number }),
    () => write("v", 10),
    () => fork("v", "late"),
    () => fork("late", "grandchild"),
    () => write("late", 20),
    () => keep("late", SECOND),
    () => keep("v", SECOND),
    () => store.keeper.delete("grandchild"),
    () => store.keeper.delete("early"),
  ];
  for (const change of changes) {
    change();
    collectAll();
    const { freesBytes } = store.keeper.frees(["v"]);
    expect(store.keeper.frees(["v"]).freesBytes).toBe(freesBytes);
    store.cutPower();
    collectAll();
    expect(store.keeper.frees(["v"]).freesBytes).toBe(freesBytes);
    told.add(freesBytes);
  }
  expect(told.size).toBeGreaterThan(3);
});

test("a segment that was copied while the log's history could not be read stays as it is, and is rewritten later", () => {
  store.create("v");
  store.keeper.setRetention("v", { micros: 10 * SECOND, bytes: 1 << 30 });
  for (let reads = 0; reads < 12; reads++) {
    write("v", 30);
    upkeep();
    let job = store.keeper.nextRewrite("all", clock.nowMicros());
    while (job === "saving") job = store.keeper.nextRewrite("all", clock.nowMicros());
    assert(job, "there is something to rewrite");
    const result = rewriteSegment(store.device, job);
    write("v", 1);
    const { read } = store.device.counts;
    store.device.readFailure = (number) => (number > read + reads ? "EIO" : undefined);
    upkeep();
    store.device.mend();
    store.keeper.finishRewrite(job, result);
    collectAll();
    isHealthy();
    expect(store.keeper.totals().logs.garbageBytes).toBe(0);
  }
});

test("a segment whose header is damaged is no stray: a history that would lack its commits is refused", () => {
  store.create("v");
  write("v", 60);
  upkeep();
  // The indexes of the others do not need it.
  for (const file of ["3.seg", "3.idx"]) store.device.flipBit(`${STORE_DIR}/logs/1/${file}`, 80);
  store.reopen();
  expect(() => store.keeper.window("v", clock.nowMicros())).toThrow(expect.objectContaining({ code: "EIO" }));
  expect(store.keeper.find("v")?.head.commit).toBe(61);
});

test("guards beyond their number push the oldest out, and never a snapshot or a hold", () => {
  store.create("v");
  const [commit = 0] = write("v", 1);
  const guards = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => ({ guardId: `g${from + index}`, commit }));
  for (let from = 0; from < 10_000; from += 1000) store.keeper.guard("v", guards(from, from + 1000));
  store.keeper.guard("v", guards(10_000, 10_050));
  const snapshot = { snapshotId: "s", name: "s", kind: "manual" } as const;
  expect(store.keeper.takeSnapshot("v", snapshot, clock.nowMicros()).commit).toBe(commit);
}, 30_000);
