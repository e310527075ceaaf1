import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { createChannel } from "./channel";
import type { ImageBundle } from "./image-bundle";
import type { Failure, Task, WorkerMessage, WorkerSetup } from "./protocol";
import { UNEXPECTED_END } from "./protocol";

// The map of a volume and the nodes of its files; blocks and Postgres's own memory lie outside of V8's heap.
const THREAD_HEAP_MB = 512;
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
  #failure: Failure | undefined;

  constructor({ entry, bundle, initdb }: WorkerOptions) {
    this.channel = createChannel();
    const workerData: WorkerSetup = { bundle, channel: this.channel, initdb };
    this.#worker = new Worker(entry, {
      workerData,
      env: {},
      execArgv: [],
      resourceLimits: { stackSizeMb: THREAD_STACK_MB, maxOldGenerationSizeMb: THREAD_HEAP_MB },
    });
    this.ended = once(this.#worker, "exit").then(() => {});
    this.#worker.on("error", (error) => {
      this.#failure ??= { sentence: UNEXPECTED_END, details: error.message };
    });
    this.#worker.on("message", (message: WorkerMessage) => this.#onMessage(message));
    // An engine that has closed everything else should end although a warm worker still waits for its task.
    this.#worker.unref();
  }

  /** Why it ended, when it was not asked to. */
  get failure(): Failure | undefined {
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
    if (message.kind === "failed") this.#failure ??= message;
    this.#listen(message);
    // Its last word. What PGlite has registered for the end of a process is of no use to a thread that has committed.
    if (message.kind === "done" || message.kind === "failed") void this.#worker.terminate();
  }
}
