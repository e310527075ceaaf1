import { randomFillSync } from "node:crypto";
import type { BlockStore, History } from "@/lib/blocks";
import { BLOCK_BYTES } from "@/lib/blocks/log/format";
import { systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import { type Random, seededRandom } from "@/lib/std/random";
import type { Report } from "../figure";
import { openBenchStore } from "./open-bench-store";
import { openSource } from "./source-volume";

const GENERATIONS = 50;
const BLOCKS = 8192;
const BLOCKS_PER_COMMIT = 256;
const SETTLE_MS = 1_500;
/** Of the newest only the head is kept: what is asked is what its ancestors still cost. */
const RETENTION = { micros: 1, bytes: 1 << 30 };

type Store = BlockStore & History;

/** Fork the newest, rewrite half of it at random, delete its parent, fifty times: what the store takes for the last one. */
export async function chain(report: Report): Promise<void> {
  const bench = await openBenchStore();
  try {
    const random = seededRandom(1);
    const { store } = bench;
    let id = newId();
    await store.create(id);
    await rewrite(store, { id, blocks: Array.from({ length: BLOCKS }, (_, block) => block) });
    const started = performance.now();
    const sizes: number[] = [];
    for (let generation = 0; generation < GENERATIONS; generation++) {
      id = await nextGeneration(store, { id, random });
      await store.collectAll();
      sizes.push(await ratioOf(store, id));
    }
    report("history/chain/seconds", "s", [(performance.now() - started) / 1000]);
    // The window moves on with the clock.
    await systemClock.sleep(SETTLE_MS);
    await store.collectAll();
    report("history/chain/while-growing", "ratio", sizes);
    report("history/chain/ratio", "ratio", [await ratioOf(store, id)]);
    report("history/chain/ratio-reopened", "ratio", [await reopened(bench, id)]);
  } finally {
    await bench.close();
  }
}

async function reopened(bench: { reopen(): Promise<Store> }, id: string): Promise<number> {
  const store = await bench.reopen();
  await store.collectAll();
  return ratioOf(store, id);
}

async function nextGeneration(store: Store, { id, random }: { id: string; random: Random }): Promise<string> {
  const child = newId();
  await store.fork(id, child);
  await store.setRetention(child, RETENTION);
  const blocks = Array.from({ length: BLOCKS }, (_, block) => block).filter(() => random.next() < 0.5);
  await rewrite(store, { id: child, blocks });
  await store.delete(id);
  return child;
}

async function rewrite(store: Store, { id, blocks }: { id: string; blocks: readonly number[] }): Promise<void> {
  const source = await openSource(store, id);
  const { volume } = source;
  const inode = volume.lookup("/data") ?? volume.create("/data", 0o600);
  for (const [at, block] of blocks.entries()) {
    volume.write(inode, randomFillSync(Buffer.alloc(BLOCK_BYTES)), block * BLOCK_BYTES);
    if (at % BLOCKS_PER_COMMIT === BLOCKS_PER_COMMIT - 1) volume.commit();
  }
  volume.commit();
  await source.close();
}

/** The whole store's disk over the data of one volume. */
async function ratioOf(store: Store, id: string): Promise<number> {
  const logicalBytes = (await store.storage([id])).get(id)?.logicalBytes ?? Number.NaN;
  return (await store.totals()).diskBytes / logicalBytes;
}
