import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Image } from "./images";
import { getImage } from "./images";
import { readTar } from "./tar";
import { withSharedMemory, withText } from "./wasm-patch";

export interface BundledFile {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** A library that is compiled already; its bytes are those of the file at `path`. */
export interface SharedLibrary {
  readonly path: string;
  readonly module: WebAssembly.Module;
}

/**
 * All that a worker needs of an image, loaded once per process and passed to every worker without a copy: compiled code
 * and shared bytes.
 */
export interface ImageBundle {
  readonly imageId: string;
  /** The package's entry, for `import()`. */
  readonly packageUrl: string;
  readonly wasm: WebAssembly.Module;
  /** The package's own files (pglite.data). */
  readonly data: SharedArrayBuffer;
  /** The files of all extensions, one after the other; `index` says where. */
  readonly files: SharedArrayBuffer;
  readonly index: readonly BundledFile[];
  readonly libraries: readonly SharedLibrary[];
}

const gunzipAsync = promisify(gunzip);

export async function loadImageBundle(imageId: string): Promise<ImageBundle> {
  const image = getImage(imageId);
  const entry = createRequire(import.meta.url).resolve(image.package);
  const dir = dirname(entry);
  const [wasm, data, files] = await Promise.all([
    compileMain(image, dir),
    readFile(join(dir, "pglite.data")),
    readArchives(image, dir),
  ]);
  const extensions = packFiles(files);
  return {
    imageId,
    packageUrl: pathToFileURL(join(dir, "index.js")).href,
    wasm,
    data: toShared(data),
    ...extensions,
    libraries: await compileLibraries(image, extensions),
  };
}

async function compileMain(image: Image, dir: string): Promise<WebAssembly.Module> {
  const source: Uint8Array = await readFile(join(dir, "pglite.wasm"));
  const patched = image.textPatches.reduce((bytes, [from, to]) => withText(bytes, from, to), source);
  return WebAssembly.compile(Uint8Array.from(withSharedMemory(patched)));
}

interface NamedBytes {
  readonly path: string;
  readonly bytes: Uint8Array;
}

async function readArchives(image: Image, dir: string): Promise<NamedBytes[]> {
  const archives = await Promise.all(
    image.archives.map(async (name) => gunzipAsync(await readFile(join(dir, `${name}.tar.gz`)))),
  );
  return archives
    .flatMap((archive) => [...readTar(archive)])
    .filter((file) => !image.skipFiles?.test(file.path))
    .map((file) => ({ path: `${image.prefix}/${file.path}`, bytes: file.bytes }));
}

function packFiles(files: readonly NamedBytes[]): Pick<ImageBundle, "files" | "index"> {
  const shared = new SharedArrayBuffer(files.reduce((sum, file) => sum + file.bytes.length, 0));
  const target = new Uint8Array(shared);
  let offset = 0;
  const index = files.map(({ path, bytes }) => {
    target.set(bytes, offset);
    offset += bytes.length;
    return { path, offset: offset - bytes.length, length: bytes.length };
  });
  return { files: shared, index };
}

async function compileLibraries(
  image: Image,
  { files, index }: Pick<ImageBundle, "files" | "index">,
): Promise<SharedLibrary[]> {
  const wanted = new Set(image.sharedLibraries.map((name) => `${image.prefix}/lib/postgresql/${name}.so`));
  return Promise.all(
    index
      .filter((file) => wanted.has(file.path))
      .map(async ({ path, offset, length }) => {
        const patched = withSharedMemory(new Uint8Array(files, offset, length));
        return { path, module: await WebAssembly.compile(Uint8Array.from(patched)) };
      }),
  );
}

function toShared(bytes: Uint8Array): SharedArrayBuffer {
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}
