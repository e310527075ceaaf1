import type { RunnerOptions } from "graphile-worker";
import type { Pool } from "pg";
import type { Database, Transaction } from "@/lib/db";
import type { Log } from "@/lib/std/log";

// The queue only says when to look. It may lose a job, hold one back or deliver it twice: rows, leases and tokens of the
// operations themselves decide what is done. graphile-worker is loaded when it is needed: web only writes jobs.

export const PERFORM_TASK = "offshoot_perform";
const SCAN_TASK = "offshoot_scan";

export interface AddJobOptions {
  readonly delayMs?: number;
  /** Leaves a job that already waits for this operation at its own time. */
  readonly keepTime?: boolean;
}

/** Adds the operation's job, or replaces the one that waits for it. Part of the caller's transaction when given one. */
export async function addJob(db: Database | Transaction, operationId: string, options: AddJobOptions = {}) {
  const { delayMs = 0, keepTime = false } = options;
  const payload = JSON.stringify({ operationId });
  const mode = keepTime ? "preserve_run_at" : "replace";
  await db.$executeRaw`SELECT graphile_worker.add_job(${PERFORM_TASK}, ${payload}::json, job_key => ${operationId},
    run_at => now() + ${delayMs}::float8 * interval '1 millisecond', job_key_mode => ${mode})`;
}

/** Makes or brings up to date the queue's own tables (schema `graphile_worker`). Must have run before anything is enqueued. */
export async function migrateQueue(connectionString: string): Promise<void> {
  const { runMigrations } = await import("graphile-worker");
  await runMigrations({ connectionString, parsedCronItems: [], logger: await makeLogger() });
}

/**
 * Removes what the queue will never perform again. A job that is asked for anew while a worker has it is replaced, and the old one is
 * left for that worker to remove; one that died meanwhile does not.
 */
export async function forgetDeadJobs(db: Database): Promise<void> {
  await db.$queryRaw`SELECT count(*) FROM graphile_worker.complete_jobs(ARRAY(
    SELECT id FROM graphile_worker.jobs
    WHERE task_identifier = ${PERFORM_TASK} AND attempts >= max_attempts AND locked_at IS NULL))`;
}

/** Frees the jobs of workers that are gone, so that they need not wait for the queue's own four hours. */
export async function unlockPredecessors(connectionString: string, db: Database): Promise<void> {
  const { makeWorkerUtils } = await import("graphile-worker");
  const rows = await db.$queryRaw<{ locked_by: string }[]>`
    SELECT DISTINCT locked_by FROM graphile_worker._private_jobs WHERE locked_by IS NOT NULL`;
  if (rows.length === 0) return;
  const utils = await makeWorkerUtils({ connectionString, logger: await makeLogger() });
  try {
    await utils.forceUnlockWorkers(rows.map((row) => row.locked_by));
  } finally {
    await utils.release();
  }
}

export interface QueueOptions {
  readonly connectionString: string;
  readonly concurrency: number;
  readonly log: Log;
  perform(operationId: string): Promise<void>;
  scan(): Promise<void>;
}

// What is due now is told by NOTIFY; what becomes due (a retry, the end of a dead engine's lease) is found this late at most.
const POLL_MS = 1_000;

/** The workers, until they are stopped or break. */
export interface Queue {
  readonly promise: Promise<void>;
  stop(): Promise<void>;
}

/** Starts the workers, and a cron that wakes the scan each minute. */
export async function runQueue(options: QueueOptions): Promise<Queue> {
  const { parseCronItems, run } = await import("graphile-worker");
  const { concurrency, log } = options;
  // The workers, the listener and the cron. Our own: the queue's stops hearing of its connections' errors before they have ended,
  // and an error that nobody hears ends the process.
  const pool = await openPool(options.connectionString, concurrency + 2);
  const runnerOptions: RunnerOptions = {
    pgPool: pool,
    concurrency,
    pollInterval: POLL_MS,
    // Without a batch nobody catches what goes wrong when a job is ticked off, which would end the process too.
    preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
    noHandleSignals: true, // the engine decides when it ends
    logger: await makeLogger(log),
    taskList: {
      [PERFORM_TASK]: (payload) => options.perform((payload as { operationId: string }).operationId),
      [SCAN_TASK]: () => options.scan(),
    },
    parsedCronItems: parseCronItems([{ task: SCAN_TASK, match: "* * * * *", identifier: SCAN_TASK }]),
  };
  const runner = await run(runnerOptions);
  const promise = runner.promise.finally(() => pool.end());
  promise.catch(() => {}); // told by whoever waits for it
  return {
    promise,
    async stop() {
      await runner.stop();
      await promise;
    },
  };
}

async function openPool(connectionString: string, max: number): Promise<Pool> {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({ connectionString, max });
  // The next query on it fails and says so.
  const ignore = () => {};
  pool.on("error", ignore);
  pool.on("connect", (client) => client.on("error", ignore));
  return pool;
}

// Its own reports of each job started and done say nothing that the operations' rows do not say.
async function makeLogger(log?: Log) {
  const { Logger } = await import("graphile-worker");
  return new Logger(() => (level, message, meta) => {
    if (level === "error") log?.error({ queue: meta }, message);
    else if (level === "warning") log?.warn({ queue: meta }, message);
  });
}
