// At once, then 1, 2, 4 … 60 seconds: a crash by chance is over before anybody notices, a Postgres that cannot start costs
// a start a minute and comes back by itself when its reason has gone.
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;
/** A backend that lived this long had started well. */
const GOOD_LIFE_MS = 60_000;
/** Crashes or failed starts in a row after which a service is called unstable. */
const UNSTABLE_AFTER = 3;

export interface Failures {
  /** Crashes or failed starts in a row. */
  readonly count: number;
  readonly delayMs: number;
  readonly isUnstable: boolean;
}

export const NO_FAILURES: Failures = { count: 0, delayMs: 0, isUnstable: false };

/** What the failures in a row add up to after one more, of a backend that lived for `livedMs`. */
export function computeFailures(before: Failures, livedMs: number): Failures {
  const count = livedMs >= GOOD_LIFE_MS ? 1 : before.count + 1;
  const delayMs = count === 1 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (count - 2), LONGEST_DELAY_MS);
  return { count, delayMs, isUnstable: count >= UNSTABLE_AFTER };
}
