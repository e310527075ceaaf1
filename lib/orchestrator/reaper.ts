import type { CancelTimer, Clock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";

export interface ReaperOptions {
  /** The next instant after `sinceMs` at which something becomes due, or an earlier one that still is; undefined when nothing is. */
  findNextDueMs(sinceMs: number): Promise<number | undefined>;
  /** Does everything that is due at `nowMs`; doing it twice must be harmless. */
  reap(nowMs: number): Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Reaper {
  /** Looks again soon: something with an end of its own may have been made. */
  wake(): void;
  /** Resolves when no round runs any more. */
  stop(): Promise<void>;
}

// Another process may have moved an end, the clock may have been set, the machine may have slept: noticed this late at most.
const LONGEST_SLEEP_MS = 2_000;
// What stays due after a round (it failed, or it is somebody else's turn) is tried again, but not in a circle.
const SHORTEST_SLEEP_MS = 1_000;
// What is forgotten by itself has no instant of its own.
const REAP_AT_LEAST_EVERY_MS = 60_000;

/** Calls `reap` when something is due: at once, and then at each next due instant; and once a minute. Trusts no timer for longer than two seconds. */
export function startReaper({ findNextDueMs, reap, clock, log }: ReaperOptions): Reaper {
  let cancelTimer: CancelTimer = () => {};
  let isStopped = false;
  let round: Promise<void> | undefined;
  let isAskedAgain = false;
  let last: { atMs: number; steadyMs: number } | undefined;

  /** Reaps if there is a reason to; answers what is due next. */
  const look = async (): Promise<number | undefined> => {
    const nowMs = clock.nowMs();
    if (last && clock.monotonicMs() - last.steadyMs < REAP_AT_LEAST_EVERY_MS) {
      // A clock that was set back makes nothing of before due again, and hides nothing that is to come.
      const nextDueMs = await findNextDueMs(Math.min(last.atMs, nowMs));
      if (nextDueMs === undefined || nextDueMs > nowMs) return nextDueMs;
    }
    last = { atMs: nowMs, steadyMs: clock.monotonicMs() };
    await reap(nowMs);
    return findNextDueMs(nowMs);
  };
  const runRound = async () => {
    let nextDueMs: number | undefined;
    try {
      nextDueMs = await look();
    } catch (error) {
      log.error({ err: error }, "what is due could not be ended; it is tried again");
      nextDueMs = clock.nowMs();
    }
    round = undefined;
    if (isStopped) return;
    if (isAskedAgain) return start();
    cancelTimer = clock.after(computeSleepMs(nextDueMs, clock.nowMs()), start);
  };

  function start(): void {
    isAskedAgain = false;
    cancelTimer();
    round = runRound();
  }

  start();
  return {
    wake() {
      if (isStopped) return;
      if (round) isAskedAgain = true;
      else start();
    },
    async stop() {
      isStopped = true;
      cancelTimer();
      await round;
    },
  };
}

export function computeSleepMs(nextDueMs: number | undefined, nowMs: number): number {
  if (nextDueMs === undefined) return LONGEST_SLEEP_MS;
  return nextDueMs > nowMs ? Math.min(LONGEST_SLEEP_MS, nextDueMs - nowMs) : SHORTEST_SLEEP_MS;
}
