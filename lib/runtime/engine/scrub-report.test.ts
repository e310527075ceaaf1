import { mkdtempSync, rmSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { openStore, openVolume } from "@/lib/blocks";
import type { EngineClient, EngineServer } from "@/lib/engine-client";
import { assert } from "@/lib/std/assert";
import type { Log } from "@/lib/std/log";
import { bundleKeeper } from "@/lib/testing/keeper-bundle";
import { ManualClock } from "@/lib/testing/manual-clock";
import { serveStoreEngine } from "@/lib/testing/store-engine";
import type { EngineStore } from "./engine-store";

const [SOURCE, FORK, EARLIER] = ["source0000", "fork000000", "earlier000"];
const FILE = "/base/5/2619";

let bundle: Awaited<ReturnType<typeof bundleKeeper>>;
let dir: string;
let clock: ManualClock;
let store: EngineStore;
let engine: { client: EngineClient; server: EngineServer };
let errors: [string, object][];

beforeAll(async () => {
  bundle = await bundleKeeper();
});
afterAll(() => bundle.remove());

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "offshoot-scrub-"));
  clock = new ManualClock();
  errors = [];
  const nothing = () => {};
  const log: Log = {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: (fields, message) => errors.push([message, fields]),
  };
  store = await openStore(join(dir, "blocks"), { clock, log, keeperEntry: bundle.keeperEntry });
  engine = await serveStoreEngine(dir, { store, clock });
});
afterEach(async () => {
  await engine.server.close();
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Writes block 1 of the file, alone in a commit. */
async function write(volumeId: string, content: Buffer) {
  const { ticket, release } = await store.openWriter(volumeId);
  const volume = openVolume(ticket, { clock });
  for (const directory of ["/base", "/base/5"]) volume.lookup(directory) ?? volume.mkdir(directory, 0o700);
  const inode = volume.lookup(FILE) ?? volume.create(FILE, 0o600);
  volume.write(inode, content, 8192);
  const point = volume.commit({ moment: true });
  volume.close();
  await release();
  return point;
}

/** Finds what was written in the source's log, and flips a bit in it. */
async function flipBitIn(content: Buffer): Promise<void> {
  const log = join(dir, "blocks", "logs", "1");
  for (const name of (await readdir(log)).filter((one) => one.endsWith(".seg"))) {
    const segment = await readFile(join(log, name));
    const at = segment.indexOf(content);
    if (at < 0) continue;
    segment.writeUInt8(segment.readUInt8(at + 100) ^ 1, at + 100);
    await writeFile(join(log, name), segment);
    return;
  }
  assert(false, "a whole block lies in the log as it is");
}

/** The keeper's next tick, and everything it set off: what is asked later is answered later. */
async function tick(): Promise<void> {
  clock.advance(1_000);
  await store.collectAll();
}

const ask = (...volumeIds: string[]) => engine.client.history.damages({ volumeIds });

test("a bit that flips on the disk is found by the scrub and told with file, block, commit and time", async () => {
  const content = Buffer.alloc(8192, "a row of some table. ");
  await store.create(SOURCE);
  await store.fork(SOURCE, EARLIER);
  const { commit, micros } = await write(SOURCE, content);
  await store.fork(SOURCE, FORK);
  await tick();
  await flipBitIn(content);
  // A segment that may still be written is not read: this one is sealed by what comes after it.
  await write(SOURCE, Buffer.alloc(8192, "another row. "));
  for (let ticks = 0; ticks < 3; ticks++) await tick();

  const { damages, counts, scrubbedMicros } = await ask(SOURCE, FORK, EARLIER);
  expect(damages).toMatchObject([
    { volumeIds: [SOURCE, FORK], ownerId: SOURCE, path: FILE, block: 1, commit, commitMicros: micros, log: 1 },
  ]);
  expect(counts).toEqual({ [SOURCE]: 1, [FORK]: 1 });
  expect(damages[0]?.foundMicros).toBeGreaterThan(micros);
  expect(scrubbedMicros).toBeGreaterThanOrEqual(damages[0]?.foundMicros ?? 0);
  expect((await ask(EARLIER)).damages).toEqual([]);
  expect(errors).toEqual([["the scrub found a damaged place", expect.objectContaining({ path: FILE, block: 1 })]]);
});

test("the file of a block in the log of a deleted volume is named by the head of a fork that needs it", async () => {
  const content = Buffer.alloc(8192, "a row of some table. ");
  await store.create(SOURCE);
  await write(SOURCE, content);
  await store.fork(SOURCE, FORK);
  await store.delete(SOURCE);
  await tick();
  await flipBitIn(content);
  for (let ticks = 0; ticks < 3; ticks++) await tick();
  expect((await ask(FORK)).damages).toMatchObject([{ volumeIds: [FORK], ownerId: SOURCE, path: FILE, block: 1 }]);
});
