import { assert } from "@/lib/std/assert";
import { openReader } from "../../diff/root-reader";
import { RootView } from "../../diff/root-view";
import type { LogReader } from "../../log/log-reader";
import { resolveRoot } from "../../log/resolved-root";
import { findDifference } from "../model-difference";
import { expectAnswer, pickAt } from "./check-resolve";
import { type Offer, say, show } from "./check-window";
import type { ModelCommit } from "./model-timeline";
import type { Scene } from "./scene";
import { deleteVolume, fork } from "./volume-steps";

/** Reads commits that the store offers, straight from the disk, and compares them with the model. `share`: one in so many. */
export function checkContent(scene: Scene, offer: Offer, share: number): void {
  scene.store.withReader((reader) => {
    for (const commit of offer.commits) {
      const isEnd = commit === offer.commits[0] || commit === offer.timeline.head;
      if (isEnd || scene.random.int(share) === 0) checkCommit(reader, offer, commit);
    }
  });
}

function checkCommit(reader: LogReader, { timeline }: Offer, commit: ModelCommit): void {
  const difference = findCommitDifference(reader, commit);
  assert(!difference, say(timeline, `commit ${show(commit)}: ${difference}`));
}

/** How a commit on the disk differs from what it was, in words. Throws a `VolumeError` where it is damaged. */
export function findCommitDifference(reader: LogReader, commit: ModelCommit): string | undefined {
  const root = resolveRoot(reader, reader.getFrame(commit.place).header);
  return findDifference(openReader(new RootView(reader, root)), commit.content);
}

/** What the writer of a volume sees, old files that it has open included. */
export function checkWriter(scene: Scene, volumeId: string): void {
  const writer = scene.store.writers.get(volumeId);
  if (!writer) return;
  const difference = findDifference(writer.volume, writer.working);
  assert(!difference, `${volumeId} as its writer sees it: ${difference}`);
}

/** Forks some moment, opens the fork as a compute would, compares it and deletes it again. */
export function checkByFork(scene: Scene, offer: Offer): void {
  const at = pickAt(scene, offer);
  const expected = expectAnswer(scene, offer, at);
  if (!expected || "refused" in expected) return;
  const made = fork(scene, { source: offer.timeline, at, expected });
  if (!made) return;
  try {
    const { volume } = scene.store.openWriter(made.volumeId, made.head.content);
    const difference = findDifference(volume, expected.commit.content);
    assert(!difference, say(offer.timeline, `a fork at ${show(expected.commit)}: ${difference}`));
    volume.close();
  } catch (error) {
    if (scene.store.device.isOff) throw error;
    scene.store.refuseUnlessInjected(error);
  }
  scene.store.release(made.volumeId);
  deleteVolume(scene, made);
}
