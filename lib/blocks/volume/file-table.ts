import { assert } from "@/lib/std/assert";
import type { InodeChange } from "../log/frame";
import { VolumeError } from "../volume-error";
import { INODE_KIND, INODES_PER_BLOCK, Inode, NAME_BYTES } from "./inode";

/** The root directory's number; 0 is the table itself. */
export const ROOT_INODE = 1;
const ROOT_MODE = 0o700;

/**
 * The names and facts of all files, in memory: bounded by their number, not by their size. Freeing a file's content is the
 * volume's; it is told by `onFree`.
 */
export class FileTable {
  readonly #inodes = new Map<number, Inode>();
  readonly #free: number[] = [];
  readonly #onFree: (inode: Inode) => void;
  /** One more than the highest number in use. */
  limit = ROOT_INODE + 1;
  /** Numbers whose facts changed since the last commit, freed ones included. */
  readonly changed = new Set<number>();
  /** Blocks of the inode table on disk that are behind. */
  readonly staleChunks = new Set<number>();

  constructor(onFree: (inode: Inode) => void) {
    this.#onFree = onFree;
    this.#inodes.set(ROOT_INODE, new Inode(ROOT_INODE, "directory", ROOT_MODE));
  }

  find(number: number): Inode | undefined {
    return this.#inodes.get(number);
  }

  get(number: number): Inode {
    const inode = this.#inodes.get(number);
    if (!inode) throw new VolumeError("ENOENT", `There is no file with number ${number}.`);
    return inode;
  }

  getFile(number: number): Inode {
    const inode = this.get(number);
    if (inode.kind === "directory") throw new VolumeError("EISDIR", `${this.pathOf(inode)} is a directory.`);
    return inode;
  }

  lookup(path: string): Inode | undefined {
    let inode = this.get(ROOT_INODE);
    for (const name of splitPath(path)) {
      const child = inode.children?.get(name);
      if (child === undefined) return undefined;
      inode = this.get(child);
    }
    return inode;
  }

  add(path: string, kind: "file" | "directory", mode: number): Inode {
    const { parent, name } = this.#place(path);
    if (parent.children?.has(name)) throw new VolumeError("EEXIST", `${path} is there already.`);
    const inode = new Inode(this.#free.pop() ?? this.limit++, kind, mode & 0o7777);
    this.#inodes.set(inode.number, inode);
    this.#link(inode, parent, name);
    return inode;
  }

  unlink(path: string): void {
    const inode = this.#getByPath(path);
    if (inode.kind === "directory") throw new VolumeError("EISDIR", `${path} is a directory.`);
    this.#unlink(inode);
  }

  rmdir(path: string): void {
    const inode = this.#getByPath(path);
    if (!inode.children) throw new VolumeError("ENOTDIR", `${path} is no directory.`);
    if (inode.number === ROOT_INODE) throw new VolumeError("EINVAL", "The root directory cannot be removed.");
    if (inode.children.size > 0) throw new VolumeError("ENOTEMPTY", `${path} is not empty.`);
    this.#unlink(inode);
  }

  rename(from: string, to: string): void {
    const inode = this.#getByPath(from);
    const { parent, name } = this.#place(to);
    this.#refuseOwnBelow(inode, parent, to);
    const there = parent.children?.get(name);
    if (there === inode.number) return;
    if (there !== undefined) this.#replace(inode, this.get(there), to);
    this.get(inode.parent).children?.delete(inode.name);
    this.#link(inode, parent, name);
  }

  release(inode: Inode): void {
    assert(inode.retained > 0, "a file is released as often as it was retained");
    inode.retained--;
    if (isNameless(inode) && inode.retained === 0) this.#freeInode(inode);
  }

  touch(inode: Inode): void {
    this.changed.add(inode.number);
    this.staleChunks.add(Math.floor(inode.number / INODES_PER_BLOCK));
  }

  /** The table's record of a number, as it is read from the disk. */
  load(inode: Inode): void {
    this.#inodes.set(inode.number, inode);
    this.limit = Math.max(this.limit, inode.number + 1);
  }

  /** One entry of a replayed frame. */
  apply(change: InodeChange): void {
    this.staleChunks.add(Math.floor(change.inode / INODES_PER_BLOCK));
    this.limit = Math.max(this.limit, change.inode + 1);
    if (change.kind === INODE_KIND.free) {
      this.#inodes.delete(change.inode);
      return;
    }
    const kind = change.kind === INODE_KIND.directory ? "directory" : "file";
    const found = this.#inodes.get(change.inode);
    const inode = found?.kind === kind ? found : new Inode(change.inode, kind, change.mode);
    this.#inodes.set(change.inode, inode);
    inode.mode = change.mode;
    inode.parent = change.parent;
    inode.name = change.name;
    inode.sizeBytes = change.sizeBytes;
    inode.mtimeMs = change.mtimeMicros / 1000;
  }

  /** After loading and replay: fills directories, lists free numbers, answers files that lost their name while open. */
  index(): Inode[] {
    for (let number = this.limit - 1; number > ROOT_INODE; number--)
      if (!this.#inodes.has(number)) this.#free.push(number);
    const nameless: Inode[] = [];
    for (const inode of this.#inodes.values()) {
      if (isNameless(inode)) nameless.push(inode);
      else if (inode.number !== ROOT_INODE) this.get(inode.parent).children?.set(inode.name, inode.number);
    }
    return nameless;
  }

  /** Removes a nameless file for good. */
  freeNameless(inode: Inode): void {
    if (inode.retained === 0) this.#freeInode(inode);
  }

  pathOf(inode: Inode): string {
    if (inode.number === ROOT_INODE) return "/";
    const parent = this.#inodes.get(inode.parent);
    if (!parent) return `(removed file ${inode.number})`;
    return `${parent.number === ROOT_INODE ? "" : this.pathOf(parent)}/${inode.name}`;
  }

  #getByPath(path: string): Inode {
    const inode = this.lookup(path);
    if (!inode) throw new VolumeError("ENOENT", `There is no ${path}.`);
    return inode;
  }

  #place(path: string): { parent: Inode; name: string } {
    const names = splitPath(path);
    const name = names.pop();
    if (name === undefined) throw new VolumeError("EEXIST", "The root directory is there already.");
    if (Buffer.byteLength(name) > NAME_BYTES)
      throw new VolumeError("ENAMETOOLONG", `The name ${name} is longer than ${NAME_BYTES} bytes.`);
    const parent = this.lookup(`/${names.join("/")}`);
    if (!parent) throw new VolumeError("ENOENT", `There is no directory for ${path}.`);
    if (!parent.children) throw new VolumeError("ENOTDIR", `The parent of ${path} is no directory.`);
    return { parent, name };
  }

  #link(inode: Inode, parent: Inode, name: string): void {
    inode.parent = parent.number;
    inode.name = name;
    parent.children?.set(name, inode.number);
    this.touch(inode);
  }

  #unlink(inode: Inode): void {
    this.get(inode.parent).children?.delete(inode.name);
    inode.parent = 0;
    inode.name = "";
    this.touch(inode);
    if (inode.retained === 0) this.#freeInode(inode);
  }

  #freeInode(inode: Inode): void {
    this.#inodes.delete(inode.number);
    this.#free.push(inode.number);
    this.touch(inode);
    this.#onFree(inode);
  }

  #replace(inode: Inode, there: Inode, to: string): void {
    if (inode.children && !there.children) throw new VolumeError("ENOTDIR", `${to} is no directory.`);
    if (!inode.children && there.children) throw new VolumeError("EISDIR", `${to} is a directory.`);
    if (there.children?.size) throw new VolumeError("ENOTEMPTY", `${to} is not empty.`);
    this.#unlink(there);
  }

  #refuseOwnBelow(inode: Inode, parent: Inode, to: string): void {
    for (let above: Inode | undefined = parent; above; above = this.#inodes.get(above.parent))
      if (above === inode) throw new VolumeError("EINVAL", `A directory cannot be moved below itself, to ${to}.`);
  }
}

const isNameless = (inode: Inode): boolean => inode.parent === 0 && inode.number !== ROOT_INODE;

function splitPath(path: string): string[] {
  if (!path.startsWith("/")) throw new VolumeError("EINVAL", `${path} is no absolute path.`);
  return path.split("/").filter((name) => name !== "");
}
