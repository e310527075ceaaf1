import type { Compute } from "@/lib/compute";
import { AppError } from "@/lib/std/app-error";
import type { CancelTimer, Clock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";
import { computeFailures, type Failures, NO_FAILURES } from "./restart-delay";

export interface HostedServiceOptions {
  readonly serviceId: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Starts a Postgres on the service's volume. */
  startCompute(): Promise<Compute>;
  /** It crashes or cannot be started, again and again; `reason` is a sentence for a person. */
  onUnstable(reason: string): void;
  /** It runs again after it had been unstable; whether it also answers is for the listener to find out. */
  onRecovered(): void;
}

/**
 * The Postgres of one service, kept running: started once for all who ask, started again from its last commit after a
 * crash, with growing pauses. Whoever asks during a pause is told why there is none.
 */
export class HostedService {
  readonly #options: HostedServiceOptions;
  #compute: Promise<Compute> | undefined;
  #failures: Failures = NO_FAILURES;
  #unstable = false;
  #lastReason = "";
  #cancelRestart: CancelTimer = () => {};
  #stopped: Promise<void> | undefined;

  constructor(options: HostedServiceOptions) {
    this.#options = options;
  }

  /** A running Postgres, the same one for all; starts it if need be. */
  acquire(): Promise<Compute> {
    if (this.#stopped) return Promise.reject(new AppError("CONFLICT", "This service is being stopped."));
    if (!this.#compute && this.#failures.delayMs > 0) return Promise.reject(this.#explain());
    return this.#start();
  }

  /** The compute if it runs or starts now; never starts one. */
  find(): Promise<Compute> | undefined {
    return this.#compute;
  }

  /** Ends it for good, with everything acknowledged on the disk. Asking again waits for the same end. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopOnce();
    return this.#stopped;
  }

  async #stopOnce(): Promise<void> {
    this.#cancelRestart();
    const compute = await this.#compute?.catch(() => undefined);
    await compute?.stop();
  }

  #start(): Promise<Compute> {
    this.#compute ??= this.#startOnce();
    return this.#compute;
  }

  async #startOnce(): Promise<Compute> {
    const { clock, startCompute } = this.#options;
    this.#cancelRestart();
    const startedMs = clock.monotonicMs();
    try {
      const compute = await startCompute();
      compute.exited.then(({ message }) => this.#onEnd(message, clock.monotonicMs() - startedMs));
      if (this.#unstable) this.#options.onRecovered();
      this.#unstable = false;
      return compute;
    } catch (error) {
      this.#onEnd(describe(error), 0);
      throw this.#explain();
    }
  }

  #onEnd(reason: string, livedMs: number): void {
    this.#compute = undefined;
    if (this.#stopped) return;
    const { serviceId, clock, log, onUnstable } = this.#options;
    this.#lastReason = reason;
    this.#failures = computeFailures(this.#failures, livedMs);
    const { count, delayMs, isUnstable } = this.#failures;
    log.warn({ serviceId, reason, failures: count, delayMs }, `Postgres of service ${serviceId} ended: ${reason}`);
    if (isUnstable && !this.#unstable) {
      this.#unstable = true;
      onUnstable(reason);
    }
    this.#cancelRestart = clock.after(delayMs, () => {
      this.#start().catch(() => {}); // counted and reported where it failed
    });
  }

  #explain(): AppError {
    return new AppError("CONTROL_PLANE", `Postgres of this service does not run at the moment: ${this.#lastReason}`);
  }
}

/** The sentence and, where there is one, the first line of what lies behind it: which file, which block, which limit. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const behind = error.cause instanceof Error ? error.cause.message.split("\n")[0] : undefined;
  return behind ? `${error.message} ${behind}` : error.message;
}
