import type { Clock } from "@/lib/std/clock";
import type { WorkerEnd } from "../channel";
import type { WorkerMessage } from "../protocol";
import type { Backend } from "./backend";
import type { Journal } from "./journal";

/** `synchronous_commit=off` promises a transaction after about three times `wal_writer_delay`; half a second is the docs' word. */
const FLUSH_AFTER_IDLE_MS = 200;
/** A commit's recovery replays at most about this much; more often, and each checkpoint's own blocks cost more than they save. */
const CHECKPOINT_WAL_BYTES = 8 << 20;
/** Quiet for this long: a checkpoint disturbs nobody, and the next fork has less to replay. */
const CHECKPOINT_AFTER_IDLE_MS = 10_000;
/** Less than this is replayed faster than a checkpoint is written. */
const IDLE_CHECKPOINT_WAL_BYTES = 64 << 10;

/** Ends the worker from inside a turn that waits for its client, as it was asked to. */
export class StopRequested extends Error {
  override name = "StopRequested";
}

export interface ServiceLoopOptions {
  readonly backend: Backend;
  readonly journal: Journal;
  readonly channel: WorkerEnd;
  readonly clock: Clock;
  post(message: WorkerMessage): void;
}

/** Turns of clients, and between them the chores of the host, until it is asked to stop. */
export class ServiceLoop {
  readonly #options: ServiceLoopOptions;
  #idleSinceMs: number;

  constructor(options: ServiceLoopOptions) {
    this.#options = options;
    this.#idleSinceMs = options.clock.monotonicMs();
  }

  /** Returns when the backend was asked to stop and everything that it acknowledged is durable. */
  run(): void {
    const { backend, channel } = this.#options;
    for (;;) {
      const ticket = channel.ticket();
      if (backend.hasInput) this.#turn();
      else if (channel.takeRequest("stop")) break;
      else if (!this.#chore()) channel.sleep(ticket, this.#untilNextChoreMs());
    }
    this.#finish();
  }

  #turn(): void {
    const { backend, clock } = this.#options;
    backend.turn();
    this.#idleSinceMs = clock.monotonicMs();
  }

  /** Does one thing that is due, if any. Nothing is done while a client's query or transaction is unfinished. */
  #chore(): boolean {
    const { backend, channel, journal, post } = this.#options;
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
    if (this.#untilFlushMs() <= 0) {
      this.#flush();
      return true;
    }
    return false;
  }

  #untilNextChoreMs(): number {
    if (this.#options.backend.status !== "idle") return Number.POSITIVE_INFINITY;
    return Math.max(0, Math.min(this.#untilFlushMs(), this.#untilCheckpointMs()));
  }

  #untilFlushMs(): number {
    return this.#options.journal.hasUnflushedWal ? this.#untilIdleForMs(FLUSH_AFTER_IDLE_MS) : Number.POSITIVE_INFINITY;
  }

  #untilCheckpointMs(): number {
    const pending = this.#options.journal.pendingWalBytes;
    if (pending >= CHECKPOINT_WAL_BYTES) return 0;
    return pending >= IDLE_CHECKPOINT_WAL_BYTES
      ? this.#untilIdleForMs(CHECKPOINT_AFTER_IDLE_MS)
      : Number.POSITIVE_INFINITY;
  }

  #untilIdleForMs(delayMs: number): number {
    return this.#idleSinceMs + delayMs - this.#options.clock.monotonicMs();
  }

  #flush(): void {
    const { backend, journal } = this.#options;
    const position = journal.hasUnflushedWal && backend.query("SELECT pg_catalog.pg_current_wal_insert_lsn()").row[0];
    if (position) journal.flushTo(position);
  }

  #checkpoint(): boolean {
    const { backend, channel, journal } = this.#options;
    if (journal.pendingWalBytes > 0) {
      const { error } = backend.query("CHECKPOINT");
      // A role without the right to it, or another statement's refusal: counted as done, or it would be tried for ever.
      journal.onCheckpoint();
      channel.publishPendingWal(0);
      if (error) return false;
    }
    return true;
  }

  /** A client that is still in a transaction has lost it; what was promised before is made durable. */
  #finish(): void {
    const { backend } = this.#options;
    if (backend.status !== "idle") backend.query("ROLLBACK");
    if (backend.status === "idle") this.#flush();
  }
}
