import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { openVolume, type Volume } from "@/lib/blocks";
import { BLOCK_BYTES } from "@/lib/blocks/log/format";
import { type Random, seededRandom } from "@/lib/std/random";
import { builtFile } from "../bench-stack";
import { median, type Report } from "../figure";
import { openBenchStore } from "./open-bench-store";
import type { Opening } from "./open-probe";
import { listFiles, pickBlock, type SizedFile } from "./somewhere";
import { commitUntilFrames, makeBigSource, makeRealSource } from "./source-volume";

const run = promisify(execFile);
const SIZES = [
  ["10-mb", 10e6],
  ["1-gb", 1e9],
  ["100-gb", 100e9],
  ["1-tb", 1e12],
] as const;
const BIG_BYTES = 10e9;
const FRAMES = 900;
const ROUNDS = 11;
const MB = 1e6;
const GROW_ROUNDS = 16;
const GROW_COMMITS = 256;
const GROW_BLOCKS = 64;
/** Caches are full and code is compiled by then. */
const WARM_ROUNDS = 4;

/** How long opening a volume takes and what it needs of memory, each time in a new process. */
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
    await bench.store.close();
    const openings = new Map<string, Opening[]>();
    for (let round = 0; round < ROUNDS; round++)
      for (const [label, id] of ids) openings.set(label, [...(openings.get(label) ?? []), await open(bench.dir, id)]);
    for (const [label, all] of openings)
      for (const [figure, unit] of FIGURES)
        report(
          `history/open/${label}/${figure}`,
          unit,
          all.map((opening) => opening[figure]),
        );
  } finally {
    await bench.close();
  }
}

const FIGURES = [
  ["ms", "ms"],
  ["opened", "MB"],
  ["read", "MB"],
] as const;

async function open(storeDir: string, volumeId: string): Promise<Opening> {
  const { stdout } = await run(process.execPath, [builtFile("open-probe.js"), storeDir, volumeId]);
  return JSON.parse(stdout) as Opening;
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
      collectGarbage();
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

/** Of this thread. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}
