import type { ImageBundle } from "../image-bundle";
import type { EmFileSystem, EmNode } from "./emscripten";
import { errnoOf } from "./errno";

const WRITE_BITS = 0o222;

/** Puts the extensions' files into the build's file system, as views of memory that all computes share. */
export function addImageFiles(fs: EmFileSystem, bundle: ImageBundle): void {
  const dirs = new Set(bundle.index.map(({ path }) => path.slice(0, path.lastIndexOf("/"))));
  for (const dir of dirs) fs.mkdirTree(dir);
  for (const { path, offset, length } of bundle.index)
    fs.createDataFile(path, null, new Uint8Array(bundle.files, offset, length), true, false, true);
}

/** Nothing of Postgres writes that much to files in memory; shared memory is mapped, not written. */
const MEMORY_FILES_BYTES_MAX = 16 << 20;

/** Files that SQL may still create in memory, below /dev say, are small altogether: they count against no other limit. */
export function limitMemoryFiles(fs: EmFileSystem, anyFile: string): void {
  const { stream_ops: ops } = fs.lookupPath(anyFile).node;
  const write = ops.write.bind(ops);
  let written = 0;
  ops.write = (...transfer) => {
    written += transfer[3];
    if (written > MEMORY_FILES_BYTES_MAX) throw new fs.ErrnoError(errnoOf("ENOSPC"));
    return write(...transfer);
  };
}

/**
 * Takes the permission to write from everything outside the volume: the image's files are shared with other computes, and
 * what SQL could create there would be memory without a limit. `keep` are the directories that Postgres itself writes to.
 */
export function sealImageFiles(fs: EmFileSystem, dir: string, keep: readonly string[]): void {
  if (keep.includes(dir)) return;
  const { node } = fs.lookupPath(dir);
  node.mode &= ~WRITE_BITS;
  for (const [name, child] of childrenOf(node)) {
    if (fs.isDir(child.mode)) sealImageFiles(fs, dir === "/" ? `/${name}` : `${dir}/${name}`, keep);
    else if (fs.isFile(child.mode)) child.mode &= ~WRITE_BITS;
  }
}

function childrenOf(dir: EmNode): [string, EmNode][] {
  return typeof dir.contents === "object" && dir.contents !== null ? Object.entries(dir.contents) : [];
}
