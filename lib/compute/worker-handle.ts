import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { createChannel } from "./channel";
import type { ImageBundle } from "./image-bundle";
import type { Task, WorkerMessage, WorkerSetup } from "./protocol";

// WebAssembly's own frames live on the thread's stack: Postgres's limit of 2 MiB of C stack is reached well below this.
const THREAD_STACK_MB = 16;

export interface WorkerOptions {
  readonly entry: URL;
  readonly bundle: ImageBundle;
  readonly initdb?: WebAssembly.Module;
}

/** A worker thread, warm or warming up, that has no volume yet or works on one. */
export class WorkerHandle {
  readonly channel: SharedArrayBuffer;
  /** The thread has ended, so nothing of it can write any more. Never rejects. */
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  #listen: (message: WorkerMessage) => void = () => {};
  #failure: string | undefined;

  constructor({ entry, bundle, initdb }: WorkerOptions) {
    this.channel = createChannel();
    const workerData: WorkerSetup = { bundle, channel: this.channel, initdb };
    this.#worker = new Worker(entry, {
      workerData,
      env: {},
      execArgv: [],
      resourceLimits: { stackSizeMb: THREAD_STACK_MB },
    });
    this.ended = once(this.#worker, "exit").then(() => {});
    this.#worker.on("error", (error) => {
      this.#failure ??= error.message;
    });
    this.#worker.on("message", (message: WorkerMessage) => this.#onMessage(message));
    // An engine that has closed everything else should end although a warm worker still waits for its task.
    this.#worker.unref();
  }

  /** Why it ended, when it was not asked to. */
  get failure(): string | undefined {
    return this.#failure;
  }

  perform(task: Task, listen: (message: WorkerMessage) => void): void {
    this.#listen = listen;
    this.#worker.ref();
    this.#worker.postMessage(task);
  }

  /** Ends the thread wherever it is; resolves when it has ended. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
    await this.ended;
  }

  #onMessage(message: WorkerMessage): void {
    if (message.kind === "failed") this.#failure ??= message.message;
    this.#listen(message);
    // Its last word. What PGlite has registered for the end of a process is of no use to a thread that has committed.
    if (message.kind === "done" || message.kind === "failed") void this.#worker.terminate();
  }
}
