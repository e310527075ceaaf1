import { assert } from "@/lib/std/assert";
import type { Frees } from "../../history-types";
import { UNIT_BYTES } from "../../log/format";
import {
  indexPath,
  logPath,
  logsPath,
  segmentPath,
  toIndexNumbers,
  toLogNumbers,
  toSegmentNumbers,
} from "../../log/store-paths";
import { decodeIndexHeader } from "../../timeline/index-codec";
import { diskBytesOf, endsOf } from "./check-exact";
import { copyScene, type Scene } from "./scene";
import { STORE_DIR } from "./store-under-test";

/** What deleting a random set of volumes would free, against deleting and collecting them on a copy of the disk. */
export function checkFrees(scene: Scene): void {
  const { random, world } = scene;
  const set = world.living.filter(() => random.int(3) === 0);
  const [one] = set;
  if (!one) return;
  const copy = copyScene(scene);
  copy.store.quiesce();
  const ids = set.map(({ volumeId }) => volumeId);
  const said = copy.store.keeper.frees(ids);
  const own = new Set(set.map(({ log }) => log));
  const ends = findEnds(copy);
  const before = measure(copy, ends);
  for (const volumeId of ids) copy.store.keeper.delete(volumeId);
  copy.store.quiesce();
  const after = measure(copy, ends);
  const returned = compare(before, after, own);
  const each = ids.map((id) => copyScene(scene).store.keeper.frees([id]));
  const details = [...before].map(([log, was]) => ({ log, was, is: after.get(log) }));
  // An empty frame behind the newest commit is counted from the next commit on.
  const excess = said.freesBytes - returned.freesBytes;
  const isRight = excess >= 0 && excess <= set.length * UNIT_BYTES && said.pinnedBytes === returned.pinnedBytes;
  assert(
    isRight,
    `deleting ${ids} was to free ${JSON.stringify(said)} and freed ${JSON.stringify(returned)}: ${JSON.stringify(details)} each ${JSON.stringify(each)}`,
  );
}

/** Bytes of a log: all of its files, and what of its segments is no header. */
interface Measured {
  readonly diskBytes: number;
  readonly unitBytes: number;
  /** What the last segment of a living log keeps although nobody needs it. */
  readonly garbageBytes: number;
}

/** Where segments end, by log: what a stale or killed writer left behind is nobody's. */
function findEnds(scene: Scene): Map<number, Map<number, number>> {
  const logs = toLogNumbers(scene.store.device.readdir(logsPath(STORE_DIR)));
  return scene.store.withReader((reader) => {
    const ends = new Map(logs.map((log) => [log, endsOf(scene, reader, log)]));
    for (const { log, head } of scene.world.living) {
      const last = ends.get(log);
      const { units } = reader.getFrame(head.place).header;
      if (last && !last.has(head.place.segment)) last.set(head.place.segment, head.place.unit + units);
    }
    for (const [log, last] of ends) noteIndexedEnds(scene, log, last);
    return ends;
  });
}

/** Of a deleted volume's log nothing but its index says where the last segment ends. */
function noteIndexedEnds({ store: { device } }: Scene, log: number, ends: Map<number, number>): void {
  for (const segment of toIndexNumbers(device.readdir(logPath(STORE_DIR, log)))) {
    if (ends.has(segment)) continue;
    const header = decodeIndexHeader(Buffer.from(device.content(indexPath(STORE_DIR, log, segment))), { log, segment });
    if (header) ends.set(segment, header.summary.endUnit);
  }
}

function measure(scene: Scene, ends: Map<number, Map<number, number>>): Map<number, Measured> {
  const { device } = scene.store;
  const measured = new Map<number, Measured>();
  for (const log of toLogNumbers(device.readdir(logsPath(STORE_DIR)))) {
    let units = 0;
    for (const segment of toSegmentNumbers(device.readdir(logPath(STORE_DIR, log))))
      for (const unit of device.allocatedUnits(segmentPath(STORE_DIR, log, segment)))
        if (unit > 0 && unit < (ends.get(log)?.get(segment) ?? Number.POSITIVE_INFINITY)) units++;
    const garbageBytes = garbageOf(scene, log);
    measured.set(log, { diskBytes: diskBytesOf(scene, log), unitBytes: units * UNIT_BYTES, garbageBytes });
  }
  return measured;
}

function garbageOf({ world, store }: Scene, log: number): number {
  const volumeId = world.logs.get(log)?.volumeId ?? "";
  return store.keeper.figures([volumeId]).get(volumeId)?.garbageBytes ?? 0;
}

/** What is garbage before goes with its own volume, and is nothing that deleting others returns. */
function compare(before: Map<number, Measured>, after: Map<number, Measured>, own: ReadonlySet<number>): Frees {
  let freesBytes = 0;
  let pinnedBytes = 0;
  for (const [log, was] of before) {
    const now = after.get(log);
    const garbageBytes = own.has(log) ? 0 : was.garbageBytes - (now?.garbageBytes ?? 0);
    const bytes = (now ? was.unitBytes - now.unitBytes : was.diskBytes) - garbageBytes;
    freesBytes += bytes;
    if (!own.has(log)) pinnedBytes += bytes;
  }
  return { freesBytes, pinnedBytes };
}
