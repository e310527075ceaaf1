import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { systemClock } from "@/lib/std/clock";
import { silentLog } from "@/lib/std/log";
import { bundleKeeper } from "@/lib/testing/keeper-bundle";
import { type BlockStore, type History, openStore, openVolume } from "./index";
import { encodeRecord } from "./journal/journal-records";
import { checksum } from "./log/format";

let bundle: Awaited<ReturnType<typeof bundleKeeper>>;
let dir: string;
let store: BlockStore & History;

beforeAll(async () => {
  bundle = await bundleKeeper();
});
afterAll(() => bundle.remove());
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "offshoot-blocks-"));
  store = await open();
});
afterEach(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const open = () => openStore(dir, { clock: systemClock, log: silentLog, keeperEntry: bundle.keeperEntry });

async function write(volumeId: string, path: string, content: string) {
  const { ticket, release } = await store.openWriter(volumeId);
  const volume = openVolume(ticket);
  const inode = volume.lookup(path) ?? volume.create(path, 0o600);
  volume.truncate(inode, 0);
  volume.write(inode, Buffer.from(content), 0);
  const point = volume.commit();
  volume.close();
  await release();
  return point;
}

async function read(volumeId: string, path: string) {
  const { ticket, release } = await store.openWriter(volumeId);
  const volume = openVolume(ticket);
  const inode = volume.lookup(path);
  const content = inode === undefined ? undefined : Buffer.alloc(volume.stat(inode).sizeBytes);
  if (content && inode !== undefined) volume.read(inode, content, 0);
  volume.close();
  await release();
  return content?.toString();
}

test("what was committed is there after the store was closed and opened", async () => {
  await store.create("source");
  await write("source", "/a", "hello".repeat(5000));
  await store.close();
  store = await open();
  expect(await read("source", "/a")).toBe("hello".repeat(5000));
});

test("a fork has the source's content, and neither sees what the other writes", async () => {
  await store.create("source");
  const point = await write("source", "/a", "one");
  const fork = await store.fork("source", "fork");
  expect(fork.base).toEqual(point);
  expect(fork.ancestors).toEqual(["source"]);
  await write("source", "/a", "two");
  await write("fork", "/a", "three");
  expect(await read("source", "/a")).toBe("two");
  expect(await read("fork", "/a")).toBe("three");
});

test("what goes wrong in the keeper's thread arrives as the error that it is", async () => {
  await expect(store.fork("missing", "fork")).rejects.toMatchObject({ name: "AppError", code: "NOT_FOUND" });
  await store.create("v");
  const { release } = await store.openWriter("v");
  await expect(store.openWriter("v")).rejects.toMatchObject({ name: "AppError", code: "CONFLICT" });
  await release();
});

test("a store whose journal is damaged does not open", async () => {
  await store.create("a");
  await store.create("b");
  await store.close();
  const journal = await readFile(join(dir, "journal"));
  journal[30] = (journal[30] as number) ^ 1;
  await writeFile(join(dir, "journal"), journal);
  await expect(open()).rejects.toMatchObject({ name: "VolumeError", code: "EIO" });
});

test("a store that a newer version wrote does not open, and stays as it is", async () => {
  await store.create("a");
  await write("a", "/a", "hello");
  await store.close();
  const record = encodeRecord({ type: "deleted", log: 1 }, 0);
  record.writeUInt32LE(99, 12);
  record.writeUInt32LE(checksum(record.subarray(8)), 4);
  await writeFile(join(dir, "journal"), record);
  await expect(open()).rejects.toThrow(
    "record of type 99, which this version does not know: start the newer version that wrote it.",
  );
  expect(await readdir(join(dir, "logs", "1"))).toContain("1.seg");
  expect((await readFile(join(dir, "journal"))).equals(record)).toBe(true);
});

test("a closed store refuses further questions, and may be closed again", async () => {
  await store.close();
  await store.close();
  await expect(store.list()).rejects.toThrow("closed");
});

test("a deleted volume's space is back on the disk", async () => {
  await store.create("source");
  await write("source", "/a", "x".repeat(1_000_000));
  await store.fork("source", "fork");
  const figures = await store.storage(["source", "fork"]);
  expect(figures.get("source")?.writtenBytes).toBeGreaterThan(1_000_000);
  expect(figures.get("fork")?.writtenBytes).toBeLessThanOrEqual(64 << 10);
  expect(figures.get("fork")?.logicalBytes).toBe(figures.get("source")?.logicalBytes);
  await store.delete("source");
  expect(await read("fork", "/a")).toBe("x".repeat(1_000_000));
  await store.delete("fork");
  await store.collectAll();
  expect(await readdir(join(dir, "logs"))).toEqual([]);
});

test("a fork outlives its source and its grandparent", async () => {
  await store.create("a");
  await write("a", "/x", "from a".repeat(4000));
  await store.fork("a", "b");
  await write("b", "/y", "from b".repeat(4000));
  await store.fork("b", "c");
  await store.delete("a");
  await store.delete("b");
  await store.close();
  store = await open();
  expect(await read("c", "/x")).toBe("from a".repeat(4000));
  expect(await read("c", "/y")).toBe("from b".repeat(4000));
  expect((await store.find("c"))?.ancestors).toEqual(["a", "b"]);
  expect((await store.list()).map((volume) => volume.volumeId)).toEqual(["c"]);
});
