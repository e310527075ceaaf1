import { assert } from "@/lib/std/assert";
import { seededRandom } from "@/lib/std/random";
import type { Limits } from "../../limits";
import { BLOCK_BYTES } from "../../log/format";
import { logsPath, toLogNumbers } from "../../log/store-paths";
import { DEFAULT_SLICES } from "../../retention/slices";
import { checkQuiet, checkReads } from "./check-all";
import { diskBytesOf } from "./check-exact";
import { quiesce } from "./history-steps";
import { type ModelTimeline, ModelWorld } from "./model-timeline";
import type { Scene } from "./scene";
import { SimulatedClock } from "./simulated-clock";
import { STORE_DIR, StoreUnderTest } from "./store-under-test";
import { commit, create, deleteVolume, fork, getWriter, stop } from "./volume-steps";

const BLOCKS = 256;
const LIMITS: Limits = {
  segmentBytes: 256 * 1024,
  dirtyBlocks: 64,
  checkpointFrames: 4,
  indexedFrames: 2,
  pendingBlocks: 64,
  dirtyNodes: 64,
  cleanNodes: 64,
  deltaBytes: 64 * 1024,
  cleanBlocks: 4,
  descriptors: 8,
};

/**
 * Forks the newest, rewrites a share of the blocks, deletes the parent, again and again. Answers the bytes on the disk at the
 * end as a multiple of the last generation's data; what is left is checked unit by unit on the way.
 */
export function runGenerations(seed: number, of: { generations: number; share: number }): number {
  const scene = makeScene(seed);
  create(scene, "first");
  let newest = scene.world.living[0] as ModelTimeline;
  rewrite(scene, newest, 1);
  for (let generation = 1; generation <= of.generations; generation++) {
    const parent = newest;
    const base = { commit: parent.head, exact: true, missing: [0, 0] } as const;
    newest = fork(scene, { source: parent, at: undefined, expected: base }) as ModelTimeline;
    scene.clock.micros += 1_000_000;
    rewrite(scene, newest, of.share);
    deleteVolume(scene, parent);
    assert(quiesce(scene), "background work succeeds");
    if (generation % 10 === 0) {
      checkReads(scene, 1);
      checkQuiet(scene);
    }
  }
  const logs = toLogNumbers(scene.store.device.readdir(logsPath(STORE_DIR)));
  return logs.reduce((sum, log) => sum + diskBytesOf(scene, log), 0) / (BLOCKS * BLOCK_BYTES);
}

function makeScene(seed: number): Scene {
  const random = seededRandom(seed);
  const clock = new SimulatedClock();
  const parts = { random, clock, limits: LIMITS, slices: DEFAULT_SLICES };
  return { ...parts, store: new StoreUnderTest(parts), world: new ModelWorld() };
}

/** Writes each block with the given likelihood, in a few commits. */
function rewrite(scene: Scene, timeline: ModelTimeline, share: number): void {
  scene.store.keeper.setRetention(timeline.volumeId, { micros: 1, bytes: 0 });
  timeline.isPressed = true;
  const writer = getWriter(scene, timeline);
  assert(writer, "without faults there is a writer");
  const inode = writer.volume.lookup("/data") ?? writer.volume.create("/data", 0o600);
  if (!writer.working.files.has("/data")) writer.working = writer.working.add("/data", "file", 0o600);
  for (let block = 0; block < BLOCKS; block++) {
    if (scene.random.next() >= share) continue;
    const bytes = Buffer.alloc(BLOCK_BYTES, 1 + scene.random.int(255));
    writer.volume.write(inode, bytes, block * BLOCK_BYTES);
    writer.working = writer.working.write("/data", bytes, block * BLOCK_BYTES);
    if (scene.random.int(20) === 0) commit(scene, timeline);
  }
  commit(scene, timeline);
  stop(scene, timeline);
}
