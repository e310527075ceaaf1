import type { CommitPoint } from "@/lib/blocks";
import { AppError } from "@/lib/std/app-error";
import type { Clock } from "@/lib/std/clock";
import { raiseCancel } from "./cancel-flags";
import { HostEnd } from "./channel";
import type { Moment } from "./moment";
import type { ServeReady, WorkerMessage } from "./protocol";
import { UNEXPECTED_END } from "./protocol";
import { Requests } from "./requests";
import type { WorkerHandle } from "./worker-handle";

/** A client may sit in the middle of a COPY, and a query may not end: a stop does not wait for either for longer. */
const STOP_WITHIN_MS = 5_000;

export interface ComputeExit {
  /** One sentence for its clients. */
  readonly message: string;
}

export interface ComputeOptions {
  readonly worker: WorkerHandle;
  readonly ready: ServeReady;
  readonly clock: Clock;
  /** Called once, after the thread has ended: the volume may be opened again. */
  release(): Promise<void>;
}

type Receive = (bytes: Uint8Array) => void | Promise<void>;

/** One running Postgres as a pair of byte streams; what the gateway calls a backend, and the host's chores. */
export class Compute {
  readonly parameters: ReadonlyMap<string, string>;
  /** Resolves when the thread has ended and the volume is free again, whatever the cause. */
  readonly exited: Promise<ComputeExit>;
  readonly #options: ComputeOptions;
  readonly #channel: HostEnd;
  readonly #checkpoints: Requests<boolean>;
  readonly #flushes: Requests<CommitPoint | undefined>;
  #receive: Receive | undefined;
  #receiveMoment: (moment: Moment) => void = () => {};
  #draining = false;
  #waitingForRoom: (() => void)[] = [];
  #stopping = false;
  #over = false;

  constructor(options: ComputeOptions) {
    this.#options = options;
    this.parameters = options.ready.parameters;
    this.#channel = new HostEnd(options.worker.channel);
    this.#checkpoints = new Requests(() => this.#channel.request("checkpoint"), false);
    this.#flushes = new Requests<CommitPoint | undefined>(() => this.#channel.request("flush"), undefined);
    this.exited = this.#awaitEnd();
  }

  /** Whole frontend messages, or parts of a long one. Resolves when there is room for more; rejects when Postgres has ended. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; ; ) {
      if (this.#over) throw ended();
      rest = rest.subarray(this.#channel.offer(rest));
      if (rest.length === 0) return;
      await new Promise<void>((resolve) => this.#waitingForRoom.push(resolve));
    }
  }

  /** Every chunk of output, in order; while the returned promise is pending there is no other, and Postgres is held up. */
  onOutput(receive: Receive): void {
    this.#receive = receive;
    this.#pump();
  }

  /** Every commit that carries transactions of clients, in order, and always before the output that speaks of them. */
  onMoment(receive: (moment: Moment) => void): void {
    this.#receiveMoment = receive;
  }

  /** Asks the running query to stop (57014). A flag that finds no query is cleared before the next. */
  cancel(): void {
    raiseCancel(this.#options.ready.cancelFlags);
  }

  /** Done when Postgres is next idle between turns; false when it refused or ended. Never hurried: bound it yourself. */
  checkpoint(): Promise<boolean> {
    return this.#checkpoints.ask();
  }

  /** Makes durable what `synchronous_commit=off` has only promised, when Postgres is next idle; the newest commit then. */
  flush(): Promise<CommitPoint | undefined> {
    return this.#flushes.ask();
  }

  /** WAL since the last checkpoint: what a start from the newest commit would replay. */
  pendingWalBytes(): number {
    return this.#channel.pendingWalBytes();
  }

  /** Lets go of files that the store has replaced; wakes it when it sleeps. */
  refresh(): void {
    this.#channel.request("refresh");
  }

  /**
   * Ends it in order: what it acknowledged is durable. An open transaction is lost, a query that does not end within five
   * seconds as well. Resolves when the thread has ended and the volume is free.
   */
  async stop(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      this.#channel.request("stop");
      const cancelTimer = this.#options.clock.after(STOP_WITHIN_MS, () => void this.#options.worker.terminate());
      await this.#options.worker.ended;
      cancelTimer();
    }
    await this.exited;
  }

  /** Ends it at once, without a commit, as a crash would: the next start goes on from the last one. */
  async kill(): Promise<void> {
    await this.#options.worker.terminate();
    await this.exited;
  }

  /** Called by the host with each message of the worker. */
  handle(message: WorkerMessage): void {
    // Whoever asked for a flush knows then which transactions it made durable.
    this.#tellMoments();
    if (message.kind === "bell") this.#onBell();
    else if (message.kind === "checkpointed") this.#checkpoints.answer(message.ok);
    else if (message.kind === "flushed") this.#flushes.answer(message.point);
  }

  #onBell(): void {
    this.#channel.hearBell();
    this.#pump();
    for (const resume of this.#waitingForRoom.splice(0)) resume();
  }

  #tellMoments(): void {
    for (const moment of this.#channel.takeMoments()) this.#receiveMoment(moment);
  }

  /** A receiver that fails has lost a part of the stream, and no later part of it means anything. */
  #pump(): void {
    this.#drain().catch(() => this.kill());
  }

  /** One at a time: the next chunk is taken only when the one before has been. */
  async #drain(): Promise<void> {
    if (this.#draining || !this.#receive) return;
    this.#draining = true;
    try {
      for (let chunk = this.#channel.peekOutput(); chunk.length > 0; chunk = this.#channel.peekOutput()) {
        this.#tellMoments();
        const taken = this.#receive(chunk);
        if (taken) await taken;
        this.#channel.consumed(chunk.length);
      }
    } finally {
      this.#draining = false;
    }
  }

  async #awaitEnd(): Promise<ComputeExit> {
    const { worker, release } = this.#options;
    await worker.ended;
    await this.#drain().catch(() => {});
    this.#tellMoments();
    this.#over = true;
    this.#checkpoints.end();
    this.#flushes.end();
    for (const resume of this.#waitingForRoom.splice(0)) resume();
    await release();
    return { message: this.#exitMessage() };
  }

  #exitMessage(): string {
    const { failure } = this.#options.worker;
    if (failure) return failure.sentence;
    return this.#stopping ? "The service was stopped." : UNEXPECTED_END;
  }
}

const ended = () => new AppError("CONFLICT", "Postgres has ended. Connect again.");
