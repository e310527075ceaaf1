import { once } from "node:events";
import type { MessagePort } from "node:worker_threads";
import type { Volume } from "@/lib/blocks";
import { openVolume } from "@/lib/blocks";
import { assert } from "@/lib/std/assert";
import { WorkerEnd } from "../channel";
import type { Image } from "../images";
import { getImage } from "../images";
import type { Task, WorkerMessage, WorkerSetup } from "../protocol";
import { Backend } from "./backend";
import { bootPostgres } from "./boot";
import { DataDir } from "./data-dir";
import type { EmModule } from "./emscripten";
import { FileError } from "./errno";
import { addImageFiles, limitMemoryFiles, sealImageFiles } from "./image-files";
import { Journal } from "./journal";
import { Moments } from "./moments";
import type { MountEvents } from "./mount";
import { createMount } from "./mount";
import { Native } from "./native";
import type { SandboxHooks } from "./sandbox";
import { enterSandbox } from "./sandbox";
import { Scratch } from "./scratch";
import { StopRequested } from "./service-loop";
import { DATABASE, INITIAL_DATABASE } from "./template-work";
import { TransactionHook } from "./transaction-hook";

/** What Postgres itself writes outside its data directory. */
const WRITABLE_DIRS = ["/dev", "/proc"];

export type Post = (message: WorkerMessage) => void;

export interface StartedCompute {
  readonly image: Image;
  readonly task: Task;
  readonly backend: Backend;
  readonly journal: Journal;
  readonly native: Native;
  readonly volume: Volume;
  readonly channel: WorkerEnd;
  /** From now on transactions are clients', and commits that carry them are moments. */
  watchTransactions(): void;
}

/** What comes to be on the way: in this order, but in callbacks of PGlite and of the sandbox. */
interface Progress {
  native?: Native;
  hook?: TransactionHook;
  module?: EmModule;
  task?: Task;
  journal?: Journal;
}

export interface StartEnds {
  readonly port: MessagePort;
  readonly post: Post;
  /** A line of Postgres's own log. */
  print(line: string): void;
}

/** Loads Postgres, says that it is warm, waits for the task, and starts it on that volume. */
export async function startCompute(setup: WorkerSetup, { port, post, print }: StartEnds): Promise<StartedCompute> {
  const { bundle, initdb } = setup;
  const image = getImage(bundle.imageId);
  const dataDir = new DataDir();
  const progress: Progress = {};
  enterSandbox(bundle, sandboxHooks(image, progress));
  const module = await bootPostgres({
    image,
    bundle,
    initdb,
    database: initdb ? INITIAL_DATABASE : DATABASE,
    print,
    preRun: ({ FS }) => {
      FS.mkdirTree(image.dataDir);
      FS.mount(createMount(FS, dataDir, mountEvents(dataDir, progress, post)), {}, image.dataDir);
    },
    beforePostgres: async (loaded) => {
      progress.module = loaded;
      addImageFiles(loaded.FS, bundle);
      closeShell(loaded);
      assert(progress.native, "the module was instantiated outside of the sandbox");
      progress.native.relocateStack(loaded, image.stackBasePointer);
      post({ kind: "warm" });
      progress.task = ((await once(port, "message")) as [Task])[0];
      dataDir.attach(openVolume(progress.task.ticket), new Scratch(progress.task.scratchDir));
      progress.journal = new Journal(dataDir.volume, progress.native);
    },
  });
  closeMemoryFiles(module, image);
  const { native, hook, journal, task } = progress;
  assert(native && hook && journal && task, "Postgres started without a volume");
  const channel = new WorkerEnd(setup.channel, () => post({ kind: "bell" }));
  const parts = createBackend({ module, native, channel, journal, image });
  const watchTransactions = () => hook.attach(module, () => parts.onTransaction());
  const { backend } = parts;
  return { image, task, backend, journal, native, volume: dataDir.volume, channel, watchTransactions };
}

function sandboxHooks(image: Image, progress: Progress): SandboxHooks {
  return {
    // The first is ours; making a template starts a second one for initdb.
    onMainInstance: (instance, imports) => {
      progress.native ??= new Native(instance, imports);
      progress.hook ??= new TransactionHook(instance, imports);
    },
    readLibrary: (path) => {
      const isOfImage = path.startsWith(`${image.prefix}/lib/`);
      if (!progress.module || !isOfImage) throw new FileError("ENOENT", `${path} does not exist`);
      return progress.module.FS.readFile(path);
    },
  };
}

function mountEvents(dataDir: DataDir, progress: Progress, post: Post): MountEvents {
  return {
    onWalWrite: () => progress.journal?.onWalWrite(),
    onRename: () => progress.journal?.onRename(),
    onDiskError: (error) => {
      post({ kind: "disk-error", message: error.message });
      // A volume that refuses everything would be a Postgres that answers every query with an I/O error.
      if (!isUsable(dataDir.volume)) throw error;
    },
  };
}

function isUsable(volume: Volume): boolean {
  try {
    return volume.lookup("/") !== undefined;
  } catch {
    return false;
  }
}

/** `system` and `popen` of C: COPY … PROGRAM and archive commands end here. */
function closeShell(module: EmModule): void {
  module._pgl_set_system_fn?.(module.addFunction(() => -1, "ii"));
  module._pgl_set_popen_fn?.(module.addFunction(() => 0, "iii"));
}

function closeMemoryFiles({ FS }: EmModule, image: Image): void {
  // PGlite keeps in memory what is written there, for a client that nobody uses here.
  FS.unlink("/dev/blob");
  limitMemoryFiles(FS, `${image.prefix}/share/postgresql/postgresql.conf.sample`);
  sealImageFiles(FS, "/", [...WRITABLE_DIRS, image.dataDir]);
}

type BackendParts = Pick<StartedCompute, "native" | "channel" | "journal" | "image"> & { readonly module: EmModule };

interface WatchedBackend {
  readonly backend: Backend;
  /** Postgres has committed a client's transaction. */
  onTransaction(): void;
}

function createBackend({ module, native, channel, journal, image }: BackendParts): WatchedBackend {
  const backend = new Backend({
    module,
    native,
    channel,
    flavor: image.flavor,
    beforeOutput: () => {
      journal.commitIfPromised();
      if (journal.hasPromise) moments.onPromise();
      // Whoever has seen the answer may ask how much there is to replay.
      channel.publishPendingWal(journal.pendingWalBytes);
    },
    onInterrupted: () => {
      if (channel.requested("stop")) throw new StopRequested();
    },
  });
  const moments = new Moments(channel, backend);
  journal.onMoment((point) => moments.onCommit(point));
  const onTransaction = () => {
    backend.onTransaction();
    journal.onTransaction();
    moments.onTransaction();
  };
  return { backend, onTransaction };
}
