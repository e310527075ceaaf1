import { once } from "node:events";
import * as nodeFs from "node:fs";
import { rmSync } from "node:fs";
import module, { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { inspect } from "node:util";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { type CommitPoint, openVolume } from "@/lib/blocks";
import { WorkerEnd } from "@/lib/compute/channel";
import { getImage } from "@/lib/compute/images";
import { type Task, UNEXPECTED_END, type WorkerMessage, type WorkerSetup } from "@/lib/compute/protocol";
import { Backend, proveCancel } from "@/lib/compute/worker/backend";
import { bootPostgres } from "@/lib/compute/worker/boot";
import type { EmModule, EmStreamOps } from "@/lib/compute/worker/emscripten";
import { addImageFiles } from "@/lib/compute/worker/image-files";
import { Journal } from "@/lib/compute/worker/journal";
import { Native } from "@/lib/compute/worker/native";
import { findForeignSettings, readParameters } from "@/lib/compute/worker/parameters";
import { enterSandbox } from "@/lib/compute/worker/sandbox";
import { ServiceLoop } from "@/lib/compute/worker/service-loop";
import { DATABASE, execute } from "@/lib/compute/worker/template-work";
import { assert } from "@/lib/std/assert";
import { systemClock } from "@/lib/std/clock";
import { copyVolume } from "./copy-volume";

// A compute in all but one thing: its data directory is a copy of the volume's files in a plain directory, mounted by the
// build's own NODEFS, as PGlite's `NodeFS` does it. What the volume is measured against.

const NO_COMMIT: CommitPoint = { commit: 0, micros: 0 };

assert(parentPort, "a compute's worker is started by its host");
await runWorker(workerData as WorkerSetup, parentPort);

async function runWorker(setup: WorkerSetup, port: MessagePort): Promise<void> {
  const post = (message: WorkerMessage) => port.postMessage(message);
  try {
    const [{ ticket, scratchDir }] = (await once(port, "message")) as [Task];
    const dir = join(scratchDir, "nodefs");
    rmSync(scratchDir, { recursive: true, force: true });
    const volume = openVolume(ticket);
    copyVolume(volume, dir);
    volume.close();
    await serve(setup, dir, post);
    post({ kind: "done" });
  } catch (error) {
    post({ kind: "failed", sentence: UNEXPECTED_END, details: inspect(error) });
  }
  port.close();
}

async function serve(setup: WorkerSetup, dir: string, post: (message: WorkerMessage) => void): Promise<void> {
  const image = getImage(setup.bundle.imageId);
  let journal: Journal | undefined;
  const { running, native } = await boot(setup, { dir, onWalWrite: () => journal?.onWalWrite() });
  const channel = new WorkerEnd(setup.channel, () => post({ kind: "bell" }));
  journal = new Journal({ head: NO_COMMIT, dirty: false, commit: () => NO_COMMIT, settle: () => {} }, native);
  const backend = new Backend({
    module: running,
    native,
    channel,
    flavor: image.flavor,
    beforeOutput: () => {
      // All that a volume's commit is besides the volume: the stack is checked, and what is unflushed is counted anew.
      journal.commitIfPromised();
      channel.publishPendingWal(journal.pendingWalBytes);
    },
    onInterrupted: () => {},
  });
  for (const [name, value] of Object.entries(image.defaults)) native.setDefault(name, value);
  for (const statement of image.sessionSetup) execute(backend, statement);
  proveCancel(backend, native);
  const parameters = readParameters(backend, image);
  const foreignSettings = findForeignSettings(backend, image);
  post({ kind: "ready", cancelFlags: native.cancelFlags(), parameters, foreignSettings });
  const volume = { refresh: () => {} };
  new ServiceLoop({ backend, journal, volume, channel, clock: systemClock, post }).run();
}

interface Directory {
  readonly dir: string;
  onWalWrite(): void;
}

async function boot(
  { bundle }: WorkerSetup,
  { dir, onWalWrite }: Directory,
): Promise<{ running: EmModule; native: Native }> {
  const image = getImage(bundle.imageId);
  let native: Native | undefined;
  let running: EmModule | undefined;
  enterSandbox(bundle, {
    onMainInstance: (instance, imports) => {
      native ??= new Native(instance, imports);
    },
    readLibrary: (path) => (running as EmModule).FS.readFile(path),
  });
  allowFiles();
  const booted = await bootPostgres({
    image,
    bundle,
    initdb: undefined,
    database: DATABASE,
    print: () => {},
    preRun: (glue: EmModule & { NODEFS?: { stream_ops: EmStreamOps } }) => {
      assert(glue.NODEFS, "the build has no NODEFS");
      reportWalWrites(glue.NODEFS.stream_ops, onWalWrite);
      glue.FS.mkdirTree(image.dataDir);
      glue.FS.mount(glue.NODEFS, { root: dir }, image.dataDir);
    },
    beforePostgres: async (loaded) => {
      running = loaded;
      addImageFiles(loaded.FS, bundle);
      native?.relocateStack(loaded, image.stackBasePointer);
    },
  });
  assert(native, "the module was instantiated without the sandbox");
  return { running: booted, native };
}

/** The chores of the host need to know of each write to the log, here as on a volume. */
function reportWalWrites(streamOps: EmStreamOps, onWalWrite: () => void): void {
  const { write } = streamOps;
  streamOps.write = (...transfer) => {
    const count = write(...transfer);
    if (transfer[0].node.parent.name === "pg_wal") onWalWrite();
    return count;
  };
}

/** The sandbox gives the glue no files; NODEFS needs them. Libraries still come from the image. */
function allowFiles(): void {
  const sandboxed = module.createRequire(import.meta.url);
  const fs = { ...nodeFs, ...sandboxed("fs") };
  const require = (name: string): object => (name.replace(/^node:/, "") === "fs" ? fs : sandboxed(name));
  Object.assign(module, { createRequire: () => require });
  syncBuiltinESMExports();
}
