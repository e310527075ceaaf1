import { assert } from "@/lib/std/assert";
import { UNIT_BYTES } from "../../format";
import type { Frees } from "../../history-types";
import { logPath, logsPath, segmentPath, toLogNumbers, toSegmentNumbers } from "../../store-paths";
import { diskBytesOf } from "./check-exact";
import { copyScene, type Scene } from "./scene";
import { STORE_DIR } from "./store-under-test";

/** What deleting a random set of volumes would free, against deleting and collecting them on a copy of the disk. */
export function checkFrees(scene: Scene): void {
  const { random, world, store } = scene;
  const set = world.living.filter(() => random.int(3) === 0);
  const [one] = set;
  if (!one) return;
  const copy = copyScene(scene);
  copy.store.quiesce();
  const ids = set.map(({ volumeId }) => volumeId);
  const said = copy.store.keeper.frees(ids);
  const own = new Set(set.map(({ log }) => log));
  const before = measure(copy);
  for (const volumeId of ids) copy.store.keeper.delete(volumeId);
  copy.store.quiesce();
  const returned = compare(before, measure(copy), own);
  assert(
    said.freesBytes === returned.freesBytes && said.pinnedBytes === returned.pinnedBytes,
    `deleting ${ids} was to free ${JSON.stringify(said)} and freed ${JSON.stringify(returned)}`,
  );
  assert(store.keeper, "the scene itself is not touched");
}

/** Bytes of a log: all of its files, and what of its segments is neither header nor garbage. */
interface Measured {
  readonly diskBytes: number;
  readonly slotBytes: number;
}

function measure(scene: Scene): Map<number, Measured> {
  const { device } = scene.store;
  const measured = new Map<number, Measured>();
  for (const log of toLogNumbers(device.readdir(logsPath(STORE_DIR)))) {
    const segments = toSegmentNumbers(device.readdir(logPath(STORE_DIR, log)));
    const units = segments.reduce(
      (sum, segment) => sum + device.allocatedUnits(segmentPath(STORE_DIR, log, segment)).size - 1,
      0,
    );
    measured.set(log, { diskBytes: diskBytesOf(scene, log), slotBytes: units * UNIT_BYTES - garbageOf(scene, log) });
  }
  return measured;
}

/** What the last segment of a living log has of it. */
function garbageOf({ world, store }: Scene, log: number): number {
  const volumeId = world.logs.get(log)?.volumeId ?? "";
  return store.keeper.figures([volumeId]).get(volumeId)?.garbageBytes ?? 0;
}

function compare(before: Map<number, Measured>, after: Map<number, Measured>, own: ReadonlySet<number>): Frees {
  let freesBytes = 0;
  let pinnedBytes = 0;
  for (const [log, was] of before) {
    const now = after.get(log);
    const bytes = now ? was.slotBytes - now.slotBytes : was.diskBytes;
    freesBytes += bytes;
    if (!own.has(log)) pinnedBytes += bytes;
  }
  return { freesBytes, pinnedBytes };
}
