import type { Database } from "@/lib/db";
import type { Clock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";
import { computeBackoffMs } from "./failure";
import type { OperationFacts, OperationHandlers } from "./handler";
import { type PerformOptions, performOperation, type StepBoundary, StoppingError } from "./perform";
import { addJob, forgetDeadJobs, migrateQueue, runQueue, unlockPredecessors } from "./queue";

export interface OrchestratorOptions {
  readonly db: Database;
  /** The same database: the queue listens on a connection of its own. */
  readonly connectionString: string;
  readonly handlers: OperationHandlers;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a worker that fell silent keeps an operation; 15 s. */
  readonly leaseMs?: number;
  /** Operations performed at once; 8. */
  readonly concurrency?: number;
  /**
   * True when the caller knows that no other worker is left (it holds the lock of which there is one): what a killed
   * predecessor had claimed goes on at once. Otherwise its leases run out first. Tokens make a wrong answer harmless to rows.
   */
  readonly isOnlyWorker?: boolean;
  computeBackoffMs?(attempt: number): number;
  onStepBoundary?(boundary: StepBoundary): void | Promise<void>;
  /** Told after each operation's end was recorded, failed or not. */
  onEnded?(operation: OperationFacts): void;
}

export interface Orchestrator {
  /** Hands unfinished operations back and ends; steps are aborted by their signal and given ten seconds. */
  stop(): Promise<void>;
  /** Resolves when the queue has ended, by `stop`; rejects when it broke, after which nothing is performed any more. */
  readonly ended: Promise<void>;
}

// Long enough for a machine that swaps, short enough that nobody waits long for a dead engine's work.
const LEASE_MS = 15_000;
const CONCURRENCY = 8;
const STOP_TIMEOUT_MS = 10_000;

/** Performs operations until it is stopped. Goes on with whatever was left unfinished, whoever left it. */
export async function startOrchestrator(options: OrchestratorOptions): Promise<Orchestrator> {
  const { db, connectionString, clock, log } = options;
  const stopping = new AbortController();
  const performOptions: PerformOptions = {
    computeBackoffMs,
    ...options,
    leaseMs: options.leaseMs ?? LEASE_MS,
    stopSignal: stopping.signal,
  };
  await migrateQueue(connectionString);
  if (options.isOnlyWorker) await takeOverFromPredecessors(connectionString, db);
  const queue = await runQueue({
    connectionString,
    concurrency: options.concurrency ?? CONCURRENCY,
    log,
    perform: (id) => performOperation(id, performOptions),
    scan: () => requeueUnfinished(db),
  });
  await requeueUnfinished(db);
  const ended = queue.promise.catch((error) => {
    log.error({ err: error }, "the operations' queue ended");
    throw error;
  });
  ended.catch(() => {}); // whoever does not watch it is told by the log
  let stopped: Promise<void> | undefined;
  return {
    ended,
    stop() {
      stopping.abort(new StoppingError("the engine stops"));
      stopped ??= Promise.race([queue.stop(), clock.sleep(STOP_TIMEOUT_MS)]);
      return stopped;
    },
  };
}

/**
 * Gives every unfinished operation a job: at once, or when its lease would end. So nothing depends on the queue alone: a
 * lost job costs a minute at most, and what a dead engine holds goes on as soon as its lease is over.
 */
export async function requeueUnfinished(db: Database): Promise<void> {
  const rows = await db.$queryRaw<{ id: string; lease_ms: number }[]>`
    SELECT id, coalesce(greatest(0, extract(epoch FROM lease_expires_at - clock_timestamp()) * 1000), 0)::float8 AS lease_ms
    FROM operations WHERE state IN ('QUEUED', 'RUNNING') ORDER BY requested_at, id`;
  for (const { id, lease_ms: delayMs } of rows) await addJob(db, id, { delayMs, keepTime: true });
  await forgetDeadJobs(db);
}

async function takeOverFromPredecessors(connectionString: string, db: Database): Promise<void> {
  await unlockPredecessors(connectionString, db);
  await db.$executeRaw`UPDATE operations SET lease_expires_at = NULL WHERE state = 'RUNNING'`;
}
