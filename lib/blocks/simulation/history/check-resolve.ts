import { AppError, type ErrorCode } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import type { At, Resolved } from "../../history-types";
import { type Offer, say, show } from "./check-window";
import type { ModelCommit, ModelTimeline } from "./model-timeline";
import type { Scene } from "./scene";

/** What a question about a moment must be answered. */
export type Expected =
  | {
      readonly commit: ModelCommit;
      readonly exact: boolean;
      /** Between the commit and the asked time, and up to the next commit that is kept: a store may not know more. */
      readonly missing: readonly [number, number];
    }
  | { readonly refused: ErrorCode; readonly neighbours?: readonly [number, number | undefined] };

/** Undefined where the clock leaves more than one answer right. */
export function expectAnswer(scene: Scene, offer: Offer, at: At): Expected | undefined {
  if ("snapshotId" in at) return expectSnapshot(offer, at.snapshotId);
  if ("commit" in at) {
    const commit = offer.commits.find((one) => one.commit === at.commit);
    return commit && { commit, exact: true, missing: NOTHING };
  }
  return expectTime(scene, offer, at);
}

function expectSnapshot({ timeline }: Offer, snapshotId: string): Expected {
  const mark = timeline.marksOf("snapshot").find((one) => one.markId === snapshotId);
  const commit = mark && timeline.find(mark.commit);
  return commit ? { commit, exact: true, missing: NOTHING } : { refused: "NO_SNAPSHOT" };
}

function expectTime(scene: Scene, offer: Offer, at: { micros: number; acceptInexact?: boolean }): Expected | undefined {
  const { timeline, window } = offer;
  // A clock that stepped back leaves commits that are later than now.
  const latest = Math.max(scene.clock.micros, timeline.head.micros);
  if (at.micros > latest || at.micros < window.earliest.micros) return { refused: "TARGET_OUTSIDE_WAL_WINDOW" };
  const gap = window.gaps.find(({ fromMicros, toMicros }) => at.micros >= fromMicros && at.micros < toMicros);
  if (gap) return { refused: "TARGET_IN_WAL_GAP", neighbours: [gap.before.commit, gap.after.commit] };
  return expectKept(offer, at);
}

function expectKept(offer: Offer, at: { micros: number; acceptInexact?: boolean }): Expected | undefined {
  const { timeline, commits } = offer;
  const asked = timeline.atOrBefore(at.micros);
  const position = commits.findLastIndex((one) => one.micros <= at.micros);
  const commit = commits[position];
  if (!asked || !commit) return undefined;
  if (asked === commit) return { commit, exact: true, missing: NOTHING };
  if (at.acceptInexact) return { commit, exact: false, missing: countMissing(offer, position, asked) };
  return { refused: "TARGET_THINNED", neighbours: [commit.commit, commits[position + 1]?.commit] };
}

const NOTHING = [0, 0] as const;

function countMissing({ timeline, commits }: Offer, position: number, asked: ModelCommit): readonly [number, number] {
  const [commit, after] = [commits[position], commits[position + 1]];
  const last = after && timeline.find(after.commit - 1);
  const { moments = 0 } = commit ?? {};
  return [asked.moments - moments, (last?.moments ?? moments) - moments];
}

export const isWithin = (value: number, [least, most]: readonly [number, number]): boolean =>
  value >= least && value <= most;

/** Moments at and around every kind of border, and any. */
export function pickAt({ random, clock }: Scene, { timeline, window, commits }: Offer): At {
  const some = random.pick(timeline.commits);
  const border = random.pick([window.earliest, window.exactSince, window.head, some, some, timeline.root]);
  const ends = window.gaps.flatMap(({ fromMicros, toMicros }) => [
    fromMicros,
    toMicros,
    Math.floor((fromMicros + toMicros) / 2),
  ]);
  const micros = random.pick([border.micros, border.micros, clock.micros, ...ends]) + random.pick([-1, 0, 0, 1, 50]);
  const snapshotIds = [...timeline.marksOf("snapshot").map(({ markId }) => markId), "unknown"];
  const kind = random.int(10);
  if (kind === 0) return { snapshotId: random.pick(snapshotIds) };
  if (kind < 4) return { commit: random.pick(commits).commit };
  return random.int(2) === 0 ? { micros } : { micros, acceptInexact: random.int(2) === 0 };
}

export function checkResolve(scene: Scene, offer: Offer): void {
  const at = pickAt(scene, offer);
  const expected = expectAnswer(scene, offer, at);
  const { keeper } = scene.store;
  const ask = () => keeper.resolve(offer.timeline.volumeId, at, scene.clock.micros);
  if (expected) expectOutcome(offer, { at, expected, ask });
}

interface Question {
  readonly at: At;
  readonly expected: Expected;
  ask(): Resolved;
}

function expectOutcome(offer: Offer, { at, expected, ask }: Question): void {
  const { timeline } = offer;
  const asked = `asked for ${JSON.stringify(at)}`;
  if ("refused" in expected) {
    expectRefusal(offer, { asked, expected, ask });
    return;
  }
  const found = ask();
  const { commit, exact, missing } = expected;
  assert(found.commit === commit.commit, say(timeline, `${asked}, got ${show(found)}, should be ${show(commit)}`));
  assert(found.exact === exact, say(timeline, `${asked}, exact is ${found.exact}`));
  assert(
    isWithin(found.momentsMissing, missing),
    say(timeline, `${asked}, ${found.momentsMissing} moments missing, should be ${missing}`),
  );
}

interface Refusal {
  readonly asked: string;
  readonly expected: Extract<Expected, { refused: ErrorCode }>;
  ask(): Resolved;
}

function expectRefusal({ timeline }: Offer, { asked, expected, ask }: Refusal): void {
  let found: Resolved;
  try {
    found = ask();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    assert(
      error.code === expected.refused,
      say(timeline, `${asked}, refused with ${error.code}, not ${expected.refused}`),
    );
    if (expected.neighbours) checkNeighbours(timeline.volumeId, error, expected.neighbours);
    return;
  }
  assert(false, say(timeline, `${asked}, got ${show(found)}, should be refused with ${expected.refused}`));
}

function checkNeighbours(volumeId: string, error: AppError, expected: readonly [number, number | undefined]): void {
  const details = error.details as { before?: { commit: number }; after?: { commit: number } } | undefined;
  const found = [details?.before?.commit, details?.after?.commit];
  assert(
    found[0] === expected[0] && found[1] === expected[1],
    `${volumeId}: neighbours are ${found}, should be ${expected}`,
  );
}

/** Moments per part of a span in the exact part of a window, against counting them. */
export function checkHistogram({ random, clock, store }: Scene, { timeline, window }: Offer): void {
  const fromMicros = window.exactSince.micros + 1 + random.int(1000);
  const toMicros = Math.max(clock.micros, timeline.head.micros, fromMicros) + 1 + random.int(1000);
  const buckets = store.keeper.histogram(timeline.volumeId, { fromMicros, toMicros, buckets: 1 + random.int(20) });
  for (const [at, bucket] of buckets.entries()) {
    const end = buckets[at + 1]?.fromMicros ?? toMicros;
    const isIn = ({ micros }: ModelCommit) => micros >= bucket.fromMicros && micros < end;
    const moments = timeline.commits.filter((one) => isIn(one) && isMoment(timeline, one)).length;
    assert(
      bucket.moments === moments,
      say(timeline, `${bucket.moments} moments in [${bucket.fromMicros}, ${end}), not ${moments}`),
    );
  }
}

const isMoment = (timeline: ModelTimeline, { commit, moments }: ModelCommit): boolean =>
  moments > (timeline.find(commit - 1)?.moments ?? moments);
