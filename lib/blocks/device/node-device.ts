import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeSync,
  writevSync,
} from "node:fs";
import type { Device, OpenMode } from "./device";

const FLAGS: Record<OpenMode, number> = {
  read: constants.O_RDONLY,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
  write: constants.O_RDWR | constants.O_CREAT,
};
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;
// Linux takes at most 1024 buffers in one writev (IOV_MAX).
const WRITEV_BUFFERS = 1024;

/** The real disk. */
export const nodeDevice: Device = {
  open: (path, mode) => openSync(path, FLAGS[mode], FILE_MODE),
  close: closeSync,
  pread: readFully,
  pwritev(file, sources, position) {
    if (sources.length === 1) return writeRest(file, sources[0] as Uint8Array, position);
    let at = position;
    for (let first = 0; first < sources.length; first += WRITEV_BUFFERS)
      at += writeFully(file, sources.slice(first, first + WRITEV_BUFFERS), at);
  },
  size: (file) => fstatSync(file).size,
  truncate: ftruncateSync,
  fdatasync: fdatasyncSync,
  syncDirectory,
  mkdir: makeDirectory,
  rmdir: rmdirSync,
  unlink: unlinkSync,
  rename: renameSync,
  readdir: listDirectory,
  allocatedBytes: (path) => statSync(path).blocks * 512,
};

function readFully(file: number, target: Uint8Array, position: number): number {
  let done = 0;
  while (done < target.length) {
    const read = readSync(file, target, done, target.length - done, position + done);
    if (read === 0) break;
    done += read;
  }
  return done;
}

function writeFully(file: number, sources: readonly Uint8Array[], position: number): number {
  const total = sources.reduce((sum, source) => sum + source.length, 0);
  const written = writevSync(file, sources as Uint8Array[], position);
  // A short write is how a nearly full disk begins; the rest then fails with the real error.
  if (written < total) writeRest(file, Buffer.concat(sources).subarray(written), position + written);
  return total;
}

function writeRest(file: number, rest: Uint8Array, position: number): void {
  for (let done = 0; done < rest.length; ) done += writeSync(file, rest, done, rest.length - done, position + done);
}

function syncDirectory(path: string): void {
  const directory = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, DIRECTORY_MODE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function listDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
