/** A child that lived this long had started well: what went wrong then is new. */
const GOOD_LIFE_MS = 60_000;
// 0.5, 1, 2, 4, 8 seconds: a crash by chance is mended at once, a crash at every start is given up after about 16 s.
const FIRST_DELAY_MS = 500;
const ATTEMPTS = 5;

/** Exit codes of our own children. */
export const EXIT = {
  /** The same start would fail in the same way: a taken data directory, a wrong setting. */
  hopeless: 78,
} as const;

export interface Life {
  readonly exitCode: number | null;
  readonly lastedMs: number;
  /** Crashes in a row before this one. */
  readonly crashesBefore: number;
}

/** What to do after a child ended unasked: start it again after `delayMs` as crash number `crashes`, or undefined to give up. */
export function computeRestart(life: Life): { delayMs: number; crashes: number } | undefined {
  if (life.exitCode === EXIT.hopeless) return undefined;
  const crashes = life.lastedMs >= GOOD_LIFE_MS ? 1 : life.crashesBefore + 1;
  if (crashes > ATTEMPTS) return undefined;
  return { delayMs: FIRST_DELAY_MS * 2 ** (crashes - 1), crashes };
}
