import { AppError, type ErrorCode } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import type { Window } from "../../history-types";
import type { CommitPoint } from "../../store-types";
import type { ModelCommit, ModelMark, ModelTimeline } from "./model-timeline";
import type { Scene } from "./scene";

/** What a store offers of one volume, checked against what it may offer. */
export interface Offer {
  readonly timeline: ModelTimeline;
  readonly window: Window;
  /** Commits that can be asked for by their numbers, ascending. */
  readonly commits: readonly ModelCommit[];
}

const CLOCK_STEP_MICROS = 1_000_000;
// As the design has them, whatever the store says.
const MINUTE = 60_000_000;
const EXACT_MICROS = 60 * MINUTE;
const REFUSALS: readonly ErrorCode[] = ["TARGET_OUTSIDE_WAL_WINDOW", "TARGET_THINNED", "NOT_FOUND"];

/** Asks for the window and for every commit that there ever was, and checks that nothing is lost, moved or back from the dead. */
export function checkOffer(scene: Scene, timeline: ModelTimeline): Offer {
  const window = scene.store.keeper.window(timeline.volumeId, scene.clock.micros);
  timeline.noteWork(scene.clock.micros, window.retention);
  const offer = { timeline, window, commits: findOffered(scene, timeline) };
  checkEnds(offer);
  checkMarks(scene, offer);
  checkGaps(offer);
  checkNothingLostForAge(offer);
  if (timeline.isPressed) checkThinning(scene, offer);
  return offer;
}

export function say(timeline: ModelTimeline, what: string): string {
  return `${timeline.volumeId} (log ${timeline.log}): ${what}`;
}

function findOffered(scene: Scene, timeline: ModelTimeline): ModelCommit[] {
  return timeline.commits.filter((commit) => {
    const isOffered = isRight(scene, timeline, commit);
    if (isOffered) assert(!timeline.gone.has(commit.commit), say(timeline, `commit ${commit.commit} came back`));
    else timeline.gone.add(commit.commit);
    return isOffered;
  });
}

function isRight(scene: Scene, timeline: ModelTimeline, commit: ModelCommit): boolean {
  const { keeper } = scene.store;
  try {
    const found = keeper.resolve(timeline.volumeId, { commit: commit.commit }, scene.clock.micros);
    assert(isSamePoint(found, commit), say(timeline, `asked for ${show(commit)}, got ${show(found)}`));
    const moments = timeline.head.moments - commit.moments;
    assert(
      found.momentsAfter === moments,
      say(timeline, `${found.momentsAfter} moments after ${show(commit)}, should be ${moments}`),
    );
    const next = timeline.next(commit)?.micros;
    assert(
      found.nextMicros === next,
      say(timeline, `next after ${show(commit)} is ${found.nextMicros}, should be ${next}`),
    );
    assert(found.exact && found.momentsMissing === 0, say(timeline, "a commit asked for by its number is exact"));
    return true;
  } catch (error) {
    if (!(error instanceof AppError) || !REFUSALS.includes(error.code)) throw error;
    return false;
  }
}

function checkEnds({ timeline, window, commits }: Offer): void {
  const since = timeline.find(window.exactSince.commit);
  const earliest = timeline.find(window.earliest.commit);
  assert(since && isSamePoint(window.exactSince, since), say(timeline, `exact since ${show(window.exactSince)}`));
  assert(earliest && isSamePoint(window.earliest, earliest), say(timeline, `earliest ${show(window.earliest)}`));
  assert(
    isSamePoint(window.head, timeline.head),
    say(timeline, `head is ${show(window.head)}, not ${show(timeline.head)}`),
  );
  assert(earliest.commit <= since.commit, say(timeline, "a window begins before its exact part"));
  assert(since.commit >= timeline.exactSince, say(timeline, `the exact part went back to ${since.commit}`));
  timeline.exactSince = since.commit;
  const offered = new Set(commits);
  assert(offered.has(earliest), say(timeline, `earliest ${earliest.commit} cannot be asked for`));
  for (const commit of timeline.commits)
    if (commit.commit >= since.commit)
      assert(offered.has(commit), say(timeline, `commit ${commit.commit} is refused, exact since ${since.commit}`));
}

function checkMarks(scene: Scene, offer: Offer): void {
  const { timeline, window, commits } = offer;
  const offered = new Set(commits.map(({ commit }) => commit));
  // A hold that was over once may be gone, also when the clock has stepped back since.
  const isDue = ({ untilMicros }: { untilMicros: number }) =>
    untilMicros === 0 || untilMicros > scene.clock.latestMicros;
  for (const mark of timeline.marks.values()) {
    const mustStand = mark.kind === "guard" ? isGuarding(offer, mark) : isDue(mark);
    assert(
      !mustStand || offered.has(mark.commit),
      say(timeline, `${mark.kind} ${mark.markId} lost commit ${mark.commit}`),
    );
  }
  const snapshots = window.snapshots.map((one) => `${one.snapshotId}@${one.commit}`);
  expectSame(timeline, snapshots, timeline.marksOf("snapshot").map(nameOf));
  const holds = window.holds.filter(isDue).map((one) => `${one.holdId}@${one.commit}`);
  expectSame(timeline, holds, timeline.marksOf("hold").filter(isDue).map(nameOf));
}

/** A guard ends when the window has left its commit behind. */
function isGuarding({ timeline, window }: Offer, { commit }: ModelMark): boolean {
  const micros = timeline.find(commit)?.micros ?? 0;
  return commit >= window.earliest.commit && micros >= timeline.expiredMicros;
}

const nameOf = (mark: { markId: string; commit: number }): string => `${mark.markId}@${mark.commit}`;

function expectSame(timeline: ModelTimeline, found: readonly string[], expected: readonly string[]): void {
  const [a, b] = [found, expected].map((names) => names.toSorted().join(" "));
  assert(a === b, say(timeline, `has marks ${a}, should have ${b}`));
}

/** A gap for each step back of the clock that can still be asked about; steps that follow at once may share one. */
function checkGaps({ timeline, window }: Offer): void {
  let isSince = false;
  for (const commit of timeline.commits) {
    const before = timeline.find(commit.commit - 1);
    const { clockMicros } = commit;
    const isFirst = before?.clockMicros === undefined;
    if (isFirst) isSince = commit.commit > window.exactSince.commit;
    if (!before || clockMicros === undefined || !isSince) continue;
    const gap = window.gaps.findLast(({ after }) => after.commit <= commit.commit);
    const isRight = isFirst
      ? gap && isSamePoint(gap.before, before) && isSamePoint(gap.after, commit) && gap.fromMicros === clockMicros
      : gap && gap.fromMicros <= clockMicros + CLOCK_STEP_MICROS;
    assert(isRight, say(timeline, `gap at ${show(commit)}, clock ${clockMicros}, is ${JSON.stringify(gap)}`));
  }
  for (const { after, before, fromMicros, toMicros } of window.gaps) {
    const cause = timeline.find(after.commit)?.clockMicros;
    assert(
      cause === fromMicros && toMicros === before.micros,
      say(timeline, `a gap at ${show(after)} without a step of the clock`),
    );
  }
}

/** What is younger than the limit is there, unless there was no room for it. */
function checkNothingLostForAge({ timeline, window }: Offer): void {
  if (timeline.isPressed) return;
  const due = timeline.atOrBefore(timeline.expiredMicros) ?? timeline.root;
  const { commit } = window.earliest;
  assert(commit <= due.commit, say(timeline, `commit ${due.commit} expired too early, earliest is ${commit}`));
  assert(window.exactSince.commit <= due.commit, say(timeline, `thinned without need from ${due.commit} on`));
}

/** Where history was thinned, one commit a minute is left at least; the last hour goes only when nothing older is left. */
function checkThinning(scene: Scene, { timeline, window, commits }: Offer): void {
  const offered = new Set(commits);
  const { earliest, exactSince } = window;
  for (const commit of timeline.commits) {
    if (commit.commit <= earliest.commit || commit.commit >= exactSince.commit) continue;
    const next = timeline.next(commit);
    const isTick = next && minuteOf(next) !== minuteOf(commit);
    assert(!isTick || offered.has(commit), say(timeline, `the last commit of a minute, ${commit.commit}, is thinned`));
  }
  const oldEnough = Math.max(scene.clock.latestMicros - EXACT_MICROS, timeline.expiredMicros);
  const limit = timeline.atOrBefore(oldEnough) ?? timeline.root;
  if (exactSince.commit > limit.commit)
    assert(earliest.commit === exactSince.commit, say(timeline, `the last hour was thinned before all else was gone`));
}

const minuteOf = ({ micros }: CommitPoint): number => Math.floor(micros / MINUTE);

/** After all background work: what is too old is gone, and history takes no more than it may. */
export function checkLimits(scene: Scene, offer: Offer): void {
  const { timeline, window } = offer;
  checkNothingStays(scene, offer);
  const due = timeline.atOrBefore(scene.clock.micros - window.retention.micros) ?? timeline.root;
  assert(
    window.earliest.commit >= due.commit,
    say(timeline, `commit ${window.earliest.commit} is there, ${due.commit} expires`),
  );
  for (const hold of window.holds)
    assert(hold.untilMicros > scene.clock.micros, say(timeline, `hold ${hold.holdId} is over and still there`));
  const figures = scene.store.keeper.figures([timeline.volumeId]).get(timeline.volumeId);
  assert(figures, say(timeline, "has figures"));
  const isShortest = window.earliest.commit === timeline.head.commit;
  assert(
    isShortest || figures.historyBytes <= window.retention.bytes,
    say(timeline, `history takes ${figures.historyBytes} bytes, may take ${window.retention.bytes}`),
  );
}

/** What is older than the window is there because something keeps it. */
function checkNothingStays({ clock }: Scene, { timeline, window, commits }: Offer): void {
  const oldest = clock.micros - window.retention.micros;
  const keeps = ({ kind, commit, untilMicros }: ModelMark) =>
    kind === "guard" ? (timeline.find(commit)?.micros ?? 0) >= oldest : untilMicros === 0 || untilMicros > clock.micros;
  const kept = new Set([...timeline.marks.values()].filter(keeps).map(({ commit }) => commit));
  for (const { commit } of commits)
    assert(
      commit >= window.earliest.commit || kept.has(commit),
      say(timeline, `commit ${commit} is before the window, kept by nothing and still there`),
    );
}

export const isSamePoint = (a: CommitPoint, b: CommitPoint): boolean => a.commit === b.commit && a.micros === b.micros;

export const show = ({ commit, micros }: CommitPoint): string => `${commit}@${micros}`;
