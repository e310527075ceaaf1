import { beforeEach, describe, expect, test } from "vitest";
import { seededRandom } from "@/lib/std/random";
import { BLOCK_BYTES, UNIT_BYTES } from "../log/format";
import { MemoryStore, readFile, STORE_DIR, writeFile } from "../simulation/memory-store";
import type { Volume } from "./volume-types";

let store: MemoryStore;

beforeEach(() => {
  store = new MemoryStore();
  store.create("v");
});

function noise(bytes: number, seed = 1): Buffer {
  const random = seededRandom(seed);
  return Buffer.from(Array.from({ length: bytes }, () => 1 + random.int(255)));
}

const segmentBytes = () =>
  store.device
    .files()
    .filter((path) => path.endsWith(".seg"))
    .reduce((sum, path) => sum + store.device.content(path).length, 0);

describe("reading and writing", () => {
  test("what was written is read before the commit, after it, and by the next writer", () => {
    const { volume, stop } = store.open("v");
    const inode = volume.create("/f", 0o600);
    const content = noise(3 * BLOCK_BYTES + 100);
    expect(volume.write(inode, content, 0)).toBe(content.length);
    expect(readFile(volume, "/f")).toEqual(content);
    volume.commit();
    expect(readFile(volume, "/f")).toEqual(content);
    stop();
    expect(store.read("v", "/f")).toEqual(content);
  });

  test("memory that threads share can be written from and read into", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(BLOCK_BYTES * 2));
    shared.set(noise(BLOCK_BYTES), 0);
    const { volume } = store.open("v");
    const inode = volume.create("/f", 0o600);
    volume.write(inode, shared.subarray(0, BLOCK_BYTES), 0);
    volume.commit();
    for (const target of [shared.subarray(BLOCK_BYTES), shared.subarray(BLOCK_BYTES, BLOCK_BYTES + 100)]) {
      target.fill(0);
      expect(volume.read(inode, target, 0)).toBe(target.length);
      expect(Buffer.from(target)).toEqual(noise(BLOCK_BYTES).subarray(0, target.length));
    }
  });

  test("reading ends at the end of the file", () => {
    const { volume } = store.open("v");
    const inode = volume.create("/f", 0o600);
    volume.write(inode, Buffer.from("abc"), 10);
    const target = Buffer.alloc(20, 0xff);
    expect(volume.read(inode, target, 8)).toBe(5);
    expect(target.subarray(0, 5)).toEqual(Buffer.from("\0\0abc"));
    expect(target[5]).toBe(0xff);
    expect(volume.read(inode, target, 13)).toBe(0);
    expect(volume.read(inode, target, 1000)).toBe(0);
  });

  test("bytes that a truncation removed are zeros when the file grows again", () => {
    const { volume, stop } = store.open("v");
    const inode = volume.create("/f", 0o600);
    volume.write(inode, noise(2 * BLOCK_BYTES), 0);
    volume.commit();
    volume.truncate(inode, 100);
    volume.truncate(inode, 2 * BLOCK_BYTES);
    const expected = Buffer.concat([noise(100), Buffer.alloc(2 * BLOCK_BYTES - 100)]);
    expect(readFile(volume, "/f")).toEqual(expected);
    volume.commit();
    stop();
    expect(store.read("v", "/f")).toEqual(expected);
  });

  test("a file may begin at any block: what lies before takes no room", () => {
    const { volume, stop } = store.open("v");
    const inode = volume.create("/f", 0o600);
    const far = 40 * 2 ** 30;
    volume.write(inode, noise(BLOCK_BYTES), far);
    volume.commit();
    expect(volume.stat(inode).sizeBytes).toBe(far + BLOCK_BYTES);
    const target = Buffer.alloc(BLOCK_BYTES, 1);
    volume.read(inode, target, far / 2);
    expect(target).toEqual(Buffer.alloc(BLOCK_BYTES));
    stop();
    expect(store.keeper.storage(["v"]).get("v")?.logicalBytes).toBe(BLOCK_BYTES);
  });

  test("positions that no file can have are refused", () => {
    const { volume } = store.open("v");
    const inode = volume.create("/f", 0o600);
    for (const position of [-1, 0.5, Number.NaN, 2 ** 53]) {
      const refused = expect.objectContaining({ code: "EINVAL" });
      expect(() => volume.read(inode, Buffer.alloc(1), position)).toThrow(refused);
      expect(() => volume.write(inode, Buffer.alloc(1), position)).toThrow(refused);
      expect(() => volume.truncate(inode, position)).toThrow(refused);
    }
  });
});

describe("files", () => {
  test("facts of a file survive a commit", () => {
    store.change("v", (volume) => {
      const inode = volume.create("/f", 0o600);
      volume.chmod(inode, 0o4640);
      volume.utimes(inode, 1_764_000_000_123.5);
      volume.mkdir("/d", 0o750);
    });
    const { volume } = store.open("v");
    expect(volume.stat(volume.lookup("/f") ?? 0)).toEqual({
      kind: "file",
      mode: 0o4640,
      sizeBytes: 0,
      mtimeMs: 1_764_000_000_123.5,
    });
    expect(volume.stat(volume.lookup("/d") ?? 0)).toMatchObject({ kind: "directory", mode: 0o750 });
    expect(volume.readdir(volume.lookup("/") ?? 0).sort()).toEqual(["d", "f"]);
  });

  test("an unlinked file is readable and writable until the last release, and gone for the next writer", () => {
    const { volume, stop } = store.open("v");
    const inode = volume.create("/f", 0o600);
    volume.write(inode, noise(BLOCK_BYTES), 0);
    volume.commit();
    volume.retain(inode);
    volume.unlink("/f");
    volume.commit();
    volume.write(inode, Buffer.from("still"), 10);
    const target = Buffer.alloc(5);
    volume.read(inode, target, 10);
    expect(target.toString()).toBe("still");
    volume.release(inode);
    expect(() => volume.stat(inode)).toThrow(expect.objectContaining({ code: "ENOENT" }));
    volume.commit();
    stop();
    expect(store.keeper.storage(["v"]).get("v")?.logicalBytes).toBe(0);
  });

  test("a file that lost its name while a killed writer held it open is freed by the next writer", () => {
    const killed = store.open("v");
    const inode = killed.volume.create("/f", 0o600);
    killed.volume.write(inode, noise(BLOCK_BYTES), 0);
    killed.volume.retain(inode);
    killed.volume.unlink("/f");
    killed.volume.commit();
    killed.abandon();
    expect(store.keeper.storage(["v"]).get("v")?.logicalBytes).toBe(BLOCK_BYTES);
    store.change("v", (volume) => volume.create("/other", 0o600));
    expect(store.keeper.storage(["v"]).get("v")?.logicalBytes).toBe(0);
  });
});

describe("a commit", () => {
  test("is one write and one barrier", () => {
    const { volume } = store.open("v");
    const inode = volume.create("/f", 0o600);
    volume.write(inode, noise(20 * BLOCK_BYTES), 0);
    volume.mkdir("/d", 0o700);
    const before = { ...store.device.counts };
    volume.commit();
    expect(store.device.counts.write - before.write).toBe(1);
    expect(store.device.counts.sync - before.sync).toBe(1);
    expect(store.device.counts.syncDirectory).toBe(before.syncDirectory);
  });

  test("without a change writes nothing and answers the head", () => {
    const { volume } = store.open("v");
    const { head } = volume;
    const before = store.device.operations;
    expect(volume.dirty).toBe(false);
    expect(volume.commit()).toEqual(head);
    expect(store.device.operations).toBe(before);
  });

  test("has the next number and a later time, also when the clock stands still or goes back", () => {
    let micros = 1_764_000_000_000_000;
    const clock = { nowMicros: () => micros, nowMs: () => 0, monotonicMs: () => 0 };
    const timers = { after: () => () => {}, sleep: () => Promise.resolve() };
    store = new MemoryStore({ clock: { ...clock, ...timers } });
    store.create("v");
    const { volume } = store.open("v");
    let last = volume.head;
    for (const step of [0, 5, -1_000_000, 0, 2_000_000]) {
      micros += step;
      volume.utimes(1, 1);
      const point = volume.commit();
      expect(point.commit).toBe(last.commit + 1);
      expect(point.micros).toBe(Math.max(micros, last.micros + 1));
      last = point;
    }
  });

  test("that changed a few hundred bytes of a page takes one unit of disk, map checkpoints included nearly so", () => {
    const { volume } = store.open("v");
    const wal = volume.create("/wal", 0o600);
    const page = Buffer.alloc(BLOCK_BYTES);
    const walBytes = 600;
    let position = 0;
    const writeWal = (commit: number) => {
      for (let left = walBytes; left > 0; ) {
        const within = position % BLOCK_BYTES;
        const take = Math.min(left, BLOCK_BYTES - within);
        page.fill(noise(1, commit)[0] as number, within, within + take);
        volume.write(wal, page, position - within);
        position += take;
        left -= take;
        if (position % BLOCK_BYTES === 0) page.fill(0);
      }
      volume.commit();
    };
    writeWal(0);
    const first = segmentBytes();
    for (let commit = 1; commit <= 100; commit++) writeWal(commit);
    expect((segmentBytes() - first) / 100).toBe(UNIT_BYTES);
    for (let commit = 101; commit <= 2100; commit++) writeWal(commit);
    expect((segmentBytes() - first) / 2100).toBeLessThan(UNIT_BYTES + walBytes + 150);
  });

  test("of more than fits into memory is spilled, stays in one segment, and is not there unless it was committed", () => {
    store = new MemoryStore({ limits: { segmentBytes: 64 << 10, dirtyBlocks: 4 } });
    store.create("v");
    const { volume, abandon } = store.open("v");
    const content = noise(200 * BLOCK_BYTES);
    writeFile(volume, "/big", content);
    const before = new Set(store.device.files());
    volume.commit();
    expect(store.device.files().filter((path) => !before.has(path))).toEqual([]);
    writeFile(volume, "/other", content);
    abandon();
    expect(store.read("v", "/big")?.equals(content)).toBe(true);
    expect(store.read("v", "/other")).toBeUndefined();
  });

  test("leaves a full segment for a new one", () => {
    store = new MemoryStore({ limits: { segmentBytes: 64 << 10 } });
    store.create("v");
    const { volume, stop } = store.open("v");
    for (let round = 0; round < 12; round++) {
      writeFile(volume, "/f", noise(2 * BLOCK_BYTES, round));
      volume.commit();
    }
    stop();
    const sizes = store.device
      .files()
      .filter((path) => path.endsWith(".seg"))
      .map((path) => store.device.content(path).length);
    expect(sizes.length).toBeGreaterThan(4);
    expect(Math.max(...sizes)).toBeLessThanOrEqual((64 << 10) + 2 * BLOCK_BYTES + 2 * UNIT_BYTES);
    expect(store.read("v", "/f")).toEqual(noise(2 * BLOCK_BYTES, 11));
  });

  test("without the barrier is for benchmarks: a power cut may lose it", () => {
    const ticket = store.keeper.openWriter("v");
    expect(ticket.barrier).toBeUndefined();
    store.keeper.releaseWriter(ticket.logId);
    const { volume } = store.open("v");
    const syncs = store.device.counts.sync;
    volume.create("/f", 0o600);
    volume.commit();
    expect(store.device.counts.sync).toBe(syncs + 1);
  });
});

describe("proving the last commit", () => {
  const commitOnce = (volume: Volume) => {
    writeFile(volume, "/f", "one");
    return volume.commit();
  };

  test("leaves the head as it is and costs nothing the second time", () => {
    const { volume, stop } = store.open("v");
    const point = commitOnce(volume);
    volume.settle();
    const { operations } = store.device;
    volume.settle();
    expect(store.device.operations).toBe(operations);
    expect(volume.head).toEqual(point);
    stop();
    expect(store.keeper.find("v")?.head).toEqual(point);
  });

  test("makes later damage to it an error instead of a silent step back", () => {
    for (const isProven of [false, true]) {
      store = new MemoryStore();
      store.create("v");
      const { volume, abandon } = store.open("v");
      const point = commitOnce(volume);
      if (isProven) volume.settle();
      abandon();
      // Unit 1 of the writer's segment: its first frame.
      store.device.flipBit(`${STORE_DIR}/logs/1/2.seg`, (UNIT_BYTES + 40) * 8);
      store.reopen();
      if (isProven) expect(() => store.keeper.find("v")).toThrow("log 1, segment 2, unit 1 is damaged");
      else expect(store.keeper.find("v")?.head.commit).toBe(point.commit - 1);
    }
  });
});

describe("a damaged block", () => {
  test("is reported with volume, file and block, and everything else stays readable", () => {
    store.change("v", (volume) => {
      volume.mkdir("/base", 0o700);
      writeFile(volume, "/base/1259", noise(4 * BLOCK_BYTES));
      writeFile(volume, "/other", noise(BLOCK_BYTES, 2));
    });
    const path = `${STORE_DIR}/logs/1/2.seg`;
    const at = store.device
      .content(path)
      .indexOf(noise(4 * BLOCK_BYTES).subarray(2 * BLOCK_BYTES, 2 * BLOCK_BYTES + 64));
    store.device.flipBit(path, (at + 5000) * 8);
    store.reopen();
    const { volume } = store.open("v");
    const inode = volume.lookup("/base/1259") ?? 0;
    const target = Buffer.alloc(BLOCK_BYTES);
    const damaged = expect.objectContaining({
      code: "EIO",
      message: expect.stringMatching(
        /^Block 2 of \/base\/1259 in volume v is damaged \(log 1, segment 2, unit \d+\)\.$/,
      ),
    });
    expect(() => volume.read(inode, target, 2 * BLOCK_BYTES)).toThrow(damaged);
    expect(() => volume.read(inode, target.subarray(0, 10), 2 * BLOCK_BYTES)).toThrow(damaged);
    expect(() => volume.write(inode, Buffer.from("part"), 2 * BLOCK_BYTES + 1)).toThrow(damaged);
    volume.read(inode, target, BLOCK_BYTES);
    expect(target).toEqual(noise(4 * BLOCK_BYTES).subarray(BLOCK_BYTES, 2 * BLOCK_BYTES));
    expect(readFile(volume, "/other")).toEqual(noise(BLOCK_BYTES, 2));
    // Overwriting it as a whole mends it.
    volume.write(inode, noise(BLOCK_BYTES, 3), 2 * BLOCK_BYTES);
    volume.commit();
    volume.read(inode, target, 2 * BLOCK_BYTES);
    expect(target).toEqual(noise(BLOCK_BYTES, 3));
  });
});

test("a closed volume refuses everything and may be closed again", () => {
  const { volume, stop } = store.open("v");
  stop();
  volume.close();
  expect(() => volume.lookup("/")).toThrow("is closed");
  expect(() => volume.commit()).toThrow("is closed");
});

test("a volume keeps a bounded number of files open, whatever it reads", () => {
  store = new MemoryStore({ limits: { segmentBytes: 32 << 10, descriptors: 3 } });
  store.create("v");
  const { volume } = store.open("v");
  for (let file = 0; file < 30; file++) {
    writeFile(volume, `/f${file}`, noise(BLOCK_BYTES, file));
    volume.commit();
  }
  for (let file = 0; file < 30; file++) expect(readFile(volume, `/f${file}`)).toEqual(noise(BLOCK_BYTES, file));
  // Its own segment, three to read from, and the keeper's journal and reader.
  expect(store.device.openFiles).toBeLessThanOrEqual(1 + 3 + 2);
});
