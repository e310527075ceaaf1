import { assert } from "@/lib/std/assert";
import { type Address, BLOCK_BYTES, isHole } from "../log/format";
import type { InodeChange } from "../log/frame";
import type { LogReader } from "../log/log-reader";
import type { ResolvedRoot } from "../log/resolved-root";
import { ROOT_INODE } from "../volume/file-table";
import { decodeInode, INODE_BYTES, INODE_KIND, INODES_PER_BLOCK } from "../volume/inode";
import { VolumeError } from "../volume-error";
import { type FileDelta, type PendingRange, RootDelta } from "./root-delta";
import { describePlace, EMPTY_TREE, eachTreeBlock, findBlock, NodeReader, type Tree } from "./tree-reader";

/** A file or directory as a root has it. */
export interface RootFile {
  readonly inode: number;
  readonly kind: "file" | "directory";
  readonly mode: number;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  /** 0 for the root directory, and for a file that had lost its name while it was open. */
  readonly parent: number;
  readonly name: string;
  /** Its tree at the checkpoint; what happened since is in `delta`. */
  readonly tree: Tree;
  /** Blocks of the tree, as the inode table says. */
  readonly mapped: number;
  readonly delta: FileDelta | undefined;
}

/** A block that is not a hole: its address (a hole when it exists as byte ranges only), and whether ranges lie over it. */
export interface MappedBlock {
  readonly block: number;
  readonly address: Address;
  readonly isPending: boolean;
}

export interface RootViewOptions {
  /** Map nodes kept in memory, 8 KiB each. */
  readonly nodes?: number;
}

const DEFAULT_NODES = 64;
/** Deeper than any path can be: directories that lie in one another are damage. */
const MOST_NAMES = 4096;

/**
 * A volume at one commit, to be read only, whatever else happens to it: the caller makes sure that the commit is kept.
 * Opening reads the frames since the checkpoint and nothing else; the inode table and map nodes are read when asked for.
 * Holds open no files of its own.
 */
export class RootView {
  readonly root: ResolvedRoot;
  readonly nodes: NodeReader;
  readonly delta = new RootDelta();
  readonly table: Tree;
  readonly #reader: LogReader;

  /** Throws a `VolumeError` when a frame is damaged; the other methods do when they meet damage. */
  constructor(reader: LogReader, root: ResolvedRoot, options: RootViewOptions = {}) {
    this.#reader = reader;
    this.root = root;
    this.nodes = new NodeReader(reader, options.nodes ?? DEFAULT_NODES);
    this.table = { height: root.tableHeight, root: root.tableRoot };
    for (const place of root.frames) this.delta.apply(reader.getFrame(place));
  }

  /** Undefined when the number is free. */
  find(inode: number): RootFile | undefined {
    const delta = this.delta.files.get(inode);
    const change = this.delta.inodes.get(inode);
    if (!change && this.delta.inodes.has(inode)) return undefined;
    const recorded = this.#findRecorded(inode);
    if (change) return fromChange(change, recorded, delta);
    return recorded && { ...recorded, delta };
  }

  /** Every file and directory, by their numbers. */
  *files(): Generator<RootFile> {
    for (let inode = ROOT_INODE; inode < this.root.inodeLimit; inode++) {
      const file = this.find(inode);
      if (file) yield file;
    }
  }

  /** Undefined for a file without a name. */
  pathOf(file: RootFile): string | undefined {
    if (file.inode === ROOT_INODE) return "/";
    const names: string[] = [];
    for (let at = file; at.inode !== ROOT_INODE; ) {
      if (at.parent === 0) return undefined;
      names.unshift(at.name);
      const parent = this.find(at.parent);
      assert(parent?.kind === "directory" && names.length < MOST_NAMES, "every name lies in a directory");
      at = parent;
    }
    return `/${names.join("/")}`;
  }

  addressOf(file: RootFile, block: number): Address {
    const changed = file.delta?.blocks.get(block);
    if (changed) return changed;
    return findBlock(this.nodes, block < (file.delta?.treeLimit ?? block + 1) ? file.tree : EMPTY_TREE, block);
  }

  rangesOf(file: RootFile, block: number): readonly PendingRange[] {
    return file.delta?.ranges.get(block) ?? [];
  }

  /** The blocks from `from` on that are not holes, in their order. */
  *blocks(file: RootFile, from = 0): Generator<MappedBlock> {
    const changed = changedBlocksOf(file).filter((block) => block >= from);
    let next = 0;
    const span = { from, to: file.delta?.treeLimit ?? Number.POSITIVE_INFINITY };
    for (const { block, address } of eachTreeBlock(this.nodes, file.tree, span)) {
      for (; next < changed.length && (changed[next] as number) < block; next++)
        yield* this.#mapped(file, changed[next] as number);
      if (changed[next] !== block) yield { block, address, isPending: false };
    }
    for (; next < changed.length; next++) yield* this.#mapped(file, changed[next] as number);
  }

  /** A block's whole content, zeros for a hole. `target` has the length of a block. */
  readBlock(file: RootFile, block: number, target: Uint8Array): void {
    assert(target.length === BLOCK_BYTES, "a whole block is read");
    const address = this.addressOf(file, block);
    if (isHole(address)) target.fill(0);
    else if (!this.#reader.readBlock(address, target))
      throw new VolumeError("EIO", `Block ${block} of ${this.pathOf(file)} is damaged (${describePlace(address)}).`);
    for (const { from, bytes } of this.rangesOf(file, block)) target.set(bytes, from);
  }

  *#mapped(file: RootFile, block: number): Generator<MappedBlock> {
    const address = this.addressOf(file, block);
    const isPending = this.rangesOf(file, block).length > 0;
    if (isPending || !isHole(address)) yield { block, address, isPending };
  }

  #findRecorded(inode: number): RootFile | undefined {
    const chunk = Math.floor(inode / INODES_PER_BLOCK);
    const address = findBlock(this.nodes, this.table, chunk);
    const found = isHole(address) ? undefined : decodeInode(inode, this.#recordAt(address, inode % INODES_PER_BLOCK));
    // The root directory is there before a checkpoint has written it.
    if (!found) return inode === ROOT_INODE ? ROOT_DIRECTORY : undefined;
    const { number, kind, mode, sizeBytes, mtimeMs, parent, name, tree } = found;
    return { inode: number, kind, mode, sizeBytes, mtimeMs, parent, name, tree, mapped: tree.mapped, delta: undefined };
  }

  #recordAt(chunk: Address, slot: number): Buffer {
    const words = this.nodes.get(chunk, "block of the file table");
    return Buffer.from(words.buffer, slot * INODE_BYTES, INODE_BYTES);
  }
}

export const isNameless = (file: RootFile): boolean => file.parent === 0 && file.inode !== ROOT_INODE;

const ROOT_DIRECTORY: RootFile = {
  inode: ROOT_INODE,
  kind: "directory",
  mode: 0o700,
  sizeBytes: 0,
  mtimeMs: 0,
  parent: 0,
  name: "",
  tree: EMPTY_TREE,
  mapped: 0,
  delta: undefined,
};

function fromChange(change: InodeChange, recorded: RootFile | undefined, delta: FileDelta | undefined): RootFile {
  const { inode, mode, parent, name, sizeBytes, mtimeMicros } = change;
  const kind = change.kind === INODE_KIND.directory ? "directory" : "file";
  const tree = recorded?.kind === kind ? recorded.tree : EMPTY_TREE;
  const mapped = recorded?.kind === kind ? recorded.mapped : 0;
  return { inode, kind, mode, parent, name, sizeBytes, mtimeMs: mtimeMicros / 1000, tree, mapped, delta };
}

/** In their order. */
export function changedBlocksOf(file: RootFile): number[] {
  if (!file.delta) return [];
  return [...new Set([...file.delta.blocks.keys(), ...file.delta.ranges.keys()])].sort((a, b) => a - b);
}
