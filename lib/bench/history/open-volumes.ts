import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type BlockStore, openVolume, type Volume } from "@/lib/blocks";
import { BLOCK_BYTES } from "@/lib/blocks/format";
import { type Random, seededRandom } from "@/lib/std/random";
import { median, type Report } from "../figure";
import { openBenchStore } from "./open-bench-store";
import { commitUntilFrames, type HotBlock, makeBigSource, makeRealSource } from "./source-volume";

const SIZES = [
  ["10-mb", 10e6],
  ["1-gb", 1e9],
  ["100-gb", 100e9],
  ["1-tb", 1e12],
] as const;
const BIG_BYTES = 10e9;
const FRAMES = 900;
const ROUNDS = 15;
const READS = 20_000;
const MB = 1e6;
const GROW_ROUNDS = 16;
const GROW_COMMITS = 256;
const GROW_BLOCKS = 64;
/** Caches are full and code is compiled by then. */
const WARM_ROUNDS = 4;

/** How long opening a volume takes and what it needs of memory, before and after blocks all over it were read. */
export async function openVolumes(report: Report): Promise<void> {
  const bench = await openBenchStore();
  try {
    const random = seededRandom(1);
    const ids: [string, string][] = [];
    for (const [label, bytes] of SIZES) {
      const make = bytes < BIG_BYTES ? makeRealSource : makeBigSource;
      const source = await make(bench.store, bytes);
      commitUntilFrames(source, FRAMES, random);
      await source.close();
      ids.push([label, source.id]);
    }
    const openings = new Map<string, Opening[]>();
    for (let round = 0; round < ROUNDS; round++)
      for (const [label, id] of ids)
        openings.set(label, [...(openings.get(label) ?? []), await open(bench.store, { id, random })]);
    for (const [label, all] of openings)
      for (const [name, unit] of FIGURES)
        report(
          `history/open/${label}/${name}`,
          unit,
          all.map((opening) => opening[name]),
        );
  } finally {
    await bench.close();
  }
}

const FIGURES = [
  ["ms", "ms"],
  ["opened", "MB"],
  ["read", "MB"],
  ["resident", "MB"],
] as const;

interface Opening {
  readonly ms: number;
  /** Memory of the volume's objects and buffers, just opened and after reading. */
  readonly opened: number;
  readonly read: number;
  /** What the whole process grew by. */
  readonly resident: number;
}

async function open(store: BlockStore, { id, random }: { id: string; random: Random }): Promise<Opening> {
  const { ticket, release } = await store.openWriter(id);
  const before = usedBytes();
  const residentBefore = process.memoryUsage.rss();
  const started = performance.now();
  const volume = openVolume(ticket);
  const ms = performance.now() - started;
  const resident = (process.memoryUsage.rss() - residentBefore) / MB;
  const opened = (usedBytes() - before) / MB;
  readAnywhere(volume, random);
  const read = (usedBytes() - before) / MB;
  volume.close();
  await release();
  return { ms, opened, read, resident };
}

function readAnywhere(volume: Volume, random: Random): void {
  const files = listFiles(volume);
  const block = Buffer.alloc(BLOCK_BYTES);
  for (let read = 0; read < READS; read++) {
    const at = pickBlock(files, random);
    volume.read(at.inode, block, at.block * BLOCK_BYTES);
  }
}

interface SizedFile {
  readonly inode: number;
  readonly blocks: number;
}

function listFiles(volume: Volume): SizedFile[] {
  return volume.readdir(volume.lookup("/base/5") as number).map((name) => {
    const inode = volume.lookup(`/base/5/${name}`) as number;
    return { inode, blocks: volume.stat(inode).sizeBytes / BLOCK_BYTES };
  });
}

function pickBlock(files: readonly SizedFile[], random: Random): HotBlock {
  const { inode, blocks } = random.pick(files);
  return { inode, block: random.int(blocks) };
}

/** Resident memory of writer and keeper while a volume of 100 GB is written to all over. */
export async function memoryWhileGrowing(report: Report): Promise<void> {
  const bench = await openBenchStore();
  try {
    const random = seededRandom(1);
    const source = await makeBigSource(bench.store, 100e9);
    await source.close();
    const { ticket, release } = await bench.store.openWriter(source.id);
    const volume = openVolume({ ...ticket, barrier: false });
    const files = listFiles(volume);
    const sizes: number[] = [];
    for (let round = 0; round < GROW_ROUNDS; round++) {
      writeAnywhere(volume, files, random);
      await bench.store.window(source.id);
      usedBytes();
      sizes.push(process.memoryUsage.rss() / MB);
    }
    const written = (await bench.store.storage([source.id])).get(source.id)?.writtenBytes ?? Number.NaN;
    report("history/memory/written", "MB", [written / MB]);
    report("history/memory/resident", "MB", sizes.slice(WARM_ROUNDS));
    const half = (GROW_ROUNDS - WARM_ROUNDS) / 2;
    const [early, late] = [sizes.slice(WARM_ROUNDS, -half), sizes.slice(-half)];
    report("history/memory/grown", "MB", [median(late) - median(early)]);
    volume.close();
    await release();
  } finally {
    await bench.close();
  }
}

function writeAnywhere(volume: Volume, files: readonly SizedFile[], random: Random): void {
  const block = Buffer.alloc(BLOCK_BYTES, random.int(256));
  for (let commit = 0; commit < GROW_COMMITS; commit++) {
    for (let change = 0; change < GROW_BLOCKS; change++) {
      const at = pickBlock(files, random);
      block.writeUInt32LE(random.int(1 << 30), 0);
      volume.write(at.inode, block, at.block * BLOCK_BYTES);
    }
    volume.commit();
  }
}

/** Of this thread, what is garbage not counted. */
function usedBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
