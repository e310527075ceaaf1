/** Bounds guesses at one account's password. */
export interface SignInLimit {
  /** Counts an attempt; milliseconds to wait when there were too many, 0 when it may go on. */
  take(email: string, nowMs: number): number;
  /** A right password: the count begins anew. */
  clear(email: string): void;
}

// 10 a minute: nobody types faster, and 12 characters outlast centuries of it. An attacker can keep an owner out for a
// minute at a time, which is why the pause is no longer.
const ATTEMPTS = 10;
const WINDOW_MS = 60_000;
// Guesses at made-up addresses must not fill the memory; the oldest are forgotten first.
const ADDRESSES_MAX = 10_000;

/**
 * Counts by e-mail address, not by IP address: without a proxy that is known to us, the header that names the IP address is
 * the attacker's to choose. Attempts are counted before the password is checked, so a thousand at once are not a thousand guesses.
 */
export function createSignInLimit(): SignInLimit {
  const windows = new Map<string, { startMs: number; count: number }>();
  return {
    take(email, nowMs) {
      const found = windows.get(email);
      const window = found && nowMs - found.startMs < WINDOW_MS ? found : { startMs: nowMs, count: 0 };
      // Moved to the end even when it is refused: an address that is being guessed must not be the one forgotten.
      windows.delete(email);
      windows.set(email, window);
      if (windows.size > ADDRESSES_MAX) windows.delete(windows.keys().next().value ?? email);
      if (window.count >= ATTEMPTS) return window.startMs + WINDOW_MS - nowMs;
      window.count++;
      return 0;
    },
    clear: (email) => void windows.delete(email),
  };
}
