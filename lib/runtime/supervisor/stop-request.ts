import type { Clock } from "@/lib/std/clock";
import type { Terminal } from "./terminal";

// One Ctrl-C can arrive twice: from the terminal, and again from npm, which passes it on.
const SAME_PRESS_MS = 1_000;

/**
 * The first Ctrl-C or SIGTERM aborts the signal that is returned; the second says what is being waited for; the third calls
 * `force`. Nothing acknowledged is lost even then, but the next start has to recover.
 */
export function listenForStop(clock: Clock, terminal: Terminal, force: () => void): AbortSignal {
  const asked = new AbortController();
  let presses = 0;
  let lastMs = Number.NEGATIVE_INFINITY;
  const onSignal = () => {
    const nowMs = clock.monotonicMs();
    if (nowMs - lastMs < SAME_PRESS_MS) return;
    lastMs = nowMs;
    presses++;
    if (presses === 1) asked.abort(new Stopped());
    else if (presses === 2) terminal.say("Still stopping in order. Press Ctrl-C once more to end at once.");
    else force();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  return asked.signal;
}

/** A person asked to stop: no failure. */
export class Stopped extends Error {
  override name = "Stopped";
}
