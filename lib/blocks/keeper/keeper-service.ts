import { setImmediate as nextTurn } from "node:timers/promises";
import type { RewriteJob, RewriteResult } from "../collect/rewrite-segment";
import type { Rewriter } from "../collect/rewriter";
import { isDiskFull, VolumeError } from "../volume-error";
import type { Keeper } from "./keeper";

/** A keeper without the methods of its upkeep, which is this thread's own business. */
type AskedOfKeeper = Omit<
  Keeper,
  "work" | "scrub" | "nextRewrite" | "finishRewrite" | "abandonRewrite" | "makeRoomFor" | "close"
>;

/** Everything that the keeper's thread answers; arguments and answers survive the way between threads. */
export interface KeeperService extends AskedOfKeeper {
  /** The engine's clock: what is due now is done. */
  tick(nowMicros: number): void;
  /** Answers when nothing more can be given back to the disk. */
  collectAll(nowMicros: number): Promise<void>;
  /** No upkeep for so long; answers when none is under way, and whether there was none until now. */
  pauseUpkeep(forMs: number): Promise<boolean>;
  close(): Promise<void>;
}

/** Upkeep yields to requests after so long: a fork waits no longer than this, and for the slice that is under way. */
const SLICE_MS = 4;

/** Read at each tick, once a second: a gigabyte in a quarter of an hour. */
const SCRUB_BYTES = 1 << 20;

/**
 * Upkeep between requests. Slices of the keeper's own work take turns with requests; rewriting is the collector thread's, one
 * segment at a time, and nobody waits for it.
 */
export class Upkeep {
  readonly #keeper: Keeper;
  readonly #rewriter: Rewriter;
  readonly #collected: () => void;
  readonly #failed: (error: unknown) => void;
  readonly #monotonicMs: () => number;
  #nowMicros = 0;
  #isWorking = false;
  #isRewriting = false;
  #isClosed = false;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  /** The rewriting that the last tick began. */
  #ticked: Promise<void> = Promise.resolve();

  constructor(parts: {
    keeper: Keeper;
    rewriter: Rewriter;
    collected(): void;
    failed(error: unknown): void;
    monotonicMs(): number;
  }) {
    this.#keeper = parts.keeper;
    this.#rewriter = parts.rewriter;
    this.#collected = parts.collected;
    this.#failed = parts.failed;
    this.#monotonicMs = parts.monotonicMs;
  }

  tick(nowMicros: number): void {
    this.#nowMicros = nowMicros;
    if (!this.#isWorking) this.#work().catch(this.#failed);
    if (!this.#isRewriting) this.#ticked = this.#rewrite("due").then(() => undefined, this.#failed);
    try {
      this.#keeper.scrub(SCRUB_BYTES);
    } catch (error) {
      this.#failed(error);
    }
  }

  async collectAll(nowMicros: number): Promise<void> {
    this.#nowMicros = nowMicros;
    do {
      await this.#work();
      // What a tick began is not done before its own loop ends.
      await this.#ticked;
    } while ((await this.#rewrite("all")) > 0);
  }

  /**
   * For who copies the files of a store that is open: nothing is decided, replaced or removed for so long. On the steady clock,
   * so that a copy that is never finished delays the return of space by no more than that. 0 ends it.
   */
  async pause(forMs: number): Promise<boolean> {
    const wasPaused = this.#isPaused;
    this.#pausedUntilMs = this.#monotonicMs() + forMs;
    // The segment that is being rewritten; no other one follows.
    await this.#ticked;
    return wasPaused;
  }

  get #isPaused(): boolean {
    return this.#monotonicMs() < this.#pausedUntilMs;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#rewriter.close();
  }

  /** Until nothing is due. Two of them may run at a time: each slice is whole. */
  async #work(): Promise<void> {
    this.#isWorking = true;
    try {
      while (!this.#isClosed && this.#workSlices()) await nextTurn();
    } finally {
      this.#isWorking = false;
    }
  }

  #workSlices(): boolean {
    const startedMs = this.#monotonicMs();
    while (!this.#isPaused && this.#keeper.work(this.#nowMicros))
      if (this.#monotonicMs() - startedMs >= SLICE_MS) return true;
    return false;
  }

  async #rewriteOne(job: RewriteJob): Promise<RewriteResult> {
    try {
      return await this.#rewriter.rewrite(job);
    } catch (error) {
      if (!isDiskFull(error) || !this.#keeper.makeRoomFor(job)) throw error;
      return await this.#rewriter.rewrite(job);
    }
  }

  /** One segment after the other; answers how many. */
  async #rewrite(mode: "due" | "all"): Promise<number> {
    this.#isRewriting = true;
    let rewritten = 0;
    try {
      for (;;) {
        const mayBegin = !this.#isClosed && !this.#isPaused;
        const job = mayBegin ? this.#keeper.nextRewrite(mode, this.#nowMicros) : undefined;
        if (!job) return rewritten;
        if (job === "saving") {
          await nextTurn();
          continue;
        }
        try {
          this.#keeper.finishRewrite(job, await this.#rewriteOne(job));
        } catch (error) {
          this.#keeper.abandonRewrite(job);
          if (!(error instanceof VolumeError)) throw error;
          return rewritten;
        }
        rewritten++;
        this.#collected();
      }
    } finally {
      this.#isRewriting = false;
    }
  }
}
