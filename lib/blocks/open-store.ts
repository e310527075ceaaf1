import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Clock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";
import { fromPortableError, type KeeperReply, type KeeperRequest } from "./keeper-protocol";
import { nodeDevice } from "./node-device";
import type { BlockStore, ForkResult, VolumeInfo, VolumeStorage, WriterTicket } from "./store-types";
import { toVolumeError, VolumeError } from "./volume-error";

export interface OpenStoreOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Path of the JavaScript file made from keeper-worker.ts. */
  readonly keeperEntry: string;
}

const DIRECTORY_MODE = 0o700;

/**
 * Opens or makes the store in a directory and starts its keeper thread. Throws a `VolumeError` when the journal is damaged.
 * One process at a time may have a store open; that is the engine's to ensure.
 */
export async function openStore(storeDir: string, options: OpenStoreOptions): Promise<BlockStore> {
  await makeDirectory(storeDir);
  const worker = new Worker(options.keeperEntry, { workerData: { storeDir }, env: {} });
  const keeper = new RemoteKeeper(worker, options.log);
  await keeper.opened;
  return toStore(keeper, options.clock);
}

async function makeDirectory(storeDir: string): Promise<void> {
  try {
    const made = await mkdir(storeDir, { recursive: true, mode: DIRECTORY_MODE });
    // Its name must be as durable as what will be acknowledged inside.
    if (made !== undefined) nodeDevice.syncDirectory(dirname(storeDir));
  } catch (error) {
    throw toVolumeError(error, "making the store's directory");
  }
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** The keeper as the engine's thread reaches it: requests by number, answers in any order. */
class RemoteKeeper {
  readonly opened: Promise<void>;
  readonly #worker: Worker;
  readonly #log: Log;
  readonly #waiting = new Map<number, Waiting>();
  readonly #collectedListeners: (() => void)[] = [];
  #nextId = 1;
  #ended: Error | undefined;

  constructor(worker: Worker, log: Log) {
    this.#worker = worker;
    this.#log = log;
    this.opened = new Promise((resolve, reject) => {
      worker.on("message", (reply: KeeperReply) => {
        if ("opened" in reply) resolve();
        else if ("openFailed" in reply) reject(fromPortableError(reply.openFailed));
        else this.#receive(reply);
      });
      worker.on("error", (error) => {
        log.error({ error }, "the block store's keeper ended");
        this.#end(error instanceof Error ? error : new Error(String(error)));
        reject(error);
      });
      worker.on("exit", () => {
        this.#end(new VolumeError("EIO", "The block store is closed."));
        reject(this.#ended);
      });
    });
  }

  ask<Result>(request: KeeperRequest): Promise<Result> {
    return new Promise<unknown>((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, request });
    }) as Promise<Result>;
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    const exited = new Promise<void>((resolve) => this.#worker.once("exit", () => resolve()));
    await this.ask({ method: "close" });
    await exited;
  }

  onCollected(listener: () => void): void {
    this.#collectedListeners.push(listener);
  }

  #receive(reply: Exclude<KeeperReply, { opened: true } | { openFailed: unknown }>): void {
    if ("collected" in reply) {
      for (const listener of this.#collectedListeners) listener();
      return;
    }
    if ("log" in reply) {
      this.#log[reply.log](reply.fields, reply.message);
      return;
    }
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ("error" in reply) waiting?.reject(fromPortableError(reply.error));
    else waiting?.resolve(reply.result);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }
}

function toStore(keeper: RemoteKeeper, clock: Clock): BlockStore {
  return {
    create: (volumeId) => keeper.ask<VolumeInfo>({ method: "create", volumeId, nowMicros: clock.nowMicros() }),
    fork: (sourceId, volumeId) =>
      keeper.ask<ForkResult>({ method: "fork", sourceId, volumeId, nowMicros: clock.nowMicros() }),
    delete: (volumeId) => keeper.ask<void>({ method: "delete", volumeId }),
    find: (volumeId) => keeper.ask<VolumeInfo | undefined>({ method: "find", volumeId }),
    list: () => keeper.ask<VolumeInfo[]>({ method: "list" }),
    storage: (volumeIds) => keeper.ask<Map<string, VolumeStorage>>({ method: "storage", volumeIds }),
    async openWriter(volumeId) {
      const ticket = await keeper.ask<WriterTicket>({ method: "openWriter", volumeId });
      return { ticket, release: () => keeper.ask<void>({ method: "releaseWriter", logId: ticket.logId }) };
    },
    onCollected: (listener) => keeper.onCollected(listener),
    close: () => keeper.close(),
  };
}
