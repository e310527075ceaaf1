import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { openVolume, type Volume } from "@/lib/blocks";
import { installRewrite, type RewriteJob, rewriteSegment } from "@/lib/blocks/collect/rewrite-segment";
import { ThreadRewriter } from "@/lib/blocks/collect/thread-rewriter";
import { nodeDevice } from "@/lib/blocks/device/node-device";
import { Keeper } from "@/lib/blocks/keeper/keeper";
import { segmentPath } from "@/lib/blocks/log/store-paths";
import { chooseLive, type ScannedSegment, scanSealedSegments } from "@/lib/blocks/simulation/sealed-segments";
import { systemClock } from "@/lib/std/clock";
import { silentLog } from "@/lib/std/log";
import { type Random, seededRandom } from "@/lib/std/random";
import { builtFile } from "./bench-stack";
import { quantile, type Report } from "./figure";
import { measureSyncs } from "./measure-syncs";

const BLOCK_BYTES = 8192;
const FILE_BLOCKS = 16_384;
const SEGMENTS = 6;
const SHARES = [0.02, 0.25, 0.5];
const ROUNDS = 12;
const WINDOWS = 20;
const COMMITS_PER_WINDOW = 1500;
const STALL_MS = 20;
/** As the keeper asks for. */
const BYTES_PER_SECOND = 128 << 20;

/** What a rewrite of a 16 MiB segment takes, and what it does to the commits of a writer on the same disk. */
export async function collect(report: Report): Promise<void> {
  const storeDir = mkdtempSync(join(tmpdir(), "offshoot-bench-"));
  const keeper = new Keeper({ device: nodeDevice, storeDir, log: silentLog });
  try {
    keeper.create("v", systemClock.nowMicros());
    const volume = openVolume(keeper.openWriter("v"));
    const random = seededRandom(1);
    fillSegments(volume, random);
    const segments = scanSealedSegments(nodeDevice, storeDir, 1).filter(({ endUnit }) => endUnit > 4000);
    measureRewrites(segments, { storeDir, random }, report);
    await measureWriter(volume, chooseJobs(segments, { storeDir, random }), { report, random });
    report("blocks/collect/fdatasync", "ms", measureSyncs(storeDir, 200));
    volume.close();
  } finally {
    keeper.close();
    rmSync(storeDir, { recursive: true, force: true });
  }
}

function fillSegments(volume: Volume, random: Random): void {
  const inode = volume.create("/f", 0o600);
  const block = Buffer.alloc(BLOCK_BYTES);
  for (let written = 0; written < (SEGMENTS + 1) * 2048; ) {
    for (let change = 0; change < 64; change++, written++) {
      for (let at = 0; at < BLOCK_BYTES; at += 4) block.writeInt32LE(random.int(1 << 30), at);
      volume.write(inode, block, random.int(FILE_BLOCKS) * BLOCK_BYTES);
    }
    volume.commit();
  }
}

interface Where {
  readonly storeDir: string;
  readonly random: Random;
}

function measureRewrites(segments: readonly ScannedSegment[], where: Where, report: Report): void {
  const installs: number[] = [];
  for (const share of SHARES) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const job = chooseLive(segments[round % segments.length] as ScannedSegment, { ...where, share });
      const path = segmentPath(where.storeDir, job.log, job.segment);
      copyFileSync(path, `${path}.kept`);
      const started = performance.now();
      rewriteSegment(nodeDevice, job);
      times.push(performance.now() - started);
      const written = performance.now();
      installRewrite(nodeDevice, job);
      installs.push(performance.now() - written);
      nodeDevice.rename(`${path}.kept`, path);
    }
    report(`blocks/collect/rewrite-${share * 100}-percent`, "ms", times);
  }
  report("blocks/collect/install", "ms", installs);
}

function chooseJobs(segments: readonly ScannedSegment[], where: Where): RewriteJob[] {
  const jobs = segments.map((segment) => chooseLive(segment, { ...where, share: 0.5 }));
  return jobs.map((job) => ({ ...job, bytesPerSecond: BYTES_PER_SECOND }));
}

/** Windows with and without a collector take turns, since a disk is not the same from one minute to the next. */
async function measureWriter(
  volume: Volume,
  jobs: readonly RewriteJob[],
  { report, random }: { report: Report; random: Random },
): Promise<void> {
  const rewriter = new ThreadRewriter(pathToFileURL(builtFile("keeper-worker.js")));
  const alone: number[] = [];
  const beside: number[] = [];
  let rewritten = 0;
  for (let window = 0; window < WINDOWS; window++) {
    alone.push(...(await timeCommits(volume, random)));
    let isOver = false;
    const collecting = (async () => {
      for (; !isOver; rewritten++) await rewriter.rewrite(jobs[rewritten % jobs.length] as RewriteJob);
    })();
    beside.push(...(await timeCommits(volume, random)));
    isOver = true;
    await collecting;
  }
  await rewriter.close();
  report("blocks/collect/commit-alone", "ms", alone);
  report("blocks/collect/commit-beside", "ms", beside);
  report("blocks/collect/commit-p95-ratio", "ratio", [quantile(beside, 0.95) / quantile(alone, 0.95)]);
  report("blocks/collect/stalls-alone", "commits", [alone.filter((ms) => ms > STALL_MS).length]);
  report("blocks/collect/stalls-beside", "commits", [beside.filter((ms) => ms > STALL_MS).length]);
  report("blocks/collect/longest-alone", "ms", [Math.max(...alone)]);
  report("blocks/collect/longest-beside", "ms", [Math.max(...beside)]);
  report("blocks/collect/rewritten", "segments", [rewritten]);
}

/** Commits of a few changed rows and one new page, as a small transaction leaves them. */
async function timeCommits(volume: Volume, random: Random): Promise<number[]> {
  const inode = volume.lookup("/f") as number;
  const times: number[] = [];
  for (let commit = 0; commit < COMMITS_PER_WINDOW; commit++) {
    for (let row = 0; row < 3; row++)
      volume.write(inode, Buffer.alloc(100, random.int(256)), random.int(FILE_BLOCKS) * BLOCK_BYTES + 400);
    const started = performance.now();
    volume.commit();
    times.push(performance.now() - started);
    await nextTurn();
  }
  return times;
}
