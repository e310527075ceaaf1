import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import type { CancelTimer, Clock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";
import { nodeDevice } from "../device/node-device";
import type { History } from "../history-types";
import type { BlockStore } from "../store-types";
import { toVolumeError, VolumeError } from "../volume-error";
import { fromPortableError, type KeeperMethod, type KeeperReply } from "./keeper-protocol";
import type { KeeperService } from "./keeper-service";

export interface OpenStoreOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Path of the JavaScript file made from keeper-worker.ts. */
  readonly keeperEntry: string;
}

const DIRECTORY_MODE = 0o700;
/** How often the keeper looks what is due: expired holds, the window's edge, garbage that is old enough. */
const TICK_MS = 1_000;

/**
 * Opens or makes the store in a directory and starts its keeper thread. Throws a `VolumeError` when the journal is damaged.
 * One process at a time may have a store open; that is the engine's to ensure.
 */
export async function openStore(storeDir: string, options: OpenStoreOptions): Promise<BlockStore & History> {
  await makeDirectory(storeDir);
  const worker = new Worker(options.keeperEntry, { workerData: { storeDir }, env: {} });
  const keeper = new RemoteKeeper(worker, options.log);
  await keeper.opened;
  keeper.keepTicking(options.clock);
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
  #cancelTick: CancelTimer = () => undefined;
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

  ask<Method extends KeeperMethod>(
    method: Method,
    ...args: Parameters<KeeperService[Method]>
  ): Promise<Awaited<ReturnType<KeeperService[Method]>>> {
    return new Promise<unknown>((resolve, reject) => {
      if (this.#ended) return reject(this.#ended);
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, request: { method, args } });
    }) as Promise<Awaited<ReturnType<KeeperService[Method]>>>;
  }

  /** Tells the keeper the time now and then, until the store is closed; while it has not answered, nothing queues behind. */
  keepTicking(clock: Clock): void {
    let isAsked = false;
    const answered = () => {
      isAsked = false;
    };
    const tick = () => {
      if (this.#ended) return;
      this.#cancelTick = clock.after(TICK_MS, tick);
      if (isAsked) return;
      isAsked = true;
      this.ask("tick", clock.nowMicros()).then(answered, answered);
    };
    tick();
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.#cancelTick();
    const exited = new Promise<void>((resolve) => this.#worker.once("exit", () => resolve()));
    await this.ask("close");
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

function toStore(keeper: RemoteKeeper, clock: Clock): BlockStore & History {
  const now = () => clock.nowMicros();
  return {
    create: (volumeId) => keeper.ask("create", volumeId, now()),
    fork: (sourceId, volumeId, at) => keeper.ask("fork", { sourceId, volumeId, at }, now()),
    delete: (volumeId) => keeper.ask("delete", volumeId),
    find: (volumeId) => keeper.ask("find", volumeId),
    list: () => keeper.ask("list"),
    storage: (volumeIds) => keeper.ask("storage", volumeIds),
    async openWriter(volumeId) {
      const ticket = await keeper.ask("openWriter", volumeId);
      return { ticket, release: () => keeper.ask("releaseWriter", ticket.logId) };
    },
    onCollected: (listener) => keeper.onCollected(listener),
    pauseUpkeep: (forMs) => keeper.ask("pauseUpkeep", forMs),
    close: () => keeper.close(),
    ...toHistory(keeper, now),
  };
}

function toHistory(keeper: RemoteKeeper, now: () => number): History {
  return {
    window: (volumeId) => keeper.ask("window", volumeId, now()),
    resolve: (volumeId, at) => keeper.ask("resolve", volumeId, at, now()),
    histogram: (volumeId, span) => keeper.ask("histogram", volumeId, span),
    setRetention: (volumeId, retention) => keeper.ask("setRetention", volumeId, retention),
    takeSnapshot: (volumeId, snapshot) => keeper.ask("takeSnapshot", volumeId, snapshot, now()),
    deleteSnapshot: (volumeId, snapshotId) => keeper.ask("deleteSnapshot", volumeId, snapshotId),
    hold: (volumeId, hold) => keeper.ask("hold", volumeId, hold, now()),
    releaseHold: (volumeId, holdId) => keeper.ask("releaseHold", volumeId, holdId),
    guard: (volumeId, guards) => keeper.ask("guard", volumeId, guards),
    figures: (volumeIds) => keeper.ask("figures", volumeIds),
    totals: () => keeper.ask("totals"),
    frees: (volumeIds) => keeper.ask("frees", volumeIds),
    freesEach: (volumeIds) => keeper.ask("freesEach", volumeIds),
    shares: () => keeper.ask("shares"),
    diff: (from, to) => keeper.ask("diff", from, to),
    damages: () => keeper.ask("damages"),
    collectAll: () => keeper.ask("collectAll", now()),
  };
}
