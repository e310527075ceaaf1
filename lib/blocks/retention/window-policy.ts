import type { Retention } from "../history-types";
import type { KeptCommit } from "../timeline/kept-commit";

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
/** History that is younger is thinned only when nothing older is left. */
export const EXACT_MICROS = 60 * MINUTE;
export const FINE_TICK_MICROS = SECOND;
export const COARSE_TICK_MICROS = MINUTE;

export interface WindowFacts {
  readonly nowMicros: number;
  readonly retention: Retention;
  /** What the volume's own history takes; asked only when nothing is too old, since it is counted. */
  historyBytes(): number;
  readonly sinceMicros: number;
  readonly headMicros: number;
  readonly kept: readonly KeptCommit[];
}

/** One thing that is due to keep a window within its limits. */
export type WindowStep =
  /** Forget what is older than the time, but for the newest commit before it. */
  | { readonly kind: "expire"; readonly beforeMicros: number }
  /** Move the beginning of the exact part up to the last commit at or before the time, leaving ticks. */
  | { readonly kind: "thin"; readonly toMicros: number; readonly tickMicros: number }
  /** Leave fewer of the ticks there are. */
  | { readonly kind: "coarsen"; readonly tickMicros: number }
  /** Drop the older half of the ticks. */
  | { readonly kind: "drop" }
  /** Give up the older part of what is still exact. */
  | { readonly kind: "shrink" };

/**
 * What is to be tried next, in the order of the design: age first; under pressure of bytes the oldest and finest first. A step
 * may turn out to have nothing to do (no commit lies where it would end); then it is the next one's turn.
 */
export function* planWindow(facts: WindowFacts): Generator<WindowStep, void> {
  const { nowMicros, retention, kept, sinceMicros } = facts;
  const oldestMicros = nowMicros - retention.micros;
  const ticks = kept.filter(({ isTick }) => isTick);
  const isTooOld = sinceMicros < oldestMicros || (ticks[1]?.micros ?? sinceMicros) <= oldestMicros;
  if (isTooOld) yield { kind: "expire", beforeMicros: oldestMicros };
  if (facts.historyBytes() <= retention.bytes) return;
  const fineMicros = nowMicros - EXACT_MICROS;
  if (sinceMicros < fineMicros) yield { kind: "thin", toMicros: fineMicros, tickMicros: FINE_TICK_MICROS };
  if (ticks.length > 0) yield { kind: "coarsen", tickMicros: COARSE_TICK_MICROS };
  if (ticks.length > 0) yield { kind: "drop" };
  if (sinceMicros < facts.headMicros) yield { kind: "shrink" };
}

/** The ticks that stay when one in so many microseconds is enough: the last of each. */
export function coarsen(kept: readonly KeptCommit[], tickMicros: number): KeptCommit[] {
  const ticks = kept.filter(({ isTick }) => isTick);
  const bucketOf = ({ micros }: KeptCommit) => Math.floor(micros / tickMicros);
  return ticks.filter((tick, at) => {
    const next = ticks[at + 1];
    return next === undefined || bucketOf(next) !== bucketOf(tick);
  });
}

/** The ticks that a time can still name when everything before it has expired: those after, and the newest one before. */
export function unexpired(kept: readonly KeptCommit[], since: { micros: number }, beforeMicros: number): KeptCommit[] {
  const ticks = kept.filter(({ isTick }) => isTick);
  const isNewestBefore = (at: number) => (ticks[at + 1] ?? since).micros > beforeMicros;
  return ticks.filter(({ micros }, at) => micros > beforeMicros || isNewestBefore(at));
}
