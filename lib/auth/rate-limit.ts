import { AppError } from "@/lib/std/app-error";

/** How often something may be done under one key: an address, a session, an API key. */
export interface Rate {
  readonly count: number;
  readonly windowMs: number;
}

/**
 * Attempts to sign in with one e-mail address. 10 a minute: nobody types faster, and 12 characters outlast centuries of it. An
 * attacker can keep an owner out for a minute at a time, which is why the pause is no longer.
 */
export const SIGN_IN_RATE: Rate = { count: 10, windowMs: 60_000 };

/** Requests of one session or API key. 20 a second for a minute: a page asks twice a second, a script in a loop reaches it. */
export const REQUEST_RATE: Rate = { count: 1_200, windowMs: 60_000 };

/** Counts in the memory of one process, in windows that begin with the first time. */
export interface RateLimit {
  /** Counts once; milliseconds to wait when it was too often, 0 when it may go on. */
  take(key: string, nowMs: number): number;
  /** The count begins anew. */
  clear(key: string): void;
}

// Keys that somebody makes up must not fill the memory; the oldest are forgotten first.
const KEYS_MAX = 10_000;

export function createRateLimit({ count, windowMs }: Rate): RateLimit {
  const windows = new Map<string, { startMs: number; count: number }>();
  return {
    take(key, nowMs) {
      const found = windows.get(key);
      const window = found && nowMs - found.startMs < windowMs ? found : { startMs: nowMs, count: 0 };
      // Moved to the end even when it is refused: an address that is being guessed must not be the one forgotten.
      windows.delete(key);
      windows.set(key, window);
      if (windows.size > KEYS_MAX) windows.delete(windows.keys().next().value ?? key);
      if (window.count >= count) return window.startMs + windowMs - nowMs;
      window.count++;
      return 0;
    },
    clear: (key) => void windows.delete(key),
  };
}

/** RATE_LIMITED with the seconds to wait, in the sentence and in the details. */
export function assertWithinRate(waitMs: number, what: string): void {
  if (waitMs === 0) return;
  const seconds = Math.ceil(waitMs / 1000);
  throw new AppError("RATE_LIMITED", `Too many ${what}. Try again in ${seconds} s.`, {
    details: { retry_after_seconds: seconds },
  });
}

/** Counts attempts by e-mail address in this process. */
export const signInAttempts = createRateLimit(SIGN_IN_RATE);

const requests = createRateLimit(REQUEST_RATE);

/** Counts one request of a session or an API key of this process; RATE_LIMITED when there were too many. */
export const takeRequest = (key: string, nowMs: number): void =>
  assertWithinRate(requests.take(key, nowMs), "requests");
