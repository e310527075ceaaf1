/** The parts of Emscripten's runtime that a compute touches, as both builds have them. */

export interface EmNode {
  id: number;
  name: string;
  mode: number;
  parent: EmNode;
  node_ops: EmNodeOps;
  stream_ops: EmStreamOps;
  /** Of a file in memory: its bytes. */
  contents?: unknown;
  /** Ours, on nodes of the volume. */
  inode?: number;
}

export interface EmStream {
  node: EmNode;
  position: number;
  flags: number;
  shared: { refcount?: number };
  /** Ours: what the stream reads and writes. */
  file?: unknown;
}

export interface EmAttributes {
  mode?: number;
  size?: number;
  timestamp?: number;
  atime?: number | Date;
  mtime?: number | Date;
}

export interface EmStat {
  dev: number;
  ino: number;
  mode: number;
  nlink: number;
  uid: number;
  gid: number;
  rdev: number;
  size: number;
  atime: Date;
  mtime: Date;
  ctime: Date;
  blksize: number;
  blocks: number;
}

export interface EmNodeOps {
  getattr(node: EmNode): EmStat;
  setattr(node: EmNode, attributes: EmAttributes): void;
  lookup(parent: EmNode, name: string): EmNode;
  mknod(parent: EmNode, name: string, mode: number, dev?: number): EmNode;
  rename(node: EmNode, newParent: EmNode, newName: string): void;
  unlink(parent: EmNode, name: string): void;
  rmdir(parent: EmNode, name: string): void;
  readdir(node: EmNode): string[];
  symlink(parent: EmNode, name: string, target: string): never;
  readlink(node: EmNode): never;
}

/** `buffer` is the whole WebAssembly memory or a copy; `offset` counts from its start. */
export type EmTransfer = [stream: EmStream, buffer: ArrayBufferView, offset: number, length: number, position: number];

export interface EmStreamOps {
  open?(stream: EmStream): void;
  close?(stream: EmStream): void;
  dup?(stream: EmStream): void;
  read(...transfer: EmTransfer): number;
  write(...transfer: EmTransfer): number;
  llseek(stream: EmStream, offset: number, whence: number): number;
  mmap(): never;
  msync(): number;
}

export interface EmFileSystem {
  ErrnoError: new (errno: number) => Error;
  createNode(parent: EmNode | null, name: string, mode: number, dev?: number): EmNode;
  lookupNode(parent: EmNode, name: string): EmNode;
  hashRemoveNode(node: EmNode): void;
  mkdirTree(path: string): void;
  mount(type: object, options: object, path: string): EmNode;
  createDataFile(
    ...file: [parent: string, name: null, data: Uint8Array, read: boolean, write: boolean, own: boolean]
  ): void;
  readFile(path: string): Uint8Array;
  lookupPath(path: string): { node: EmNode };
  unlink(path: string): void;
  isDir(mode: number): boolean;
  isFile(mode: number): boolean;
}

/** Exported functions of Postgres and of the build's own glue; which ones there are depends on the build. */
export interface EmModule {
  FS: EmFileSystem;
  HEAPU8: Uint8Array;
  HEAP8?: Int8Array;
  preRun: ((module: EmModule) => void)[];
  addFunction(callback: ((a: number, b: number) => number) | ((a: number) => void), signature: string): number;
  _malloc(bytes: number): number;
  _pgl_set_system_fn?(callback: number): void;
  _pgl_set_popen_fn?(callback: number): void;
  _pgl_set_rw_cbs?(read: number, write: number): void;
  _PostgresMainLoopOnce?(): void;
  _PostgresMainLongJmp?(): void;
  _PostgresSendReadyForQueryIfNecessary?(): void;
  _pgl_pq_flush?(): void;
  _pq_buffer_remaining_data?(): number;
  _set_read_write_cbs?(read: number, write: number): void;
  _interactive_one?(length: number, firstByte: number): void;
}
