import { once } from "node:events";
import type { MessagePort } from "node:worker_threads";
import { openVolume } from "@/lib/blocks";
import { assert } from "@/lib/std/assert";
import { systemClock } from "@/lib/std/clock";
import { WorkerEnd } from "../channel";
import type { Image } from "../images";
import { getImage } from "../images";
import type { Task, WorkerMessage, WorkerSetup } from "../protocol";
import { Backend, proveCancel } from "./backend";
import { bootPostgres } from "./boot";
import { DataDir } from "./data-dir";
import type { EmModule } from "./emscripten";
import { FileError } from "./errno";
import { addImageFiles, sealImageFiles } from "./image-files";
import { Journal } from "./journal";
import { createMount } from "./mount";
import { Native } from "./native";
import { findForeignSettings, readParameters } from "./parameters";
import { enterSandbox } from "./sandbox";
import { Scratch } from "./scratch";
import { ServiceLoop, StopRequested } from "./service-loop";
import { completeTemplate, DATABASE, execute, INITIAL_DATABASE, initialise } from "./template-work";

/** What Postgres itself writes outside its data directory. */
const WRITABLE_DIRS = ["/dev", "/proc"];

/**
 * One compute, from its birth to its end. It warms up as far as it can without knowing its volume, waits for its task, and
 * ends with one message: `done`, or `failed` without having committed anything since its last answer.
 */
export async function runWorker(setup: WorkerSetup, port: MessagePort): Promise<void> {
  const post = (message: WorkerMessage) => port.postMessage(message);
  try {
    await perform(setup, port, post);
    post({ kind: "done" });
  } catch (error) {
    if (error instanceof StopRequested) post({ kind: "done" });
    else post({ kind: "failed", message: describe(error) });
  }
  port.close();
}

type Post = (message: WorkerMessage) => void;

async function perform(setup: WorkerSetup, port: MessagePort, post: Post): Promise<void> {
  const compute = await start(setup, port, post);
  if (compute.task.work === "serve") serve(compute);
  else makeTemplate(compute);
}

interface RunningCompute {
  readonly image: Image;
  readonly task: Task;
  readonly backend: Backend;
  readonly journal: Journal;
  readonly native: Native;
  readonly dataDir: DataDir;
  readonly channel: WorkerEnd;
  readonly post: Post;
}

async function start(
  { bundle, channel: shared, initdb }: WorkerSetup,
  port: MessagePort,
  post: Post,
): Promise<RunningCompute> {
  const image = getImage(bundle.imageId);
  const dataDir = new DataDir();
  const channel = new WorkerEnd(shared, () => post({ kind: "bell" }));
  let native: Native | undefined;
  let journal: Journal | undefined;
  let task: Task | undefined;
  let running: EmModule | undefined;
  enterSandbox(bundle, {
    // The first is ours; making a template starts a second one for initdb.
    onMainInstance: (instance, imports) => {
      native ??= new Native(instance, imports);
    },
    readLibrary: (path) => {
      if (!running || !path.startsWith(`${image.prefix}/lib/`)) throw new FileError("ENOENT", `${path} does not exist`);
      return running.FS.readFile(path);
    },
  });
  const module = await bootPostgres({
    image,
    bundle,
    initdb,
    database: initdb ? INITIAL_DATABASE : DATABASE,
    print: () => {},
    preRun: (glue) => {
      glue.FS.mkdirTree(image.dataDir);
      const events = {
        onWalWrite: () => journal?.onWalWrite(),
        onDiskError: ({ message }: Error) => post({ kind: "disk-error", message }),
      };
      (glue.FS.mount as (type: object, options: object, path: string) => void)(
        createMount(glue.FS, dataDir, events),
        {},
        image.dataDir,
      );
    },
    beforePostgres: async (loaded) => {
      running = loaded;
      addImageFiles(loaded.FS, bundle);
      closeShell(loaded);
      assert(native, "the module was instantiated without the sandbox");
      native.relocateStack(loaded, image.stackBasePointer);
      post({ kind: "warm" });
      [task] = (await once(port, "message")) as [Task];
      dataDir.attach(openVolume(task.ticket), new Scratch(task.scratchDir));
      journal = new Journal(dataDir.volume, native);
    },
  });
  assert(native && journal && task, "Postgres started without its volume");
  const started = journal;
  const backend = new Backend({
    module,
    native,
    channel,
    flavor: image.flavor,
    beforeOutput: () => {
      started.commitIfWalWritten();
      // Whoever has seen the answer may ask how much there is to replay.
      channel.publishPendingWal(started.pendingWalBytes);
    },
    onInterrupted: () => {
      if (channel.requested("stop")) throw new StopRequested();
    },
  });
  sealImageFiles(module.FS, "/", [...WRITABLE_DIRS, image.dataDir]);
  return { image, task, backend, journal, native, dataDir, channel, post };
}

/** `system` and `popen` of C: COPY … PROGRAM and archive commands end here. */
function closeShell(module: EmModule): void {
  module._pgl_set_system_fn?.(module.addFunction(() => -1, "ii"));
  module._pgl_set_popen_fn?.(module.addFunction(() => 0, "iii"));
}

function serve({ image, backend, journal, native, dataDir, channel, post }: RunningCompute): void {
  for (const [name, value] of Object.entries(image.defaults)) native.setDefault(name, value);
  for (const statement of image.sessionSetup) execute(backend, statement);
  proveCancel(backend, native);
  const parameters = readParameters(backend, image);
  const foreignSettings = findForeignSettings(backend, image);
  journal.commitIfWalWritten();
  post({ kind: "ready", cancelFlags: native.cancelFlags(), parameters, foreignSettings });
  new ServiceLoop({ backend, journal, channel, clock: systemClock, post }).run();
  dataDir.volume.close();
}

function makeTemplate({ image, task, backend, journal, dataDir }: RunningCompute): void {
  if (task.work === "initialise") initialise(backend, dataDir.volume, image);
  else completeTemplate(backend, image);
  execute(backend, "CHECKPOINT");
  journal.commit();
  dataDir.volume.close();
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
