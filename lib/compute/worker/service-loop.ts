import type { Volume } from "@/lib/blocks";
import type { Clock } from "@/lib/std/clock";
import type { WorkerEnd } from "../channel";
import type { WorkerMessage } from "../protocol";
import type { Backend } from "./backend";
import type { Journal } from "./journal";

/** Postgres's own WAL writer works every 200 ms (`wal_writer_delay`), and promises a transaction within three rounds. */
const FLUSH_AFTER_MS = 200;
/** A commit's recovery replays at most about this much; more often, and each checkpoint's own blocks cost more than they save. */
const CHECKPOINT_WAL_BYTES = 8 << 20;
/** Quiet for this long: a checkpoint disturbs nobody, and the next fork has less to replay. */
const CHECKPOINT_AFTER_IDLE_MS = 10_000;
/** A pause in the traffic: the last commit is proven, which costs a barrier of its own. */
const SETTLE_AFTER_IDLE_MS = 1_000;
/** Less than this is replayed faster than a checkpoint is written. */
const IDLE_CHECKPOINT_WAL_BYTES = 64 << 10;

/** Ends the worker from inside a turn that waits for its client, as it was asked to. */
export class StopRequested extends Error {
  override name = "StopRequested";
}

export interface ServiceLoopOptions {
  readonly backend: Backend;
  readonly journal: Journal;
  readonly volume: Pick<Volume, "refresh">;
  readonly channel: WorkerEnd;
  readonly clock: Clock;
  post(message: WorkerMessage): void;
}

/** Turns of clients, and between them the chores of the host, until it is asked to stop. */
export class ServiceLoop {
  readonly #options: ServiceLoopOptions;
  #lastTurnMs: number;
  /** When the oldest WAL was inserted that may not be in a commit yet. */
  #unflushedSinceMs: number | undefined;
  #isSettled = false;

  constructor(options: ServiceLoopOptions) {
    this.#options = options;
    this.#lastTurnMs = options.clock.monotonicMs();
  }

  /** Returns when the backend was asked to stop and everything that it acknowledged is durable. */
  run(): void {
    const { backend, channel } = this.#options;
    for (;;) {
      const ticket = channel.ticket();
      if (channel.takeRequest("stop")) break;
      // Chores first: a client that is never silent would put them off for ever.
      if (this.#chore()) {
        // Its commit may carry transactions, and no output follows it.
        channel.ring();
        continue;
      }
      if (backend.hasInput) this.#turn();
      else channel.sleep(ticket, this.#untilNextChoreMs());
    }
    this.#finish();
  }

  #turn(): void {
    const { backend, journal, clock } = this.#options;
    backend.turn();
    this.#lastTurnMs = clock.monotonicMs();
    this.#isSettled = false;
    if (journal.hasUnflushedWal) this.#unflushedSinceMs ??= this.#lastTurnMs;
  }

  /** Does one thing that is due, if any. Nothing is done while a client's query or transaction is unfinished. */
  #chore(): boolean {
    const { backend, channel, journal, volume, post } = this.#options;
    // Before all others: no query is disturbed by it, and a client that sleeps in a transaction must not hold what was collected.
    if (channel.takeRequest("refresh")) volume.refresh();
    if (backend.status !== "idle") return false;
    if (channel.takeRequest("checkpoint")) {
      post({ kind: "checkpointed", ok: this.#checkpoint() });
      return true;
    }
    if (channel.takeRequest("flush")) {
      this.#flush();
      post({ kind: "flushed", point: journal.head });
      return true;
    }
    if (this.#untilCheckpointMs() <= 0) {
      this.#checkpoint();
      return true;
    }
    // Nobody knows how long the next turn takes, and Postgres promises what was answered within half a second.
    if (this.#untilFlushMs() <= 0 || (backend.hasInput && journal.hasUnflushedWal)) {
      this.#flush();
      return true;
    }
    if (this.#untilSettleMs() <= 0) {
      journal.settle();
      this.#isSettled = true;
      return true;
    }
    return false;
  }

  #untilNextChoreMs(): number {
    if (this.#options.backend.status !== "idle") return Number.POSITIVE_INFINITY;
    return Math.max(0, Math.min(this.#untilFlushMs(), this.#untilCheckpointMs(), this.#untilSettleMs()));
  }

  #untilFlushMs(): number {
    return this.#unflushedSinceMs === undefined
      ? Number.POSITIVE_INFINITY
      : this.#untilMs(this.#unflushedSinceMs + FLUSH_AFTER_MS);
  }

  #untilCheckpointMs(): number {
    const pending = this.#options.journal.pendingWalBytes;
    if (pending >= CHECKPOINT_WAL_BYTES) return 0;
    if (pending < IDLE_CHECKPOINT_WAL_BYTES) return Number.POSITIVE_INFINITY;
    return this.#untilMs(this.#lastTurnMs + CHECKPOINT_AFTER_IDLE_MS);
  }

  #untilSettleMs(): number {
    return this.#isSettled ? Number.POSITIVE_INFINITY : this.#untilMs(this.#lastTurnMs + SETTLE_AFTER_IDLE_MS);
  }

  #untilMs(dueMs: number): number {
    return dueMs - this.#options.clock.monotonicMs();
  }

  #flush(): void {
    const { backend, journal } = this.#options;
    const position = journal.hasUnflushedWal && backend.query("SELECT pg_catalog.pg_current_wal_insert_lsn()").row[0];
    if (position) journal.flushTo(position);
    this.#unflushedSinceMs = undefined;
    this.#isSettled = false;
  }

  #checkpoint(): boolean {
    const { backend, channel, journal } = this.#options;
    if (journal.pendingWalBytes === 0) return true;
    const { error } = backend.query("CHECKPOINT");
    // Refused, by the client's SET ROLE say: it is not tried again for every turn, only when as much WAL has come again.
    if (error) journal.skipCheckpoint();
    else journal.onCheckpoint();
    channel.publishPendingWal(journal.pendingWalBytes);
    this.#isSettled = false;
    return !error;
  }

  /**
   * A client that is still in a transaction has lost it; what was promised before is made durable. The first statement may
   * be skipped, when the client owed a Sync after an error, and only bring that.
   */
  #finish(): void {
    const { backend, journal } = this.#options;
    for (let attempts = 0; attempts < 2 && backend.status !== "idle"; attempts++) backend.query("ROLLBACK");
    if (backend.status === "idle") this.#flush();
    journal.commitIfDirty();
  }
}
