import { randomFillSync } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { BlockStore, History, Volume } from "@/lib/blocks";
import { BLOCK_BYTES } from "@/lib/blocks/log/format";
import { systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import { type Random, seededRandom } from "@/lib/std/random";
import { quantile, type Report } from "../figure";
import { measureSyncs } from "../measure-syncs";
import { openBenchStore } from "./open-bench-store";
import { openSource } from "./source-volume";

const FORKS = 100;
const SOURCE_BLOCKS = 8192;
const FORK_BLOCKS = 1024;
const BLOCKS_PER_COMMIT = 256;
const POLL_MS = 250;
const LIMIT_MS = 120_000;
const SHARE = 0.95;
/** What a fork has overwritten is nobody's as soon as its own window has left it behind. */
const RETENTION = { micros: 1_000_000, bytes: 1 << 30 };
const SETTLE_MS = 2_500;
const STALL_MS = 20;
const WINDOWS = 10;
const COMMITS_PER_WINDOW = 1500;
const VICTIMS = 6;
const VICTIM_BLOCKS = 4096;

type Store = BlockStore & History;

/** Which of a hundred forks go: forks of one source side by side, or every second one of a family in which forks have forks. */
type Shape = "siblings" | "parents";

/** How soon the disk has back what deleting 50 of 100 forks frees, by the store's own upkeep. */
export async function collectionOf(shape: Shape, report: Report): Promise<void> {
  const bench = await openBenchStore();
  try {
    const { store } = bench;
    const random = seededRandom(1);
    const doomed = await makeFamily(store, { shape, random });
    await systemClock.sleep(SETTLE_MS);
    await store.collectAll();
    const { freesBytes } = await store.frees(doomed);
    const before = (await store.totals()).diskBytes;
    const started = performance.now();
    for (const id of doomed) await store.delete(id);
    report(`history/collection/${shape}/deleting`, "ms", [performance.now() - started]);
    const returned = async () => (before - (await store.totals()).diskBytes) / freesBytes;
    const { share, seconds } = await untilReturned(returned, started);
    const name = `history/collection/${shape}`;
    report(`${name}/frees`, "MB", [freesBytes / 1e6]);
    report(`${name}/share`, "ratio", [share]);
    report(`${name}/seconds`, "s", [seconds]);
    await store.collectAll();
    report(`${name}/share-in-the-end`, "ratio", [await returned()]);
  } finally {
    await bench.close();
  }
}

/** The share at the end, and when it was reached; when it was not, the limit of time. */
async function untilReturned(
  returned: () => Promise<number>,
  started: number,
): Promise<{ share: number; seconds: number }> {
  for (;;) {
    const share = await returned();
    const ms = performance.now() - started;
    if (share >= SHARE || ms > LIMIT_MS) return { share, seconds: ms / 1000 };
    await systemClock.sleep(POLL_MS);
  }
}

async function makeFamily(store: Store, { shape, random }: { shape: Shape; random: Random }): Promise<string[]> {
  const source = newId();
  await store.create(source);
  await rewrite(store, { id: source, count: SOURCE_BLOCKS, random: undefined });
  const forks: string[] = [];
  for (let made = 0; made < FORKS; made++) {
    const id = newId();
    // In a family every second one is a fork of the one that will go.
    const parent = shape === "parents" && made % 2 === 1 ? (forks.at(-1) as string) : source;
    await store.fork(parent, id);
    await store.setRetention(id, RETENTION);
    await rewrite(store, { id, count: FORK_BLOCKS, random });
    forks.push(id);
  }
  return forks.filter((_, made) => made % 2 === 0);
}

async function rewrite(
  store: Store,
  { id, count, random }: { id: string; count: number; random: Random | undefined },
): Promise<void> {
  const source = await openSource(store, id);
  const inode = source.volume.lookup("/data") ?? source.volume.create("/data", 0o600);
  writeBlocks(source.volume, { inode, count, random });
  await source.close();
}

function writeBlocks(
  volume: Volume,
  { inode, count, random }: { inode: number; count: number; random: Random | undefined },
): void {
  for (let at = 0; at < count; at++) {
    const block = random ? random.int(SOURCE_BLOCKS) : at;
    volume.write(inode, randomFillSync(Buffer.alloc(BLOCK_BYTES)), block * BLOCK_BYTES);
    if (at % BLOCKS_PER_COMMIT === BLOCKS_PER_COMMIT - 1) volume.commit();
  }
  volume.commit();
}

/** A writer's commits while the store collects beside it, and while it does not; windows of both take turns. */
export async function writerBeside(report: Report): Promise<void> {
  const bench = await openBenchStore();
  try {
    const { store } = bench;
    const random = seededRandom(1);
    const id = newId();
    await store.create(id);
    await rewrite(store, { id, count: SOURCE_BLOCKS, random: undefined });
    const writer = await openSource(store, id);
    const alone: number[] = [];
    const beside: number[] = [];
    const syncs: number[] = [];
    let returnedBytes = 0;
    for (let window = 0; window < WINDOWS; window++) {
      const victims = await makeVictims(store, { sourceId: id, random });
      await store.collectAll();
      alone.push(...(await timeCommits(writer.volume, random)));
      syncs.push(...measureSyncs(bench.dir, 20));
      const before = (await store.totals()).diskBytes;
      for (const victim of victims) await store.setRetention(victim, { micros: 1, bytes: 1 << 30 });
      const collecting = store.collectAll();
      beside.push(...(await timeCommits(writer.volume, random)));
      await collecting;
      returnedBytes += before - (await store.totals()).diskBytes;
      for (const victim of victims) await store.delete(victim);
    }
    reportWriter({ alone, beside }, report);
    report("history/collection/writer/fdatasync", "ms", syncs);
    report("history/collection/writer/returned", "MB", [returnedBytes / 1e6]);
    await writer.close();
  } finally {
    await bench.close();
  }
}

function reportWriter({ alone, beside }: Record<"alone" | "beside", readonly number[]>, report: Report): void {
  const name = "history/collection/writer";
  const stalls = (times: readonly number[]) => times.filter((ms) => ms > STALL_MS).length;
  report(`${name}/alone`, "ms", alone);
  report(`${name}/beside`, "ms", beside);
  report(`${name}/p95-ratio`, "ratio", [quantile(beside, 0.95) / quantile(alone, 0.95)]);
  report(`${name}/stalls-alone`, "commits", [stalls(alone)]);
  report(`${name}/stalls-beside`, "commits", [stalls(beside)]);
  report(`${name}/longest-alone`, "ms", [Math.max(...alone)]);
  report(`${name}/longest-beside`, "ms", [Math.max(...beside)]);
}

/** Forks that have overwritten much of their own: garbage in half of each segment as soon as their windows are short. */
async function makeVictims(
  store: Store,
  { sourceId, random }: { sourceId: string; random: Random },
): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < VICTIMS; made++) {
    const id = newId();
    await store.fork(sourceId, id);
    await rewrite(store, { id, count: VICTIM_BLOCKS, random });
    await rewrite(store, { id, count: VICTIM_BLOCKS, random });
    ids.push(id);
  }
  return ids;
}

/** Commits of a few changed rows, as a small transaction leaves them. */
async function timeCommits(volume: Volume, random: Random): Promise<number[]> {
  const inode = volume.lookup("/data") as number;
  const times: number[] = [];
  for (let commit = 0; commit < COMMITS_PER_WINDOW; commit++) {
    for (let row = 0; row < 3; row++)
      volume.write(inode, Buffer.alloc(100, random.int(256)), random.int(SOURCE_BLOCKS) * BLOCK_BYTES + 400);
    const started = performance.now();
    volume.commit();
    times.push(performance.now() - started);
    await nextTurn();
  }
  return times;
}
