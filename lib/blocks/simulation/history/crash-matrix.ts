import { assert } from "@/lib/std/assert";
import { checkEverything, checkFindings, checkReads, recover } from "./check-all";
import { collect, quiesce, takeSnapshot, unmark, work } from "./history-steps";
import { copyScene, pickTimeline, type Scene } from "./scene";
import { deleteVolume, fork } from "./volume-steps";

const TIGHT = { micros: 1, bytes: 0 };

/** What changes a quiet store, each followed by all the background work that it leads to. */
const OPERATIONS: Record<string, (scene: Scene) => void> = {
  collect: () => {},
  tighten: (scene) => {
    for (const timeline of scene.world.living) {
      const found = () => scene.store.keeper.window(timeline.volumeId, scene.clock.micros).retention;
      // Either may stand after a cut.
      timeline.isPressed = true;
      const settle = () => {
        timeline.retention = found();
      };
      timeline.retention = undefined;
      scene.store.attempt(() => {
        scene.store.keeper.setRetention(timeline.volumeId, TIGHT);
        settle();
      }, settle);
    }
  },
  unmark: (scene) => {
    for (const timeline of scene.world.living) for (const _ of timeline.marks) unmark(scene, timeline);
  },
  snapshot: (scene) => {
    for (const timeline of scene.world.living) takeSnapshot(scene, timeline);
  },
  delete: (scene) => {
    const timeline = pickTimeline(scene);
    if (timeline) deleteVolume(scene, timeline);
  },
  replace: (scene) => {
    const source = pickTimeline(scene);
    if (!source) return;
    fork(scene, { source, at: undefined, expected: { commit: source.head, exact: true, missing: [0, 0] } });
    deleteVolume(scene, source);
  },
};

/**
 * Performs an operation again and again on copies of a scene, each time with the power cut at another of its operations on the
 * disk; then everything must stand as before or as after.
 */
export function checkCuts(scene: Scene, cuts: number): void {
  const { random } = scene;
  const name = random.pick(Object.keys(OPERATIONS));
  const count = countOperations(scene, name);
  for (let cut = 0; cut < cuts && count > 0; cut++) {
    const copy = copyScene(scene);
    const { device } = copy.store;
    device.cutAt = device.operations + 1 + random.int(count);
    const at = device.cutAt;
    try {
      copy.store.survive(() => perform(copy, name));
      recover(copy);
      goOn(copy);
      checkEverything(copy);
      const errors = copy.store.takeErrors();
      assert(errors.length === 0, `reported: ${errors.join("; ")}`);
    } catch (error) {
      assert(error instanceof Error, "errors are thrown");
      error.message += ` (${name}, cut at ${at})`;
      throw error;
    }
  }
}

/** What was decided before and what is decided again meet in any order: a log may be collected before its forks are visited. */
function goOn(scene: Scene): void {
  if (scene.random.int(3) === 0) checkFindings(scene);
  for (let rounds = scene.random.int(6); rounds > 0; rounds--) {
    work(scene);
    collect(scene);
    checkReads(scene, 2);
  }
}

function countOperations(scene: Scene, name: string): number {
  const copy = copyScene(scene);
  const before = copy.store.device.operations;
  perform(copy, name);
  return copy.store.device.operations - before;
}

function perform(scene: Scene, name: string): void {
  OPERATIONS[name]?.(scene);
  quiesce(scene);
}
