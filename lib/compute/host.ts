import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BlockStore } from "@/lib/blocks";
import { limitsOf, type ServiceSize } from "@/lib/schemas/size";
import { AppError } from "@/lib/std/app-error";
import type { CancelTimer, Clock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";
import { Mutex } from "@/lib/std/mutex";
import { Compute } from "./compute";
import type { ImageBundle } from "./image-bundle";
import { loadImageBundle } from "./image-bundle";
import type { Failure, ServeReady, WorkerMessage } from "./protocol";
import type { InitdbModules } from "./template";
import { ensureTemplate } from "./template";
import { WarmWorkers } from "./warm-workers";
import { WorkerHandle } from "./worker-handle";

/** Files that were collected keep their space until sleeping computes let go of them: they are woken for that at most so often. */
const REFRESH_WITHIN_MS = 1_000;

export interface ComputeHostOptions {
  readonly store: BlockStore;
  /** A directory of its own for files that Postgres throws away; its content is removed when the host is made. */
  readonly scratchDir: string;
  /** The worker's file, built from `lib/compute/worker.ts`. */
  readonly workerEntry: string;
  readonly log: Log;
  readonly clock: Clock;
}

export interface StartOptions {
  readonly serviceId: string;
  readonly volumeId: string;
  readonly imageId: string;
  /** Its limits; without it what Postgres gives anybody. */
  readonly size?: ServiceSize;
}

/** All computes of the engine, on its main thread. */
export interface ComputeHost {
  /** The volume that new services of the image are forks of; made at the first call, which takes some seconds. */
  ensureTemplate(imageId: string): Promise<string>;
  /** Starts Postgres on the volume's newest commit; resolves when it has answered a query. One per volume at a time. */
  start(options: StartOptions): Promise<Compute>;
  /** Stops all computes in order and awaits their threads. */
  close(): Promise<void>;
}

export function createComputeHost(options: ComputeHostOptions): ComputeHost {
  return new Host(options);
}

class Host implements ComputeHost {
  readonly #options: ComputeHostOptions;
  readonly #entry: URL;
  readonly #bundles = new Map<string, Promise<ImageBundle>>();
  readonly #running = new Set<Compute>();
  readonly #templates = new Mutex();
  readonly #warm: WarmWorkers;
  #prepared: Promise<void> | undefined;
  #cancelRefresh: CancelTimer | undefined;
  #closed = false;

  constructor(options: ComputeHostOptions) {
    this.#options = options;
    this.#entry = pathToFileURL(options.workerEntry);
    const startWorker = (imageId: string) => this.#startWorker(imageId);
    this.#warm = new WarmWorkers({ clock: options.clock, startWorker });
    options.store.onCollected(() => this.#refreshSoon());
  }

  ensureTemplate(imageId: string): Promise<string> {
    const { store, scratchDir } = this.#options;
    return this.#templates.run(async () => {
      await this.#prepare();
      return ensureTemplate(imageId, {
        store,
        scratchDir,
        startWorker: (modules) => this.#startWorker(imageId, modules),
      });
    });
  }

  async start(options: StartOptions): Promise<Compute> {
    const { volumeId, imageId } = options;
    this.#refuseWhenClosed();
    await this.#prepare();
    const writer = await this.#options.store.openWriter(volumeId);
    try {
      const compute = await this.#startOn(writer, options);
      this.#running.add(compute);
      void compute.exited.then(() => this.#running.delete(compute));
      this.#warm.replaceLater(imageId);
      return compute;
    } catch (error) {
      await writer.release();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRefresh?.();
    await Promise.all([this.#warm.close(), ...[...this.#running].map((compute) => compute.stop())]);
  }

  async #startOn(
    { ticket, release }: Awaited<ReturnType<BlockStore["openWriter"]>>,
    { serviceId, imageId, size }: StartOptions,
  ): Promise<Compute> {
    const { scratchDir, clock } = this.#options;
    const worker = await this.#warm.take(imageId);
    let compute: Compute | undefined;
    const ready = new Promise<ServeReady>((resolve, reject) => {
      const settings = size ? toSettings(size) : {};
      worker.perform({ ticket, scratchDir: join(scratchDir, serviceId), work: "serve", settings }, (message) => {
        if (message.kind === "ready") resolve(message);
        else if (message.kind === "disk-error") this.#logDiskError(serviceId, message);
        else compute?.handle(message);
      });
      void worker.ended.then(() => reject(startFailure(worker.failure)));
    });
    compute = new Compute({
      worker,
      ready: await ready,
      clock,
      release: () => this.#release(serviceId, worker, release),
    });
    this.#logForeignSettings(serviceId, await ready);
    return compute;
  }

  async #release(serviceId: string, worker: WorkerHandle, release: () => Promise<void>): Promise<void> {
    if (worker.failure)
      this.#options.log.error({ serviceId, failure: worker.failure }, "A compute ended without a commit");
    await release();
  }

  async #startWorker(imageId: string, modules?: InitdbModules): Promise<WorkerHandle> {
    const bundle = await this.#bundle(imageId);
    const wasm = modules?.main ?? bundle.wasm;
    return new WorkerHandle({ entry: this.#entry, bundle: { ...bundle, wasm }, initdb: modules?.initdb });
  }

  #refreshSoon(): void {
    if (this.#closed) return;
    this.#cancelRefresh ??= this.#options.clock.after(REFRESH_WITHIN_MS, () => {
      this.#cancelRefresh = undefined;
      for (const compute of this.#running) compute.refresh();
    });
  }

  #bundle(imageId: string): Promise<ImageBundle> {
    let bundle = this.#bundles.get(imageId);
    if (!bundle) {
      bundle = loadImageBundle(imageId);
      this.#bundles.set(imageId, bundle);
      bundle.catch(() => this.#bundles.delete(imageId));
    }
    return bundle;
  }

  /** What a killed engine left of scratch files is of no use to anyone. */
  #prepare(): Promise<void> {
    this.#prepared ??= emptyDirectory(this.#options.scratchDir);
    return this.#prepared;
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new AppError("CONTROL_PLANE", "The engine is stopping.");
  }

  #logDiskError(serviceId: string, { message }: Extract<WorkerMessage, { kind: "disk-error" }>): void {
    this.#options.log.error({ serviceId, message }, "A volume reported an error of the disk");
  }

  #logForeignSettings(serviceId: string, { foreignSettings }: ServeReady): void {
    if (foreignSettings.length)
      this.#options.log.warn(
        { serviceId, foreignSettings },
        "Postgres runs with settings that its image does not ask for",
      );
  }
}

function toSettings(size: ServiceSize): Record<string, string> {
  const { workMemKb, maintenanceWorkMemKb } = limitsOf(size);
  return { work_mem: `${workMemKb}kB`, maintenance_work_mem: `${maintenanceWorkMemKb}kB` };
}

async function emptyDirectory(dir: string): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true, mode: 0o700 });
}

function startFailure(failure: Failure | undefined): AppError {
  const message = failure?.sentence ?? "Postgres ended before it could answer.";
  return new AppError("INTERNAL", message, { cause: new Error(failure?.details ?? "the thread ended without a word") });
}
