import { randomFillSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BlockStore, openStore, openVolume, type Volume } from "@/lib/blocks";
import { systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import { silentLog } from "@/lib/std/log";
import { builtFile } from "./bench-stack";
import type { Report } from "./figure";
import { measureSyncs } from "./measure-syncs";
import { takePairs } from "./pairs";

const FORKS = 25;
const MB = 1_000_000;
const CHUNK_BYTES = 1 << 20;
const BLOCK_BYTES = 8192;
const CHUNKS_PER_COMMIT = 64;

/** The storage part of a fork, of a small and of a large source whose writers are at work. */
export async function forkStorage(report: Report): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "offshoot-bench-"));
  const keeperEntry = builtFile("keeper-worker.js");
  const store = await openStore(join(dir, "store"), { clock: systemClock, log: silentLog, keeperEntry });
  try {
    const small = await makeSource(store, 20 * MB);
    const large = await makeSource(store, 2000 * MB);
    const forks: string[] = [];
    const take = (sourceId: string) => async () => {
      const forkId = newId();
      forks.push(forkId);
      const started = performance.now();
      await store.fork(sourceId, forkId);
      return performance.now() - started;
    };
    const pairs = await takePairs(FORKS, take(small.id), take(large.id));
    report(
      "fork-storage/20-mb",
      "ms",
      pairs.map(({ a }) => a),
    );
    report(
      "fork-storage/2-gb",
      "ms",
      pairs.map(({ b }) => b),
    );
    report(
      "fork-storage/ratio",
      "ratio",
      pairs.map(({ a, b }) => b / a),
    );
    report(
      "fork-storage/difference",
      "ms",
      pairs.map(({ a, b }) => b - a),
    );
    report("fork-storage/fdatasync", "ms", measureSyncs(dir, FORKS));
    const figures = [...(await store.storage(forks)).values()];
    report(
      "fork-storage/disk",
      "KiB",
      figures.map(({ writtenBytes }) => writtenBytes / 1024),
    );
    for (const { volume } of [small, large]) volume.close();
  } finally {
    await store.close();
    await rm(dir, { recursive: true, force: true });
  }
}

async function makeSource(store: BlockStore, bytes: number): Promise<{ id: string; volume: Volume }> {
  const id = newId();
  await store.create(id);
  const { ticket } = await store.openWriter(id);
  const volume = openVolume(ticket);
  const inode = volume.create("/data", 0o600);
  const chunk = randomFillSync(Buffer.alloc(CHUNK_BYTES));
  for (let index = 0; index * CHUNK_BYTES < bytes; index++) {
    for (let at = 0; at < CHUNK_BYTES; at += BLOCK_BYTES) chunk.writeUInt32LE(index, at);
    volume.write(inode, chunk, index * CHUNK_BYTES);
    if (index % CHUNKS_PER_COMMIT === CHUNKS_PER_COMMIT - 1) volume.commit();
  }
  volume.commit();
  return { id, volume };
}
