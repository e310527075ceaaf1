import { acquireAdvisoryLock } from "@/lib/db";
import { AppError } from "@/lib/std/app-error";
import type { Clock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";

// The server needs a moment to notice that a killed engine's connection is gone.
const PREDECESSOR_MS = 30_000;
const RETRY_MS = 1_000;

export interface EngineLockOptions {
  readonly databaseUrl: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Another engine took the lock while the control database was away: this one has to end. */
  onLost(): void;
}

/**
 * The second guard beside the data directory's socket: one engine works on a control database, from whatever directory or
 * machine. Rejects with CONFLICT while another one does.
 */
export async function holdEngineLock(options: EngineLockOptions): Promise<{ release(): Promise<void> }> {
  let lock = await take(options);
  if (!lock) throw inUse();
  const released = new AbortController();
  const guard = async () => {
    for (;;) {
      await lock?.lost;
      if (released.signal.aborted) return;
      options.log.warn({}, "The control database is not there; waiting for it.");
      lock = await takeAgain(options, released.signal);
      if (released.signal.aborted) return void (await lock?.release());
      if (!lock) return options.onLost();
    }
  };
  const guarded = guard();
  return {
    async release() {
      released.abort();
      await lock?.release();
      await guarded;
    },
  };
}

const take = ({ databaseUrl, clock }: EngineLockOptions) =>
  acquireAdvisoryLock(databaseUrl, { name: "offshoot engine", waitMs: PREDECESSOR_MS, clock });

/** As often as it takes for the control database to come back. */
async function takeAgain(options: EngineLockOptions, signal: AbortSignal) {
  while (!signal.aborted) {
    try {
      return await take(options);
    } catch {
      await options.clock.sleep(RETRY_MS, signal).catch(() => {});
    }
  }
  return undefined;
}

const inUse = () =>
  new AppError(
    "CONFLICT",
    "Another engine works on this control database. Stop that one, or set DATABASE_URL to another database.",
  );
