import { expectAnswer } from "./check-resolve";
import { checkOffer } from "./check-window";
import { forkSome, noteWork, removeMark, takeSnapshot, unmark } from "./history-steps";
import { pickTimeline, type Scene } from "./scene";
import { deleteVolume, fork, stop, write } from "./volume-steps";

/** Upkeep, with something asked for between any two of its slices: what a sweep or a settling has seen by then may be over. */
export function workAmid(scene: Scene, canFork: () => boolean): void {
  const { random, store } = scene;
  const forks = [forkSome, forkAndUnmark, forkAndUnmark];
  const others = [unmark, takeSnapshot, write, deleteSome];
  noteWork(scene);
  for (let slices = 5 + random.int(60); slices > 0; slices--) {
    let isMore = true;
    const isDone = store.attempt(
      () => {
        isMore = store.work();
      },
      () => {},
    );
    if (!isDone || !isMore) return;
    if (random.int(3) > 0) continue;
    const timeline = pickTimeline(scene);
    if (random.int(2) === 0 && canFork()) random.pick(forks)(scene);
    else if (timeline) random.pick(others)(scene, timeline);
  }
}

/** A point goes, and lives on in a fork that was made at it. */
function forkAndUnmark(scene: Scene): void {
  const { random, world } = scene;
  const marked = world.living.filter((timeline) => timeline.marksOf("snapshot").length > 0);
  if (marked.length === 0) return;
  const source = random.pick(marked);
  const mark = random.pick(source.marksOf("snapshot"));
  const at = { snapshotId: mark.markId };
  const expected = expectAnswer(scene, checkOffer(scene, source), at);
  if (!expected || "refused" in expected) return;
  if (fork(scene, { source, at, expected })) removeMark(scene, source, mark);
}

function deleteSome(scene: Scene): void {
  const timeline = pickTimeline(scene);
  if (!timeline) return;
  stop(scene, timeline);
  deleteVolume(scene, timeline);
}
