import { Worker } from "node:worker_threads";
import { fromPortableError } from "../keeper/keeper-protocol";
import { VolumeError } from "../volume-error";
import { COLLECTOR_ROLE, type CollectorMessage, type CollectorReply } from "./collector-protocol";
import type { RewriteJob, RewriteResult } from "./rewrite-segment";
import type { Rewriter } from "./rewriter";

interface Waiting {
  resolve(result: RewriteResult): void;
  reject(error: Error): void;
}

/** Collects in a thread of its own, which is started with the first job, and again after it failed. */
export class ThreadRewriter implements Rewriter {
  readonly #entry: URL;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #nextId = 1;
  #isClosed = false;

  /** `entry`: the JavaScript file made from keeper-worker.ts. */
  constructor(entry: URL) {
    this.#entry = entry;
  }

  rewrite(job: RewriteJob): Promise<RewriteResult> {
    if (this.#isClosed) return Promise.reject(new VolumeError("EIO", "The block store is closed."));
    this.#worker ??= this.#start();
    const message: CollectorMessage = { id: this.#nextId++, job };
    const answer = new Promise<RewriteResult>((resolve, reject) => {
      this.#waiting.set(message.id, { resolve, reject });
    });
    // Its caller's thread lives as long as somebody waits for an answer, and not for the sake of this thread.
    this.#worker.ref();
    this.#worker.postMessage(message);
    return answer;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    this.#end(new VolumeError("EIO", "The block store is closed."));
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(this.#entry, { workerData: { role: COLLECTOR_ROLE }, env: {} });
    worker.on("message", (reply: CollectorReply) => this.#receive(worker, reply));
    worker.on("error", (error) => {
      if (this.#worker === worker) this.#end(error instanceof Error ? error : new Error(String(error)));
    });
    worker.on("exit", () => {
      if (this.#worker === worker) this.#end(new VolumeError("EIO", "The collector ended."));
    });
    return worker;
  }

  #receive(worker: Worker, reply: CollectorReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) worker.unref();
    if ("error" in reply) waiting?.reject(fromPortableError(reply.error));
    else waiting?.resolve(reply.result);
  }

  #end(error: Error): void {
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
