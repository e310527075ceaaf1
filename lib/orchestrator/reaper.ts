import type { CancelTimer, Clock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";

export interface ReaperOptions {
  /** The next instant at which something is due, past or future; undefined when nothing ever is. */
  findNextDueMs(): Promise<number | undefined>;
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

// Ends that appear without a wake are noticed this late at most.
const LONGEST_SLEEP_MS = 60_000;
// What stays due after a round (it failed, or it is somebody else's turn) is tried again, but not in a circle.
const SHORTEST_SLEEP_MS = 1_000;

/** Calls `reap` whenever something is due: at once, and then at each next due instant, a minute apart at most. */
export function startReaper({ findNextDueMs, reap, clock, log }: ReaperOptions): Reaper {
  let cancelTimer: CancelTimer = () => {};
  let isStopped = false;
  let round: Promise<void> | undefined;
  let isAskedAgain = false;

  const runRound = async () => {
    let nextDueMs: number | undefined;
    try {
      await reap(clock.nowMs());
      nextDueMs = await findNextDueMs();
    } catch (error) {
      log.error({ err: error }, "what is due could not be ended; it is tried again");
      nextDueMs = clock.nowMs();
    }
    round = undefined;
    if (isStopped) return;
    if (isAskedAgain) return start();
    const sleepMs = computeSleepMs(nextDueMs, clock.nowMs());
    cancelTimer = clock.after(sleepMs, start);
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
  return Math.min(LONGEST_SLEEP_MS, Math.max(SHORTEST_SLEEP_MS, nextDueMs - nowMs));
}
