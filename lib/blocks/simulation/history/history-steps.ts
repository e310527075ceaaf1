import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import type { At, Retention } from "../../history-types";
import { expectAnswer, pickAt } from "./check-resolve";
import { checkOffer, type Offer } from "./check-window";
import type { ModelMark, ModelTimeline } from "./model-timeline";
import { pickTimeline, type Scene } from "./scene";
import { fork } from "./volume-steps";

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const NO_LIMIT = 1e15;

/** Forks a moment: the newest, or any that can be asked for. Refusals are as expected, too. */
export function forkSome(scene: Scene): void {
  const { random, world, clock, store } = scene;
  // Often the newest volume, so that forks of forks of forks come about.
  const source = random.int(2) === 0 ? world.living.at(-1) : pickTimeline(scene);
  if (!source) return;
  if (random.int(3) === 0) {
    fork(scene, { source, at: undefined, expected: { commit: source.head, exact: true, missing: [0, 0] } });
    return;
  }
  const offer = checkOffer(scene, source);
  const at = pickAt(scene, offer);
  const expected = expectAnswer(scene, offer, at);
  if (!expected) return;
  if (!("refused" in expected)) {
    fork(scene, { source, at, expected });
    return;
  }
  const ask = { sourceId: source.volumeId, volumeId: "refused", at };
  expectRefusal(() => store.keeper.fork(ask, clock.micros), expected.refused);
  assert(!store.keeper.find("refused"), "a refused fork is not there");
}

function expectRefusal(ask: () => unknown, code: string): void {
  try {
    ask();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    assert(error.code === code, `refused with ${error.code}, should be ${code}`);
    return;
  }
  assert(false, `should be refused with ${code}`);
}

export function takeSnapshot(scene: Scene, timeline: ModelTimeline): void {
  const { store, clock } = scene;
  const snapshotId = `s${clock.micros % 1000}`;
  const found = pickKept(scene, timeline);
  // The same id again answers the same snapshot; the model does not follow that.
  if (!found || timeline.marks.has(snapshotId)) return;
  const mark: ModelMark = { markId: snapshotId, kind: "snapshot", commit: found.commit, untilMicros: 0 };
  const ask = { snapshotId, name: "named", kind: "manual", ...(found.at && { at: found.at }) } as const;
  store.attempt(
    () => {
      const taken = store.keeper.takeSnapshot(timeline.volumeId, ask, clock.micros);
      timeline.marks.set(snapshotId, mark);
      assert(taken.commit === mark.commit, `snapshot of ${taken.commit}, should be ${mark.commit}`);
    },
    () => lookForMark(scene, timeline, mark),
  );
}

export function hold(scene: Scene, timeline: ModelTimeline): void {
  const { store, clock, random } = scene;
  const holdId = `h${random.int(3)}`;
  const found = pickKept(scene, timeline);
  const known = timeline.marks.get(holdId);
  const commit = known?.commit ?? found?.commit;
  if (commit === undefined) return;
  if (known && known.untilMicros <= clock.latestMicros) return;
  const untilMicros = clock.micros + random.int(random.pick([1000, MINUTE]));
  const at = { commit };
  const mark: ModelMark = { markId: holdId, kind: "hold", commit, untilMicros };
  store.attempt(
    () => {
      store.keeper.hold(timeline.volumeId, { holdId, at, untilMicros }, clock.micros);
      timeline.marks.set(holdId, mark);
    },
    () => lookForMark(scene, timeline, mark),
  );
}

export function guard(scene: Scene, timeline: ModelTimeline): void {
  const { store, random } = scene;
  const found = pickKept(scene, timeline);
  const guardId = `g${random.int(1000)}`;
  if (!found || timeline.marks.has(guardId)) return;
  const mark: ModelMark = { markId: guardId, kind: "guard", commit: found.commit, untilMicros: 0 };
  store.attempt(
    () => {
      store.keeper.guard(timeline.volumeId, [{ guardId, commit: mark.commit }]);
      timeline.marks.set(guardId, mark);
    },
    // Nobody can ask for guards: it may stand or not.
    () => {},
  );
}

/** Deletes a snapshot or ends a hold. */
export function unmark(scene: Scene, timeline: ModelTimeline): void {
  const { random } = scene;
  const marks = [...timeline.marks.values()].filter(({ kind }) => kind !== "guard");
  if (marks.length === 0) return;
  removeMark(scene, timeline, random.pick(marks));
}

export function removeMark(scene: Scene, timeline: ModelTimeline, mark: ModelMark): void {
  const { store } = scene;
  store.attempt(
    () => {
      if (mark.kind === "snapshot") store.keeper.deleteSnapshot(timeline.volumeId, mark.markId);
      else store.keeper.releaseHold(timeline.volumeId, mark.markId);
      timeline.marks.delete(mark.markId);
    },
    () => lookForMark(scene, timeline, mark),
  );
}

/** Nobody was told whether it stands: looks. */
function lookForMark(scene: Scene, timeline: ModelTimeline, mark: ModelMark): void {
  const window = scene.store.keeper.window(timeline.volumeId, scene.clock.micros);
  const snapshots = window.snapshots.map(({ snapshotId }) => ({ id: snapshotId, untilMicros: 0 }));
  const holds = window.holds.map(({ holdId, untilMicros }) => ({ id: holdId, untilMicros }));
  const found = [...snapshots, ...holds].find(({ id }) => id === mark.markId);
  if (found) timeline.marks.set(mark.markId, { ...mark, untilMicros: found.untilMicros });
  else timeline.marks.delete(mark.markId);
}

interface Kept {
  readonly commit: number;
  /** Undefined: the newest. */
  readonly at: At | undefined;
}

/** A commit that may be marked: one that is kept already. */
function pickKept(scene: Scene, timeline: ModelTimeline): Kept | undefined {
  if (scene.random.int(3) === 0) return { commit: timeline.head.commit, at: undefined };
  const offer: Offer = checkOffer(scene, timeline);
  const at = pickAt(scene, offer);
  const expected = expectAnswer(scene, offer, at);
  return expected && "commit" in expected ? { commit: expected.commit.commit, at } : undefined;
}

/** Windows of microseconds and of a few blocks, so that everything is reached. */
export function setRetention(scene: Scene, timeline: ModelTimeline): void {
  const { random, store } = scene;
  const micros = random.pick([1, 500, 10_000, 10 * SECOND, 10 * MINUTE, 24 * 60 * MINUTE]);
  const bytes = random.pick([0, 4096, 65_536, NO_LIMIT, NO_LIMIT, NO_LIMIT]);
  const retention: Retention = { micros, bytes };
  const isTight = bytes < NO_LIMIT;
  const note = () => {
    timeline.retention = retention;
    timeline.isPressed ||= isTight;
  };
  store.attempt(
    () => {
      store.keeper.setRetention(timeline.volumeId, retention);
      note();
    },
    () => {
      // Who was told that it failed does not know which one stands after a restart.
      timeline.retention = undefined;
      // It may have been in force for a moment.
      timeline.isPressed ||= isTight;
    },
  );
}

/** Some slices of upkeep. */
export function work(scene: Scene): void {
  const { random, store } = scene;
  noteWork(scene);
  store.attempt(
    () => {
      for (let slices = 1 + random.int(20); slices > 0 && store.work(); slices--);
    },
    () => {},
  );
}

export function collect(scene: Scene): void {
  const { random, store } = scene;
  const mode = random.int(3) === 0 ? "due" : "all";
  // Upkeep goes on meanwhile.
  noteWork(scene);
  store.attempt(
    () => {
      for (let segments = 1 + random.int(4); segments > 0 && store.collectOne(mode); segments--);
    },
    () => {},
  );
}

/** Lets the scrub read with the next slices of upkeep. Nothing is damaged here, and nothing may seem so. */
export function scrub({ random, store }: Scene): void {
  store.keeper.scrub(random.pick([4096, 65_536, 1 << 20]));
  const { damages } = store.keeper.damages();
  assert(store.hasMisread || damages.length === 0, `the scrub found ${JSON.stringify(damages)}`);
}

export function quiesce(scene: Scene): boolean {
  noteWork(scene);
  return scene.store.attempt(
    () => scene.store.quiesce(),
    () => {},
  );
}

/** Whatever is too old at this time may go from now on. */
export function noteWork({ world, clock, store }: Scene): void {
  for (const timeline of world.living) {
    const { retention } = store.keeper.window(timeline.volumeId, clock.micros);
    if (timeline.retention)
      assert(
        JSON.stringify(retention) === JSON.stringify(timeline.retention),
        `${timeline.volumeId} forgot its retention`,
      );
    timeline.noteWork(clock.micros, retention);
  }
}
