import type { Random } from "@/lib/std/random";
import type { Device, OpenMode } from "../device/device";
import { GrowingBytes, UNIT_BYTES } from "./growing-bytes";

/** What a disk writes at once; a torn write keeps some of its sectors. */
const SECTOR_BYTES = 512;

interface Write {
  readonly position: number;
  readonly bytes: Buffer;
}

type Change = Write | { readonly truncatedTo: number };

/** A file: what programs see, what is surely on the platter, and the changes in between. */
interface FileNode {
  readonly current: GrowingBytes;
  readonly durable: GrowingBytes;
  unsynced: Change[];
}

type Entry = FileNode | "directory";

interface NameChange {
  readonly path: string;
  readonly entry: Entry | undefined;
}

export type DeviceOperation =
  | "open"
  | "write"
  | "truncate"
  | "sync"
  | "syncDirectory"
  | "mkdir"
  | "rmdir"
  | "unlink"
  | "rename";

/** Thrown by everything from the moment at which the power is cut until `restart` (or, for a killed process, `resume`). */
export class PowerCut extends Error {
  override name = "PowerCut";
}

/**
 * A disk in memory with the failures of real ones. What was not synced when the power is cut survives in any part and any
 * order: each write and each name on its own, writes torn by sector. Operations that change something are counted, so that
 * a test can fail or cut at each of them.
 */
export class SimulatedDevice implements Device {
  readonly counts: Record<DeviceOperation | "read", number> = {
    open: 0,
    write: 0,
    truncate: 0,
    sync: 0,
    syncDirectory: 0,
    mkdir: 0,
    rmdir: 0,
    unlink: 0,
    rename: 0,
    read: 0,
  };
  /** All counted operations that change something. */
  operations = 0;
  /** The operation (by `operations`) in which the power is cut; it may be half done. */
  cutAt = Number.POSITIVE_INFINITY;
  /** Which operations fail, with which code. Part of a failing write is there. */
  failure: ((operation: DeviceOperation, number: number) => string | undefined) | undefined;
  /** Which reads (by `counts.read`) fail, with which code. */
  readFailure: ((number: number) => string | undefined) | undefined;
  isOff = false;
  /** What fits on it; names take nothing. */
  capacityBytes = Number.POSITIVE_INFINITY;
  readonly #random: Random;
  readonly #rootPath: string;
  readonly #open = new Map<number, FileNode>();
  #names = new Map<string, Entry>();
  #durableNames = new Map<string, Entry>();
  #nameChanges: NameChange[] = [];
  #nextFile = 1;

  constructor(random: Random, rootPath: string) {
    this.#random = random;
    this.#rootPath = rootPath;
    this.#names.set(rootPath, "directory");
    this.#durableNames.set(rootPath, "directory");
  }

  get openFiles(): number {
    return this.#open.size;
  }

  open(path: string, mode: OpenMode): number {
    this.#refuseOff();
    const found = this.#names.get(path);
    if (found === "directory") throw failed("EISDIR", path);
    if (found && mode === "create") throw failed("EEXIST", path);
    if (!found && mode === "read") throw failed("ENOENT", path);
    const node = found ?? this.#makeFile(path);
    const file = this.#nextFile++;
    this.#open.set(file, node);
    return file;
  }

  close(file: number): void {
    // A machine without power has no open files to complain about.
    if (!this.#open.delete(file) && !this.isOff) throw failed("EBADF", String(file));
  }

  pread(file: number, target: Uint8Array, position: number): number {
    this.#refuseOff();
    this.counts.read++;
    const code = this.readFailure?.(this.counts.read);
    if (code !== undefined) throw failed(code, "read");
    const source = this.#node(file).current.view(position, position + target.length);
    target.set(source);
    return source.length;
  }

  pwritev(file: number, sources: readonly Uint8Array[], position: number): void {
    const node = this.#node(file);
    const bytes = Buffer.concat(sources);
    this.#change("write", (isWhole) => {
      const tried = isWhole ? bytes : bytes.subarray(0, this.#random.int(bytes.length + 1));
      const kept = this.#isFinite ? tried.subarray(0, this.#fitting(node, position, tried.length)) : tried;
      apply(node.current, { position, bytes: kept });
      node.unsynced.push({ position, bytes: kept });
      if (kept.length < tried.length) throw failed("ENOSPC", "write");
    });
  }

  size(file: number): number {
    this.#refuseOff();
    return this.#node(file).current.length;
  }

  truncate(file: number, bytes: number): void {
    const node = this.#node(file);
    this.#change("truncate", (isWhole) => {
      if (!isWhole) return;
      apply(node.current, { truncatedTo: bytes });
      node.unsynced.push({ truncatedTo: bytes });
    });
  }

  fdatasync(file: number): void {
    const node = this.#node(file);
    this.#change("sync", (isWhole) => {
      if (!isWhole) return;
      for (const change of node.unsynced) apply(node.durable, change);
      node.unsynced = [];
    });
  }

  syncDirectory(path: string): void {
    this.#change("syncDirectory", (isWhole) => {
      if (!isWhole) return;
      const isSynced = (change: NameChange) => parentOf(change.path) === path;
      const isLost = ({ path: name }: NameChange, at: number) =>
        this.#nameChanges.some((later, index) => index > at && isSynced(later) && isUnder(name, later.path));
      for (const change of this.#nameChanges) if (isSynced(change)) applyName(this.#durableNames, change);
      this.#nameChanges = this.#nameChanges.filter((change, at) => !isSynced(change) && !isLost(change, at));
    });
  }

  mkdir(path: string): void {
    if (this.#names.get(path) === "directory") return;
    if (this.#names.get(parentOf(path)) !== "directory") throw failed("ENOENT", path);
    this.#change("mkdir", (isWhole) => isWhole && this.#setName({ path, entry: "directory" }));
  }

  rmdir(path: string): void {
    if (this.readdir(path).length > 0) throw failed("ENOTEMPTY", path);
    this.#change("rmdir", (isWhole) => isWhole && this.#setName({ path, entry: undefined }));
  }

  unlink(path: string): void {
    if (!this.#names.has(path)) throw failed("ENOENT", path);
    this.#change("unlink", (isWhole) => isWhole && this.#setName({ path, entry: undefined }));
  }

  rename(from: string, to: string): void {
    const entry = this.#names.get(from);
    if (!entry || this.#names.get(parentOf(to)) !== "directory") throw failed("ENOENT", from);
    this.#change("rename", (isWhole) => {
      if (!isWhole || from === to) return;
      // Two changes of names: after a power cut the file may have either name, both or none, as the old one at `to` may stand.
      this.#setName({ path: to, entry });
      this.#setName({ path: from, entry: undefined });
    });
  }

  readdir(path: string): string[] {
    this.#refuseOff();
    const children = [...this.#names.keys()].filter((name) => parentOf(name) === path);
    return children.map((name) => name.slice(path.length + 1));
  }

  allocatedBytes(path: string): number {
    this.#refuseOff();
    return this.#file(path).current.allocatedBytes;
  }

  /** The power comes back: what is on the platter is what programs see. */
  restart(): void {
    for (const [path, changes] of groupByPath(this.#nameChanges)) {
      const kept = this.#random.int(changes.length + 1);
      for (const change of changes.slice(0, kept)) applyName(this.#durableNames, { ...change, path });
    }
    for (const entry of new Set(this.#durableNames.values())) if (entry !== "directory") this.#settle(entry);
    this.#dropOrphans();
    this.#names = new Map(this.#durableNames);
    this.#nameChanges = [];
    this.#open.clear();
    this.isOff = false;
    this.cutAt = Number.POSITIVE_INFINITY;
  }

  /** The process was killed and the machine goes on: what was written is there, synced or not. */
  resume(): void {
    this.#open.clear();
    this.isOff = false;
    this.cutAt = Number.POSITIVE_INFINITY;
  }

  /** Nothing fails any more. */
  mend(): void {
    this.failure = undefined;
    this.readFailure = undefined;
  }

  /** Another disk with the same content, of which everything is on the platter. */
  copy(): SimulatedDevice {
    const copy = new SimulatedDevice(this.#random, this.#rootPath);
    for (const [path, entry] of this.#names) copy.#names.set(path, entry === "directory" ? entry : copyFile(entry));
    copy.#durableNames = new Map(copy.#names);
    return copy;
  }

  /** Paths of all files. */
  files(): string[] {
    return [...this.#names].filter(([, entry]) => entry !== "directory").map(([path]) => path);
  }

  /** What all files take, those too that are only open. */
  get usedBytes(): number {
    const entries = new Set<Entry>([...this.#names.values(), ...this.#open.values()]);
    return [...entries].reduce((sum, entry) => sum + (entry === "directory" ? 0 : entry.current.allocatedBytes), 0);
  }

  /** A copy of a file as programs see it. */
  content(path: string): Buffer {
    return Buffer.from(this.#file(path).current.view());
  }

  /** Units of a file that take room. */
  allocatedUnits(path: string): ReadonlySet<number> {
    return this.#file(path).current.units;
  }

  /** The disk changes a bit behind everybody's back. */
  flipBit(path: string, bit: number): void {
    const node = this.#file(path);
    for (const bytes of [node.current.view(), node.durable.view()])
      if (bit < bytes.length * 8) bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
  }

  get #isFinite(): boolean {
    return Number.isFinite(this.capacityBytes);
  }

  /** How many of the bytes find room. */
  #fitting({ current }: FileNode, position: number, bytes: number): number {
    let free = Math.floor((this.capacityBytes - this.usedBytes) / UNIT_BYTES);
    for (let unit = Math.floor(position / UNIT_BYTES); unit * UNIT_BYTES < position + bytes; unit++)
      if (!current.units.has(unit) && free-- <= 0) return Math.max(0, unit * UNIT_BYTES - position);
    return bytes;
  }

  #makeFile(path: string): FileNode {
    if (this.#names.get(parentOf(path)) !== "directory") throw failed("ENOENT", path);
    const node: FileNode = { current: new GrowingBytes(), durable: new GrowingBytes(), unsynced: [] };
    this.#change("open", (isWhole) => isWhole && this.#setName({ path, entry: node }));
    return node;
  }

  #setName(change: NameChange): void {
    applyName(this.#names, change);
    this.#nameChanges.push(change);
  }

  /** Counts an operation and performs it, wholly or in the part that a failure leaves. */
  #change(operation: DeviceOperation, perform: (isWhole: boolean) => void): void {
    this.#refuseOff();
    this.operations++;
    this.counts[operation]++;
    if (this.operations >= this.cutAt) {
      perform(this.#random.int(2) === 0);
      this.isOff = true;
      throw new PowerCut("the power is off");
    }
    const code = this.failure?.(operation, this.operations);
    perform(code === undefined);
    if (code !== undefined) throw failed(code, operation);
  }

  #settle(node: FileNode): void {
    for (const change of node.unsynced) if (this.#random.int(3) > 0) this.#settleChange(node, change);
    node.current.assign(node.durable);
    node.unsynced = [];
  }

  #settleChange({ durable }: FileNode, change: Change): void {
    if ("truncatedTo" in change || this.#random.int(2) === 0) apply(durable, change);
    else
      for (let at = 0; at < change.bytes.length; at += SECTOR_BYTES) {
        const bytes = change.bytes.subarray(at, at + SECTOR_BYTES);
        if (this.#random.int(4) > 0) apply(durable, { position: change.position + at, bytes });
      }
  }

  /** A name below a directory that is not there is not there either. */
  #dropOrphans(): void {
    // Sorted, so that a directory comes before what is in it.
    for (const path of [...this.#durableNames.keys()].sort())
      if (path !== this.#rootPath && !this.#durableNames.has(parentOf(path))) this.#durableNames.delete(path);
  }

  #file(path: string): FileNode {
    const entry = this.#names.get(path);
    if (!entry || entry === "directory") throw failed("ENOENT", path);
    return entry;
  }

  #node(file: number): FileNode {
    this.#refuseOff();
    const node = this.#open.get(file);
    if (!node) throw failed("EBADF", String(file));
    return node;
  }

  #refuseOff(): void {
    if (this.isOff) throw new PowerCut("the power is off");
  }
}

function copyFile({ current }: FileNode): FileNode {
  return { current: GrowingBytes.copy(current), durable: GrowingBytes.copy(current), unsynced: [] };
}

function apply(content: GrowingBytes, change: Change): void {
  if ("truncatedTo" in change) content.resize(change.truncatedTo);
  else content.write(change.bytes, change.position);
}

function applyName(names: Map<string, Entry>, { path, entry }: NameChange): void {
  if (entry) names.set(path, entry);
  else names.delete(path);
  // Nothing leads any more to what was in a directory.
  if (!entry) for (const name of names.keys()) if (isUnder(name, path)) names.delete(name);
}

function groupByPath(changes: readonly NameChange[]): Map<string, NameChange[]> {
  const groups = new Map<string, NameChange[]>();
  for (const change of changes) groups.set(change.path, [...(groups.get(change.path) ?? []), change]);
  return groups;
}

const isUnder = (name: string, directory: string): boolean => name.startsWith(`${directory}/`);

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/"));

function failed(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
