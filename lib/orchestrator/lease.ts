import type { Database } from "@/lib/db";
import type { CancelTimer, Clock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";
import { CancelledError } from "./cancelled-error";
import type { Claim } from "./claim";
import { LeaseLostError } from "./fence";

export interface LeaseOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly leaseMs: number;
  /** Ends the lease's work with its reason. */
  readonly stopSignal: AbortSignal;
}

// Renewing is also how a worker hears that its operation is to be cancelled, so a person waits no longer than this.
const LONGEST_PAUSE_MS = 1_000;

/**
 * Renews a claim's lease while its steps run. Aborts `signal` when the lease is lost, could not be renewed, or the engine stops;
 * also when the operation is to be cancelled, which goes on under the same lease.
 */
export class Lease {
  readonly #abort = new AbortController();
  readonly #claim: Claim;
  readonly #options: LeaseOptions;
  #renewedAtMs: number;
  #cancelTimer: CancelTimer = () => {};
  #isOver = false;

  constructor(claim: Claim, options: LeaseOptions) {
    this.#claim = claim;
    this.#options = options;
    this.#renewedAtMs = options.clock.monotonicMs();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  start(): void {
    const { stopSignal } = this.#options;
    if (stopSignal.aborted) {
      this.end(stopSignal.reason);
      return;
    }
    stopSignal.addEventListener("abort", this.#onStop, { once: true });
    this.#renewLater();
  }

  /** Stops renewing; says so to the steps when there is a reason. */
  end(reason?: Error): void {
    this.#isOver = true;
    this.#cancelTimer();
    this.#options.stopSignal.removeEventListener("abort", this.#onStop);
    if (reason) this.#abort.abort(reason);
  }

  #onStop = () => this.end(this.#options.stopSignal.reason);

  // Three tries fit into a lease, so that one slow answer loses nothing.
  #renewLater(): void {
    const { clock, leaseMs } = this.#options;
    this.#cancelTimer = clock.after(Math.min(leaseMs / 3, LONGEST_PAUSE_MS), () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const { db, clock, log, leaseMs } = this.#options;
    const { operation, fencingToken } = this.#claim;
    const askedAtMs = clock.monotonicMs();
    try {
      const [renewed] = await db.$queryRaw<{ is_cancelled: boolean }[]>`UPDATE operations
        SET lease_expires_at = clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond'
        WHERE id = ${operation.id} AND fencing_token = ${fencingToken} AND state = 'RUNNING'
        RETURNING cancel_asked_at IS NOT NULL AS is_cancelled`;
      if (this.#isOver) return;
      if (!renewed) return this.end(new LeaseLostError(`the operation ${operation.id} was taken over`));
      if (renewed.is_cancelled)
        this.#abort.abort(new CancelledError(`the operation ${operation.id} is to be cancelled`));
      this.#renewedAtMs = askedAtMs;
    } catch (error) {
      if (this.#isOver) return;
      log.warn({ operationId: operation.id, err: error }, "a lease could not be renewed");
      if (clock.monotonicMs() - this.#renewedAtMs >= leaseMs)
        return this.end(new LeaseLostError(`the lease of ${operation.id} ended while the control database was silent`));
    }
    this.#renewLater();
  }
}
