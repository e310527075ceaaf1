import type { ImageBundle } from "../image-bundle";
import type { Image } from "../images";
import type { EmModule } from "./emscripten";

/** What PGlite is told about the file system that it should use, and what it lets us change before its glue runs. */
interface FileSystemHooks {
  /** Adds to the options of the glue; runs before WebAssembly is instantiated. */
  preRun(module: EmModule): void;
  /** WebAssembly runs, Postgres does not yet. */
  beforePostgres(module: EmModule): Promise<void>;
}

export interface BootOptions extends FileSystemHooks {
  readonly image: Image;
  readonly bundle: ImageBundle;
  readonly initdb: WebAssembly.Module | undefined;
  readonly database: string;
  print(line: string): void;
}

interface GlueOptions {
  preRun: ((module: EmModule) => void)[];
  [option: string]: unknown;
}

interface Pglite {
  readonly Module: EmModule;
}

interface PgliteClass {
  create(options: object): Promise<Pglite>;
}

/** Starts Postgres up to the point where it waits for a client's first message. */
export async function bootPostgres(options: BootOptions): Promise<EmModule> {
  const { image, bundle, database } = options;
  const { PGlite } = (await import(bundle.packageUrl)) as { PGlite: PgliteClass };
  const db = await withoutClient(PGlite).create({
    fs: createFileSystem(options),
    fsBundle: { arrayBuffer: async () => asArrayBuffer(bundle.data) },
    wasmModule: bundle.wasm,
    pgliteWasmModule: bundle.wasm,
    initdbWasmModule: options.initdb,
    startParams: image.startParams,
    initDbStartParams: image.initdbParams,
    database,
  });
  return db.Module;
}

/** PGlite's own client reads types and sets a search path at start: work for a client that nobody uses here. */
function withoutClient(base: PgliteClass): PgliteClass {
  const Client = base as unknown as new () => object;
  class Server extends Client {
    async exec() {}
    async _initArrayTypes() {}
  }
  return { create: async (options) => startServer(Server, options) };
}

async function startServer(Server: new (options: object) => object, options: object): Promise<Pglite> {
  const db = new Server(options) as Pglite & { waitReady: Promise<void> };
  await db.waitReady;
  return db;
}

function createFileSystem({ preRun, beforePostgres, print }: BootOptions): object {
  let module: EmModule | undefined;
  return {
    async init(_pg: object, glue: GlueOptions) {
      const attach = (running: EmModule) => {
        module = running;
        preRun(running);
      };
      return {
        emscriptenOpts: {
          ...glue,
          preRun: [...glue.preRun, attach],
          // One build would compile all its thirty libraries at each start; they are compiled when they are loaded.
          noWasmDecoding: true,
          locateFile: (path: string) => path,
          print,
          printErr: print,
        },
      };
    },
    async initialSyncFs() {
      if (module) await beforePostgres(module);
    },
    async syncToFs() {},
    async closeFs() {},
  };
}

/** The glue insists on the name of the constructor; it only reads, and views of shared memory read as well. */
function asArrayBuffer(shared: SharedArrayBuffer): SharedArrayBuffer {
  return Object.defineProperty(shared, "constructor", { value: ArrayBuffer });
}
