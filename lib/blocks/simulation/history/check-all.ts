import { assert } from "@/lib/std/assert";
import { checkStore } from "../../check/checker";
import { describeFinding } from "../../check/finding";
import { checkContent } from "./check-content";
import { checkDiff } from "./check-diff";
import { checkClasses, checkExact, checkSums } from "./check-exact";
import { checkFrees } from "./check-frees";
import { checkResolve } from "./check-resolve";
import { checkLimits, checkOffer, type Offer } from "./check-window";
import { quiesce } from "./history-steps";
import type { Scene } from "./scene";
import { STORE_DIR } from "./store-under-test";

/** What is there and one in `share` of all commits that are offered. */
export function checkReads(scene: Scene, share: number): Offer[] {
  const known = scene.world.living.map(({ volumeId }) => volumeId).sort();
  const listed = scene.store.keeper.list().map(({ volumeId }) => volumeId);
  assert(`${listed.sort()}` === `${known}`, `volumes are ${listed}, should be ${known}`);
  return scene.world.living.map((timeline) => {
    const offer = checkOffer(scene, timeline);
    checkContent(scene, offer, share);
    checkResolve(scene, offer);
    return offer;
  });
}

/** After all background work: windows are within their limits, and on the disk is what is needed and nothing else. */
export function checkQuiet(scene: Scene): void {
  const offers = scene.world.living.map((timeline) => checkOffer(scene, timeline));
  for (const offer of offers) checkLimits(scene, offer);
  checkClasses(scene, checkExact(scene, offers));
}

/** All that is offered, completely, with the disk as it is; then all background work, and the same again, exactly. */
export function checkEverything(scene: Scene): void {
  checkReads(scene, 1);
  assert(quiesce(scene), "without faults background work succeeds");
  const offers = checkReads(scene, 3);
  checkQuiet(scene);
  checkSums(scene);
  if (scene.random.int(3) === 0) checkFindings(scene);
  checkFrees(scene);
  checkDiff(scene, offers);
}

/** What whoever checks a store from outside says of it. */
export function checkFindings({ store }: Scene): void {
  const findings = checkStore(store.device, STORE_DIR);
  assert(findings.length === 0, `the checker finds ${findings.slice(0, 3).map(describeFinding).join(" ")}`);
}

/** After a crash everything that was acknowledged stands; what was decided and not used yet may be decided anew. */
export function recover({ store, world }: Scene): void {
  store.recover();
  for (const timeline of world.living) timeline.forgetDecisions();
}
