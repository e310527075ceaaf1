import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openVolume, type Volume } from "@/lib/blocks";
import { rewriteSegment } from "@/lib/blocks/collect/rewrite-segment";
import { nodeDevice } from "@/lib/blocks/device/node-device";
import { Keeper } from "@/lib/blocks/keeper/keeper";
import { BLOCK_BYTES } from "@/lib/blocks/log/format";
import { systemClock } from "@/lib/std/clock";
import { silentLog } from "@/lib/std/log";
import { type Random, seededRandom } from "@/lib/std/random";
import type { Report } from "../figure";

const FORKS = 600;
const SOURCE_BLOCKS = 8192;
const SOURCE_COMMITS = 300;
const FORK_COMMITS = 30;
const BLOCKS_PER_COMMIT = 8;
const SHORT = { micros: 1, bytes: 1 << 30 };
const QUESTIONS = 10;
const SCRUB_TICKS = 20;
const SCRUB_BYTES = 1 << 20;

interface Scene {
  readonly keeper: Keeper;
  readonly random: Random;
  readonly report: Report;
}

/** How long the keeper's thread is at one thing, with many forks whose windows move: a fork waits for as long. */
export async function slices(report: Report): Promise<void> {
  const storeDir = mkdtempSync(join(tmpdir(), "offshoot-bench-"));
  const keeper = new Keeper({ device: nodeDevice, storeDir, log: silentLog });
  const scene = { keeper, random: seededRandom(1), report };
  try {
    const forks = makeForks(scene);
    timeEach(report, "first-question", [() => keeper.window("source", systemClock.nowMicros())]);
    work(scene, "reading");
    for (const id of forks) keeper.setRetention(id, SHORT);
    work(scene, "narrowing");
    timeEach(report, "set-retention", [() => keeper.setRetention("source", { ...SHORT, micros: 3_600_000_000 })]);
    askFrees(scene, "frees-source");
    collect(scene, "collecting-forks");
    keeper.setRetention("source", SHORT);
    work(scene, "narrowing-source");
    collect(scene, "collecting-source");
    askFrees(scene, "frees-narrow-source");
    timeEach(
      report,
      "delete",
      forks.slice(FORKS / 2).map((id) => () => keeper.delete(id)),
    );
    work(scene, "deleting");
    collect(scene, "collecting-deleted");
    scrub(scene);
  } finally {
    keeper.close();
    rmSync(storeDir, { recursive: true, force: true });
  }
}

function makeForks({ keeper, random }: Scene): string[] {
  keeper.create("source", systemClock.nowMicros());
  withVolume(keeper, "source", (volume) => {
    const inode = volume.create("/data", 0o600);
    for (let at = 0; at < SOURCE_BLOCKS; at++) write(volume, { inode, block: at, random });
    for (let commit = 0; commit < SOURCE_COMMITS; commit++) commitBlocks(volume, { inode, random });
  });
  const head = keeper.find("source")?.head.commit ?? 0;
  return Array.from({ length: FORKS }, (_, made) => {
    const id = `fork-${made}`;
    const at = { commit: head - random.int(SOURCE_COMMITS) };
    keeper.fork({ sourceId: "source", volumeId: id, at }, systemClock.nowMicros());
    withVolume(keeper, id, (volume) => {
      const inode = volume.lookup("/data") as number;
      for (let commit = 0; commit < FORK_COMMITS; commit++) commitBlocks(volume, { inode, random });
    });
    return id;
  });
}

function withVolume(keeper: Keeper, id: string, use: (volume: Volume) => void): void {
  const ticket = keeper.openWriter(id);
  const volume = openVolume({ ...ticket, barrier: false });
  use(volume);
  volume.close();
  keeper.releaseWriter(ticket.logId);
}

function commitBlocks(volume: Volume, { inode, random }: { inode: number; random: Random }): void {
  for (let at = 0; at < BLOCKS_PER_COMMIT; at++) write(volume, { inode, block: random.int(SOURCE_BLOCKS), random });
  volume.commit();
}

function write(volume: Volume, of: { inode: number; block: number; random: Random }): void {
  volume.write(of.inode, Buffer.alloc(BLOCK_BYTES, 1 + of.random.int(255)), of.block * BLOCK_BYTES);
}

/** Upkeep until nothing is due, slice by slice. */
function work({ keeper, report }: Scene, name: string): void {
  const times: number[] = [];
  const nowMicros = systemClock.nowMicros();
  while (timed(times, () => keeper.work(nowMicros)));
  reportLongest(report, name, times);
}

function collect({ keeper, report }: Scene, name: string): void {
  const times: number[] = [];
  const nowMicros = systemClock.nowMicros();
  for (;;) {
    const job = timed(times, () => keeper.nextRewrite("all", nowMicros));
    if (!job) break;
    if (job === "saving") continue;
    const result = rewriteSegment(nodeDevice, job);
    timed(times, () => keeper.finishRewrite(job, result));
  }
  while (timed(times, () => keeper.work(nowMicros)));
  reportLongest(report, name, times);
}

/** As if a tick a second came for a while. */
function scrub(scene: Scene): void {
  const times: number[] = [];
  for (let tick = 0; tick < SCRUB_TICKS; tick++) {
    scene.keeper.scrub(SCRUB_BYTES);
    while (timed(times, () => scene.keeper.work(systemClock.nowMicros())));
  }
  reportLongest(scene.report, "scrub", times);
}

function askFrees({ keeper, report }: Scene, name: string): void {
  timeEach(
    report,
    name,
    Array.from({ length: QUESTIONS }, () => () => keeper.frees(["source"])),
  );
}

function timeEach(report: Report, name: string, acts: readonly (() => unknown)[]): void {
  const times: number[] = [];
  for (const act of acts) timed(times, act);
  reportLongest(report, name, times);
}

function reportLongest(report: Report, name: string, times: readonly number[]): void {
  report(`history/slices/${name}`, "ms", times);
  report(`history/slices/${name}/longest`, "ms", [Math.max(...times)]);
}

function timed<Answer>(times: number[], act: () => Answer): Answer {
  const startedMs = systemClock.monotonicMs();
  const answer = act();
  times.push(systemClock.monotonicMs() - startedMs);
  return answer;
}
