import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import { UNIT_BYTES } from "../../log/format";
import { ledgerPath } from "../../log/store-paths";
import { VolumeError } from "../../volume-error";
import { findCommitDifference } from "./check-content";
import type { ModelCommit, ModelTimeline } from "./model-timeline";
import { copyScene, type Scene } from "./scene";
import { STORE_DIR, StoreUnderTest } from "./store-under-test";

/**
 * Flips one bit of a copy of the disk and opens it: whatever is offered reads right or is reported as damaged, and what
 * background work then collects is nothing that could be read before.
 */
export function checkFlippedBit(scene: Scene): void {
  const copy = copyScene(scene);
  const path = flipSomeBit(copy);
  const damaged = reopen(copy);
  if (!damaged) return;
  checkLedgerRefused(damaged, path);
  const before = readAll(damaged);
  unlessDamaged(() => damaged.store.quiesce());
  readAll(damaged);
  for (const [commit, timeline] of before) {
    const isSince = unlessDamaged(() => isOffered(damaged, timeline, commit));
    const read = () => damaged.store.withReader((reader) => findCommitDifference(reader, commit) ?? "right");
    const isLost = isSince === true && unlessDamaged(read) !== "right";
    assert(!isLost, `${timeline.volumeId}: commit ${commit.commit} was readable until damage elsewhere was collected`);
  }
}

/** The file's path. */
function flipSomeBit({ random, store: { device } }: Scene): string {
  const filled = device.files().filter((file) => device.content(file).length > 0);
  const ledgers = filled.filter((file) => file.endsWith("/ledger"));
  const path = random.pick(random.int(4) === 0 && ledgers.length > 0 ? ledgers : filled);
  const bytes = device.content(path).length;
  // Half of them where headers and lists lie: at the beginning of a unit.
  const unit = UNIT_BYTES * random.int(Math.ceil(bytes / UNIT_BYTES));
  const byte = random.int(2) === 0 ? random.int(bytes) : unit + random.int(Math.min(300, bytes - unit));
  device.flipBit(path, byte * 8 + random.int(8));
  return path;
}

/** What a ledger forgot cannot be told from anything else: the log's history is refused. */
function checkLedgerRefused({ world, store, clock }: Scene, path: string): void {
  const timeline = world.living.find(({ log }) => path === ledgerPath(STORE_DIR, log));
  const ask = () => timeline && store.keeper.window(timeline.volumeId, clock.micros);
  assert(unlessDamaged(ask) === undefined, `${path} is damaged, and the history is told nevertheless`);
}

/** Nothing when the whole store is refused. */
function reopen(scene: Scene): Scene | undefined {
  return unlessDamaged(() => ({ ...scene, store: new StoreUnderTest(scene, scene.store.device) }));
}

/** The commits that are offered and can be read. */
function readAll(scene: Scene): Map<ModelCommit, ModelTimeline> {
  const readable = new Map<ModelCommit, ModelTimeline>();
  for (const timeline of scene.world.living) {
    if (timeline.hadStaleWriter) continue;
    for (const commit of timeline.commits)
      unlessDamaged(() => {
        if (!isOffered(scene, timeline, commit)) return;
        const difference = scene.store.withReader((reader) => findCommitDifference(reader, commit));
        assert(!difference, `${timeline.volumeId}: commit ${commit.commit} after damage: ${difference}`);
        readable.set(commit, timeline);
      });
  }
  return readable;
}

function isOffered(scene: Scene, { volumeId }: ModelTimeline, { commit }: ModelCommit): boolean {
  try {
    scene.store.keeper.resolve(volumeId, { commit }, scene.clock.micros);
    return true;
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
}

/** Damage may only show as what it is. */
function unlessDamaged<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof VolumeError && error.code === "EIO") return undefined;
    throw error;
  }
}
