import { acquireAdvisoryLock, startEmbedded } from "@/lib/db";
import type { Env } from "@/lib/env";
import type { Clock } from "@/lib/std/clock";
import { type Log, silentLog } from "@/lib/std/log";

export interface ControlDatabase {
  readonly connectionString: string;
  /** Ends the embedded server; leaves one of a person's own alone. */
  stop(): Promise<void>;
}

export interface ControlDatabaseOptions {
  readonly env: Env;
  readonly clock: Clock;
  readonly log: Log;
  /** A sentence for the terminal. */
  warn(sentence: string): void;
}

const RETRY_MS = 1_000;
// Of this process alone: a killed predecessor's connection may still be there for a moment.
const NAME = `offshoot supervisor ${process.pid}`;

/** The control database that was configured, or the embedded one: started or joined, and started again when it ends unasked. */
export async function openControlDatabase(options: ControlDatabaseOptions): Promise<ControlDatabase> {
  const { env, clock } = options;
  if (env.databaseUrl) return { connectionString: env.databaseUrl, stop: async () => {} };
  const start = (log: Log) =>
    startEmbedded({ dataDir: { path: env.dataDir, isExplicit: env.dataDirIsExplicit }, log, clock });
  const embedded = await start(options.log);
  const stopping = new AbortController();
  const watched = watch({
    ...options,
    connectionString: embedded.connectionString,
    start: () => start(silentLog), // a person was told once where it lies
    signal: stopping.signal,
  });
  return {
    connectionString: embedded.connectionString,
    async stop() {
      stopping.abort();
      await watched;
      await embedded.stop();
    },
  };
}

interface Watch extends ControlDatabaseOptions {
  readonly connectionString: string;
  readonly signal: AbortSignal;
  start(): Promise<unknown>;
}

/** An idle connection is the watchman: it ends at the moment when the server does. */
async function watch({ connectionString, clock, warn, start, signal }: Watch): Promise<void> {
  const asked = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  while (!signal.aborted) {
    try {
      await start(); // joins the one that runs
      const watchman = await acquireAdvisoryLock(connectionString, { name: NAME, waitMs: 0, clock });
      await Promise.race([watchman?.lost, asked]);
      if (signal.aborted) return await watchman?.release();
      warn("The control database ended unasked; starting it again. Connections to services are not affected.");
    } catch (error) {
      if (!signal.aborted)
        warn(`The control database is not back yet: ${error instanceof Error ? error.message : error}`);
      await clock.sleep(RETRY_MS, signal).catch(() => {});
    }
  }
}
