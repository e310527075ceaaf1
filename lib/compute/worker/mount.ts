import type { Backing, OpenFile } from "./backing";
import type { DataDir } from "./data-dir";
import type {
  EmAttributes,
  EmFileSystem,
  EmNode,
  EmNodeOps,
  EmStat,
  EmStream,
  EmStreamOps,
  EmTransfer,
} from "./emscripten";
import type { ErrorName } from "./errno";
import { errnoOf, FileError, findErrno } from "./errno";

const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const PERMISSION_BITS = 0o7777;
const BLOCK_BYTES = 8192;
const SEEK_CUR = 1;
const SEEK_END = 2;

/** What the adapter reports while Postgres runs. */
export interface MountEvents {
  /** Bytes of the write-ahead log reached the volume. */
  onWalWrite(): void;
  /** A file of the volume has a new name. */
  onRename(): void;
  /** A block or the disk is damaged or full; Postgres hears only a number, unless this throws and ends the worker. */
  onDiskError(error: Error): void;
}

interface VolumeNode extends EmNode {
  backing?: Backing;
  parent: VolumeNode;
}

/**
 * The data directory as a file system of Emscripten: what PGlite's `basefs` is for, one layer lower. That one names every
 * file by its path on each call, drops errors of unlink and leaves a replaced file in the cache of names; here a node
 * holds its file.
 */
export function createMount(fs: EmFileSystem, dataDir: DataDir, events: MountEvents): object {
  const guard = createGuard(fs, events);
  const streamOps = createStreamOps(guard, events);
  const nodeOps = createNodeOps({ fs, dataDir, guard, events, makeNode });
  function makeNode(parent: VolumeNode | null, name: string, backing: Backing | undefined): VolumeNode {
    const node: VolumeNode = fs.createNode(parent, name, backing ? modeOf(backing) : S_IFDIR | 0o700);
    node.node_ops = nodeOps;
    node.stream_ops = streamOps;
    node.backing = backing;
    return node;
  }
  // The root is mounted before the volume is known.
  return { mount: () => makeNode(null, "/", undefined) };
}

function modeOf(backing: Backing): number {
  const { kind, mode } = backing.stat();
  return (kind === "directory" ? S_IFDIR : S_IFREG) | mode;
}

type Guard = <Result>(work: () => Result) => Result;

/** Turns errors with a POSIX code into Emscripten's, which Postgres sees as `errno`; all others are bugs and end the worker. */
function createGuard(fs: EmFileSystem, events: MountEvents): Guard {
  return (work) => {
    try {
      return work();
    } catch (error) {
      const errno = findErrno(error);
      if (errno === undefined) throw error;
      if (errno === errnoOf("EIO") || errno === errnoOf("ENOSPC")) events.onDiskError(error as Error);
      throw new fs.ErrnoError(errno);
    }
  };
}

function pathOf(node: VolumeNode): string {
  let path = "";
  for (let at = node; at.parent !== at; at = at.parent) path = `/${at.name}${path}`;
  return path || "/";
}

const childPath = (parent: VolumeNode, name: string): string => {
  const path = pathOf(parent);
  return path === "/" ? `/${name}` : `${path}/${name}`;
};

interface NodeOpsContext {
  readonly fs: EmFileSystem;
  readonly dataDir: DataDir;
  readonly guard: Guard;
  readonly events: MountEvents;
  makeNode(parent: VolumeNode | null, name: string, backing: Backing | undefined): VolumeNode;
}

function createNodeOps({ fs, dataDir, guard, events, makeNode }: NodeOpsContext): EmNodeOps {
  const fail = (name: ErrorName): never => {
    throw new fs.ErrnoError(errnoOf(name));
  };
  const backingOf = (node: VolumeNode): Backing => {
    node.backing ??= dataDir.find(pathOf(node));
    return node.backing ?? fail("ENOENT");
  };
  return {
    getattr: (node: VolumeNode) => guard(() => toStat(node, backingOf(node))),
    setattr: (node: VolumeNode, attributes) => guard(() => setAttributes(node, backingOf(node), attributes)),
    lookup: (parent: VolumeNode, name) =>
      guard(() => makeNode(parent, name, dataDir.find(childPath(parent, name)) ?? fail("ENOENT"))),
    mknod: (parent: VolumeNode, name, mode) =>
      guard(() => {
        const make = fs.isDir(mode) ? "mkdir" : fs.isFile(mode) ? "create" : fail("EINVAL");
        return makeNode(parent, name, dataDir[make](childPath(parent, name), mode & PERMISSION_BITS));
      }),
    rename: (node: VolumeNode, newParent: VolumeNode, newName) =>
      guard(() => {
        dataDir.rename(pathOf(node), childPath(newParent, newName));
        forget(fs, newParent, newName);
        node.name = newName;
        events.onRename();
      }),
    unlink: (parent: VolumeNode, name) => guard(() => dataDir.unlink(childPath(parent, name))),
    rmdir: (parent: VolumeNode, name) => guard(() => dataDir.rmdir(childPath(parent, name))),
    readdir: (node: VolumeNode) => guard(() => [".", "..", ...dataDir.names(pathOf(node), backingOf(node))]),
    symlink: () => fail("EPERM"),
    readlink: () => fail("EINVAL"),
  };
}

/** The name now stands for another file: the cached node of the one that was replaced must not be found again. */
function forget(fs: EmFileSystem, parent: VolumeNode, name: string): void {
  fs.hashRemoveNode(fs.lookupNode(parent, name));
}

function toStat(node: VolumeNode, backing: Backing): EmStat {
  const { sizeBytes, mtimeMs } = backing.stat();
  const time = new Date(mtimeMs);
  return {
    dev: 0,
    ino: node.id,
    mode: modeOf(backing),
    nlink: 1,
    uid: 0,
    gid: 0,
    rdev: 0,
    size: sizeBytes,
    atime: time,
    mtime: time,
    ctime: time,
    blksize: BLOCK_BYTES,
    blocks: Math.ceil(sizeBytes / 512),
  };
}

function setAttributes(node: VolumeNode, backing: Backing, attributes: EmAttributes): void {
  if (attributes.mode !== undefined) {
    backing.chmod(attributes.mode & PERMISSION_BITS);
    node.mode = (node.mode & ~PERMISSION_BITS) | (attributes.mode & PERMISSION_BITS);
  }
  if (attributes.size !== undefined) backing.truncate(attributes.size);
  const mtime = attributes.mtime ?? attributes.timestamp;
  if (mtime !== undefined && attributes.size === undefined) backing.utimes(Number(mtime));
}

interface VolumeStream extends EmStream {
  node: VolumeNode;
  file?: OpenFile;
}

function createStreamOps(guard: Guard, events: MountEvents): EmStreamOps {
  const fileOf = (stream: EmStream): OpenFile => stream.file as OpenFile;
  return {
    open: (stream: VolumeStream) =>
      guard(() => {
        if ((stream.node.mode & S_IFREG) === 0 || !stream.node.backing) return;
        stream.shared.refcount = 1;
        stream.file = stream.node.backing.open();
      }),
    close: (stream: VolumeStream) =>
      guard(() => {
        if (!stream.file) return;
        stream.shared.refcount = (stream.shared.refcount ?? 1) - 1;
        if (stream.shared.refcount === 0) stream.file.close();
      }),
    dup: (stream) => {
      stream.shared.refcount = (stream.shared.refcount ?? 0) + 1;
    },
    read: (...[stream, buffer, offset, length, position]: EmTransfer) =>
      guard(() => fileOf(stream).read(viewOf(buffer, offset, length), position)),
    write: (...[stream, buffer, offset, length, position]: EmTransfer) =>
      guard(() => {
        const count = fileOf(stream).write(viewOf(buffer, offset, length), position);
        if ((stream.node as VolumeNode).backing?.isWal) events.onWalWrite();
        return count;
      }),
    llseek: (stream: VolumeStream, offset, whence) => {
      const base =
        whence === SEEK_CUR ? stream.position : whence === SEEK_END ? guard(() => fileOf(stream).sizeBytes()) : 0;
      if (base + offset < 0)
        guard(() => {
          throw new FileError("EINVAL", "a position before the start of the file");
        });
      return base + offset;
    },
    mmap: () =>
      guard(() => {
        throw new FileError("ENODEV", "files of the volume cannot be mapped");
      }),
    msync: () => 0,
  };
}

/** Emscripten counts `offset` in the view that it passes, which mostly is the whole WebAssembly memory. */
function viewOf(buffer: ArrayBufferView, offset: number, length: number): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset + offset, length);
}
