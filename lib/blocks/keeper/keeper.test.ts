import { beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "@/lib/std/clock";
import { BLOCK_BYTES } from "../log/format";
import { MemoryStore, STORE_DIR, writeFile } from "../simulation/memory-store";

let store: MemoryStore;

beforeEach(() => {
  store = new MemoryStore();
});

/** Once upkeep has removed what nobody needs. */
const logs = () => {
  while (store.keeper.work(systemClock.nowMicros()));
  return store.device.readdir(`${STORE_DIR}/logs`).sort();
};
const bytesOf = (log: number) =>
  store.device
    .files()
    .filter((path) => path.startsWith(`${STORE_DIR}/logs/${log}/`))
    .reduce((sum, path) => sum + store.device.allocatedBytes(path), 0);

/** A source with so many blocks and so many commits since its last map checkpoint. */
function makeSource(volumeId: string, size: { blocks: number; commits: number }): void {
  store.create(volumeId);
  const { volume, stop } = store.open(volumeId);
  const inode = volume.create("/f", 0o600);
  const block = Buffer.alloc(BLOCK_BYTES, 1);
  for (let index = 0; index < size.blocks; index++) {
    block.writeUInt32LE(index, 0);
    volume.write(inode, block, index * BLOCK_BYTES);
  }
  volume.commit();
  for (let commit = 0; commit < size.commits; commit++) {
    volume.write(inode, Buffer.from([commit]), 100);
    volume.commit();
  }
  stop();
}

describe("a fork", () => {
  test("costs the same operations and the same disk for a source of any size", () => {
    makeSource("small", { blocks: 20, commits: 10 });
    makeSource("large", { blocks: 2000, commits: 10 });
    store.reopen();
    const cost = (sourceId: string) => {
      store.fork(sourceId, `warm-${sourceId}`);
      const before = { ...store.device.counts };
      store.fork(sourceId, `fork-${sourceId}`);
      const after = store.device.counts;
      return Object.fromEntries(
        Object.entries(after).map(([name, count]) => [
          name,
          count - (before as typeof after)[name as keyof typeof after],
        ]),
      );
    };
    const small = cost("small");
    const large = cost("large");
    // The frame of the commit that wrote 2,000 blocks is longer than what one read takes.
    expect(large.read).toBeLessThanOrEqual((small.read ?? 0) + 1);
    expect({ ...large, read: 0 }).toEqual({ ...small, read: 0 });
    expect(small).toMatchObject({ sync: 2, syncDirectory: 2, mkdir: 1 });
    const sizes = store.keeper.storage(["fork-small", "fork-large"]);
    expect(sizes.get("fork-large")?.writtenBytes).toBe(sizes.get("fork-small")?.writtenBytes);
    expect(sizes.get("fork-large")?.logicalBytes).toBe(2000 * BLOCK_BYTES);
  });

  test("reads few frames and takes little disk when the source's map checkpoint is a thousand commits ago", () => {
    makeSource("source", { blocks: 1, commits: 1020 });
    store.fork("source", "warm");
    const before = store.device.counts.read;
    store.fork("source", "fork");
    expect(store.device.counts.read - before).toBeLessThan(120);
    expect(store.keeper.storage(["fork"]).get("fork")?.writtenBytes).toBeLessThanOrEqual(64 << 10);
    const target = store.read("fork", "/f");
    expect(target?.[100]).toBe(1019 % 256);
  });

  test("begins at the newest acknowledged commit of a source that is being written", () => {
    store.create("source");
    const { volume } = store.open("source");
    writeFile(volume, "/f", "committed");
    const point = volume.commit();
    writeFile(volume, "/f", "not yet");
    const fork = store.fork("source", "fork");
    expect(fork.base).toEqual(point);
    expect(store.read("fork", "/f")?.toString()).toBe("committed");
    volume.commit();
    expect(store.read("fork", "/f")?.toString()).toBe("committed");
  });

  test("numbers its commits after its base, at a later time", () => {
    makeSource("source", { blocks: 1, commits: 3 });
    const base = store.keeper.find("source")?.head;
    const fork = store.fork("source", "fork");
    expect(fork.base).toEqual(base);
    expect(fork.head.commit).toBe(fork.base.commit + 1);
    expect(fork.head.micros).toBeGreaterThan(fork.base.micros);
  });

  test("is made once, however often it is asked for, and remembers its base", () => {
    makeSource("source", { blocks: 1, commits: 0 });
    const first = store.fork("source", "fork");
    store.change("source", (volume) => writeFile(volume, "/later", "x"));
    store.reopen();
    // What the source did after is known by now.
    const again = store.fork("source", "fork");
    expect(again.firstLeftOutMicros).toBeGreaterThan(again.base.micros);
    expect({ ...again, firstLeftOutMicros: undefined }).toEqual(first);
    store.create("other");
    expect(() => store.fork("other", "fork")).toThrow(expect.objectContaining({ code: "CONFLICT" }));
    expect(() => store.fork("source", "other")).toThrow(expect.objectContaining({ code: "CONFLICT" }));
  });

  test("of an unknown source is refused and leaves nothing", () => {
    expect(() => store.fork("missing", "fork")).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
    expect(store.keeper.list()).toEqual([]);
    expect(logs()).toEqual([]);
  });

  test("of a fork of a fork opens without reading what its ancestors did before", () => {
    makeSource("v0", { blocks: 30, commits: 0 });
    for (let depth = 1; depth <= 14; depth++) {
      store.fork(`v${depth - 1}`, `v${depth}`);
      store.change(`v${depth}`, (volume) => writeFile(volume, `/own${depth}`, `${depth}`));
    }
    const reads = (volumeId: string) => {
      const before = store.device.counts.read;
      store.open(volumeId).stop();
      return store.device.counts.read - before;
    };
    // One frame and its segment's header more for each commit since the map checkpoint, nothing for the depth itself.
    expect(reads("v14") - reads("v1")).toBeLessThanOrEqual(13 * 4);
    expect(store.keeper.find("v14")?.ancestors).toEqual(Array.from({ length: 14 }, (_, depth) => `v${depth}`));
    for (let depth = 1; depth <= 14; depth++) expect(store.read("v14", `/own${depth}`)?.toString()).toBe(`${depth}`);
  });
});

describe("deleting", () => {
  test("gives the space back, also what the keeper had open", () => {
    makeSource("v", { blocks: 100, commits: 5 });
    store.fork("v", "warm");
    store.keeper.delete("warm");
    expect(bytesOf(1)).toBeGreaterThan(100 * BLOCK_BYTES);
    store.keeper.delete("v");
    expect(logs()).toEqual([]);
    expect(store.device.openFiles).toBe(1);
  });

  test("of a source keeps what its forks need until the last of them goes", () => {
    makeSource("a", { blocks: 10, commits: 0 });
    store.fork("a", "b");
    store.change("b", (volume) => writeFile(volume, "/b", "b"));
    store.fork("b", "c");
    store.fork("a", "d");
    store.keeper.delete("a");
    store.keeper.delete("b");
    expect(logs()).toEqual(["1", "2", "3", "4"]);
    expect(store.keeper.list().map(({ volumeId }) => volumeId)).toEqual(["c", "d"]);
    store.keeper.delete("d");
    expect(logs()).toEqual(["1", "2", "3"]);
    store.reopen();
    expect(store.read("c", "/b")?.toString()).toBe("b");
    store.keeper.delete("c");
    expect(logs()).toEqual([]);
  });

  test("of a source that had written nothing since it was forked itself frees its log", () => {
    makeSource("a", { blocks: 1, commits: 0 });
    store.fork("a", "b");
    store.fork("b", "c");
    store.keeper.delete("b");
    expect(logs()).toEqual(["1", "3"]);
    expect(store.keeper.find("c")?.ancestors).toEqual(["a", "b"]);
  });

  test("of what is not there is fine, of what is being written is refused", () => {
    store.keeper.delete("missing");
    store.create("v");
    const { stop } = store.open("v");
    expect(() => store.keeper.delete("v")).toThrow(expect.objectContaining({ code: "CONFLICT" }));
    stop();
    store.keeper.delete("v");
    expect(store.keeper.find("v")).toBeUndefined();
  });

  test("frees the id for another volume", () => {
    makeSource("v", { blocks: 1, commits: 0 });
    store.keeper.delete("v");
    store.create("v");
    expect(store.read("v", "/f")).toBeUndefined();
    store.reopen();
    expect(store.read("v", "/f")).toBeUndefined();
  });

  test("goes on after a crash between the journal and the disk", () => {
    makeSource("v", { blocks: 10, commits: 0 });
    store.device.failure = (operation) => (operation === "unlink" ? "EIO" : undefined);
    store.keeper.delete("v");
    expect(logs()).toEqual(["1"]);
    store.device.failure = undefined;
    store.reopen();
    expect(logs()).toEqual([]);
  });
});

test("a fork that was cut off never gets the log of one that failed before", () => {
  for (let seed = 1; seed <= 60; seed++) {
    store = new MemoryStore({ seed });
    const { device } = store;
    for (const volumeId of ["one", "other"]) {
      store.create(volumeId);
      store.change(volumeId, (volume) => writeFile(volume, "/f", volumeId));
    }
    // The journal's last record is then not of a volume, whose log would be looked at when the store is opened.
    store.keeper.takeSnapshot("one", { snapshotId: "s", name: "s", kind: "manual" }, store.nowMicros);
    // Its log is whole when the last directory cannot be made durable.
    device.failure = (operation) =>
      operation === "syncDirectory" && device.files().includes(`${STORE_DIR}/logs/3/1.seg`) ? "EIO" : undefined;
    expect(() => store.fork("one", "failed")).toThrow(expect.objectContaining({ code: "EIO" }));
    device.failure = undefined;
    store.reopen();
    device.cutAt = device.operations + 1 + (seed % 6);
    expect(() => store.fork("other", "cut-off")).toThrow();
    store.cutPower();
    if (store.keeper.find("cut-off")) expect(store.read("cut-off", "/f")?.toString()).toBe("other");
  }
});

describe("one writer", () => {
  test("has a volume until it is released", () => {
    store.create("v");
    const { stop } = store.open("v");
    expect(() => store.keeper.openWriter("v")).toThrow(expect.objectContaining({ code: "CONFLICT" }));
    stop();
    store.open("v").stop();
    expect(() => store.keeper.openWriter("missing")).toThrow(expect.objectContaining({ code: "NOT_FOUND" }));
  });

  test("that was thought dead cannot reach the next one's volume", () => {
    store.create("v");
    const stale = store.open("v");
    writeFile(stale.volume, "/f", "stale, and committed in time");
    stale.volume.commit();
    stale.abandon();
    const next = store.open("v");
    writeFile(stale.volume, "/f", "stale, and too late");
    stale.volume.commit();
    next.stop();
    store.cutPower();
    expect(store.read("v", "/f")?.toString()).toBe("stale, and committed in time");
  });
});

describe("a creation that was cut off", () => {
  test("at any of its operations leaves a whole volume or none, and can be asked for again", () => {
    makeSource("source", { blocks: 3, commits: 2 });
    const { device } = store;
    for (let operation = 1; ; operation++) {
      const volumeId = `fork-${operation}`;
      device.cutAt = device.operations + operation;
      try {
        store.fork("source", volumeId);
      } catch {
        expect(device.isOff).toBe(true);
      }
      const isCut = device.isOff;
      store.cutPower();
      const found = store.keeper.find(volumeId);
      if (found) expect(store.read(volumeId, "/f")).toHaveLength(3 * BLOCK_BYTES);
      else expect(logs()).toHaveLength(store.keeper.list().length);
      store.fork("source", volumeId);
      expect(store.read(volumeId, "/f")).toHaveLength(3 * BLOCK_BYTES);
      if (!isCut) break;
    }
  });

  test("is told from damage: a volume whose first record rots later is never removed", () => {
    makeSource("v", { blocks: 1, commits: 0 });
    store.device.flipBit(`${STORE_DIR}/logs/1/1.seg`, 4096 * 8 + 400);
    store.device.flipBit(`${STORE_DIR}/logs/1/2.seg`, 400);
    store.reopen();
    store.create("other");
    expect(() => store.keeper.find("v")).toThrow(expect.objectContaining({ code: "EIO" }));
    expect(store.keeper.list().map(({ volumeId }) => volumeId)).toEqual(["other"]);
    expect([...store.keeper.storage(["v", "other"]).keys()]).toEqual(["other"]);
    expect(logs()).toEqual(["1", "2"]);
  });
});

describe("figures", () => {
  test("are exact: blocks that the head maps, and what the log takes on the disk", () => {
    makeSource("source", { blocks: 10, commits: 0 });
    store.fork("source", "fork");
    store.change("fork", (volume) => {
      const inode = volume.lookup("/f") ?? 0;
      volume.truncate(inode, 4 * BLOCK_BYTES);
      volume.write(inode, Buffer.alloc(BLOCK_BYTES), 0);
      writeFile(volume, "/small", "a few bytes");
    });
    const figures = store.keeper.storage(["source", "fork", "missing"]);
    expect(figures.get("source")).toEqual({ logicalBytes: 10 * BLOCK_BYTES, writtenBytes: bytesOf(1) });
    expect(figures.get("fork")).toEqual({ logicalBytes: (3 + 1) * BLOCK_BYTES, writtenBytes: bytesOf(2) });
    expect(figures.has("missing")).toBe(false);
  });

  test("follow a running writer commit by commit, without reading any block", () => {
    store.create("v");
    const { volume } = store.open("v");
    for (let commit = 1; commit <= 5; commit++) {
      writeFile(volume, `/f${commit}`, Buffer.alloc(BLOCK_BYTES, commit));
      volume.commit();
      const before = store.device.counts.read;
      expect(store.keeper.storage(["v"]).get("v")).toEqual({
        logicalBytes: commit * BLOCK_BYTES,
        writtenBytes: bytesOf(1),
      });
      expect(store.device.counts.read).toBe(before);
    }
  });
});

test("an id must be something that can be written down", () => {
  for (const volumeId of ["", "x".repeat(201)])
    expect(() => store.create(volumeId)).toThrow(expect.objectContaining({ code: "INVALID_REQUEST" }));
});

test("a journal that is mostly about what is gone is written anew at an opening, and says the same", () => {
  store.create("a");
  store.fork("a", "b");
  store.fork("b", "c");
  store.keeper.delete("b");
  const take = (snapshotId: string) =>
    store.keeper.takeSnapshot("a", { snapshotId, name: snapshotId, kind: "manual" }, systemClock.nowMicros());
  take("kept");
  for (let round = 0; round < 600; round++) {
    take("passing");
    store.keeper.deleteSnapshot("a", "passing");
  }
  const bytes = () => store.device.allocatedBytes(`${STORE_DIR}/journal`);
  const said = () => [store.keeper.list(), store.keeper.window("a", systemClock.nowMicros()).snapshots];
  const [before, long] = [said(), bytes()];
  store.reopen();
  expect(said()).toEqual(before);
  expect(bytes()).toBeLessThan(long / 10);
  store.create("d");
  store.reopen();
  expect(store.keeper.find("d")).toBeDefined();
  expect(store.keeper.find("c")?.ancestors).toEqual(["a", "b"]);
});

test("a question about closed volumes after opening needs no barrier; what is built on one of them makes it durable first", () => {
  store.create("source");
  for (const volumeId of ["a", "b", "c"]) {
    store.fork("source", volumeId);
    if (volumeId !== "c") store.change(volumeId, (volume) => writeFile(volume, "/f", volumeId));
  }
  store.reopen();
  const { sync, syncDirectory } = store.device.counts;
  expect(store.keeper.list()).toHaveLength(4);
  store.keeper.totals();
  expect(store.device.counts).toMatchObject({ sync, syncDirectory });
  store.fork("a", "of-a");
  // The source's last frame, then the journal and the fork's first segment.
  expect(store.device.counts.sync).toBe(sync + 3);
});

test("a commit that a killed writer left with the system only is made durable before anybody hears of it", () => {
  store.create("v");
  const { volume } = store.open("v");
  writeFile(volume, "/f", "x");
  const { commit } = volume.commit();
  store.device.isOff = true;
  store.device.resume();
  store.reopen();
  const { sync } = store.device.counts;
  expect(store.keeper.find("v")?.head.commit).toBe(commit);
  expect(store.device.counts.sync).toBe(sync + 1);
});
