import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type BlockStore, checkDirectory, type History, openStore, openVolume } from "@/lib/blocks";
import { systemClock } from "@/lib/std/clock";
import { silentLog } from "@/lib/std/log";
import { bundleKeeper } from "@/lib/testing/keeper-bundle";
import { copyStore, readJournal } from "./copy-store";

const BLOCK_BYTES = 8192;
const BLOCKS = 256;
const MINUTE_MS = 60_000;

type Store = BlockStore & History;
let bundle: Awaited<ReturnType<typeof bundleKeeper>>;
let dir: string;
const open: Store[] = [];

beforeAll(async () => {
  bundle = await bundleKeeper();
});
afterAll(() => bundle.remove());
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "offshoot-copy-"));
});
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
  await rm(dir, { recursive: true, force: true });
});

async function openIn(name: string): Promise<Store> {
  const options = { clock: systemClock, log: silentLog, keeperEntry: bundle.keeperEntry };
  const store = await openStore(join(dir, name), options);
  open.push(store);
  return store;
}

/** Writes whole blocks that all hold the number of their commit, until it is told to stop; answers the last number. */
async function startWriter(store: Store, volumeId: string) {
  const { ticket, release } = await store.openWriter(volumeId);
  const volume = openVolume(ticket);
  const inode = volume.lookup("/counter") ?? volume.create("/counter", 0o600);
  let count = 0;
  let isStopped = false;
  const writeOnce = () => {
    count++;
    for (let block = 0; block < 8; block++)
      volume.write(inode, Buffer.alloc(BLOCK_BYTES, count % 251), ((count * 8 + block) % BLOCKS) * BLOCK_BYTES);
    const number = Buffer.alloc(8);
    number.writeUInt32LE(count);
    volume.write(inode, number, BLOCKS * BLOCK_BYTES);
    volume.commit();
  };
  const run = async () => {
    for (; !isStopped; await nextTurn()) writeOnce();
    volume.close();
    await release();
  };
  const ended = run();
  return {
    written: () => count,
    async stop() {
      isStopped = true;
      await ended;
      return count;
    },
  };
}

async function readCounter(store: Store, volumeId: string): Promise<number> {
  const { ticket, release } = await store.openWriter(volumeId);
  const volume = openVolume(ticket);
  const number = Buffer.alloc(8);
  const inode = volume.lookup("/counter");
  if (inode !== undefined) volume.read(inode, number, BLOCKS * BLOCK_BYTES);
  volume.close();
  await release();
  return number.readUInt32LE(0);
}

/** What a busy installation asks of a store, and all that upkeep would do at once. */
async function disturb(store: Store, { turn, doomed }: { turn: number; doomed: readonly string[] }): Promise<void> {
  const victim = doomed[turn];
  if (victim) await store.delete(victim);
  await store.fork("source", `later${turn}`);
  await store.takeSnapshot("source", { snapshotId: `s${turn}`, name: `s${turn}`, kind: "manual" });
  if (turn > 0) await store.deleteSnapshot("source", `s${turn - 1}`);
  await store.figures(["source"]);
  await store.collectAll();
}

const untilWritten = async (writer: { written(): number }, count: number) => {
  while (writer.written() < count) await nextTurn();
};

describe("a store copied while it is written, forked, deleted from and collected", () => {
  test("is in order, and has every volume of its journal with all that was acknowledged before the copy began", async () => {
    const store = await openIn("store");
    await store.create("source");
    await store.setRetention("source", { micros: 100_000, bytes: 64 << 20 });
    const writer = await startWriter(store, "source");
    await untilWritten(writer, 300);
    await store.fork("source", "fork");
    const doomed = Array.from({ length: 20 }, (_, number) => `doomed${number}`);
    for (const id of doomed) await store.fork("fork", id);
    await untilWritten(writer, 1_200);

    expect(await store.pauseUpkeep(MINUTE_MS)).toBe(false);
    const journal = await readJournal(join(dir, "store"));
    const acknowledged = writer.written();
    let isCopied = false;
    const copied = copyStore({ storeDir: join(dir, "store"), journal }, join(dir, "copy")).finally(() => {
      isCopied = true;
    });
    for (let turn = 0; !isCopied; turn++) {
      await disturb(store, { turn, doomed });
      await nextTurn();
    }
    await copied;
    expect(await store.pauseUpkeep(0)).toBe(true);
    const last = await writer.stop();

    expect(checkDirectory(join(dir, "copy"))).toEqual([]);
    const copy = await openIn("copy");
    expect((await copy.list()).map(({ volumeId }) => volumeId).sort()).toEqual([...doomed, "fork", "source"].sort());
    const counted = await readCounter(copy, "source");
    expect(counted).toBeGreaterThanOrEqual(acknowledged);
    expect(counted).toBeLessThanOrEqual(last);
    expect(await readCounter(copy, "fork")).toBeGreaterThanOrEqual(300);
    await copy.fork("source", "forkOfCopy");
    expect(await readCounter(copy, "forkOfCopy")).toBe(counted);
    await copy.collectAll();
    await copy.close();
    expect(checkDirectory(join(dir, "copy"))).toEqual([]);
  });

  test("takes no more room than the store: what was given back is a hole in the copy, too", async () => {
    const store = await openIn("store");
    await store.create("source");
    await store.setRetention("source", { micros: 1_000, bytes: 64 << 20 });
    const writer = await startWriter(store, "source");
    await untilWritten(writer, 1_200);
    await writer.stop();
    await store.collectAll();
    await store.pauseUpkeep(MINUTE_MS);
    await copyStore(
      { storeDir: join(dir, "store"), journal: await readJournal(join(dir, "store")) },
      join(dir, "copy"),
    );
    const [from, to] = await Promise.all([bytesIn(join(dir, "store", "logs")), bytesIn(join(dir, "copy", "logs"))]);
    expect(to).toBeLessThanOrEqual(from * 1.02);
    expect(checkDirectory(join(dir, "copy"))).toEqual([]);
  });
});

describe("a pause of upkeep", () => {
  test("keeps garbage on the disk, and ends by itself", async () => {
    const store = await openIn("store");
    await store.create("doomed");
    await store.pauseUpkeep(MINUTE_MS);
    await store.delete("doomed");
    await store.collectAll();
    expect(await readdir(join(dir, "store", "logs"))).toEqual(["1"]);
    expect(await store.pauseUpkeep(1)).toBe(true);
    await systemClock.sleep(2);
    await store.collectAll();
    expect(await readdir(join(dir, "store", "logs"))).toEqual([]);
    expect(await store.pauseUpkeep(0)).toBe(false);
  });
});

async function bytesIn(path: string): Promise<number> {
  const found = await stat(path);
  if (!found.isDirectory()) return found.blocks * 512;
  const sizes = await Promise.all((await readdir(path)).map((name) => bytesIn(join(path, name))));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}
