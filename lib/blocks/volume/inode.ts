import { type Address, BLOCK_BYTES, high32, joinWords, low32 } from "../log/format";
import type { InodeChange } from "../log/frame";
import type { CachedBlocks } from "./block-cache";
import { FileTree } from "./map-node";

export const INODE_KIND = { free: 0, file: 1, directory: 2 } as const;
export const INODE_BYTES = 256;
export const INODES_PER_BLOCK = BLOCK_BYTES / INODE_BYTES;
/** What is left of a record for the name, in bytes of UTF-8. Postgres's longest are far shorter. */
export const NAME_BYTES = 180;
const NAME_AT = 72;

/** A file or directory in memory. */
export class Inode {
  readonly number: number;
  readonly kind: "file" | "directory";
  mode: number;
  sizeBytes = 0;
  mtimeMs = 0;
  /** 0 once it has no name any more, and for the root directory. */
  parent = 0;
  name = "";
  readonly children: Map<string, number> | undefined;
  readonly tree: FileTree;
  readonly blocks: CachedBlocks = new Map();
  /** How many users hold it open. */
  retained = 0;

  constructor(number: number, kind: "file" | "directory", mode: number) {
    this.number = number;
    this.kind = kind;
    this.mode = mode;
    this.children = kind === "directory" ? new Map() : undefined;
    this.tree = new FileTree(number);
  }
}

export function toInodeChange(inode: Inode): InodeChange {
  return {
    inode: inode.number,
    kind: INODE_KIND[inode.kind],
    mode: inode.mode,
    parent: inode.parent,
    sizeBytes: inode.sizeBytes,
    mtimeMicros: Math.round(inode.mtimeMs * 1000),
    name: inode.name,
  };
}

/** The entry that frees a number. */
export const freedInode = (inode: number): InodeChange => ({
  inode,
  kind: INODE_KIND.free,
  mode: 0,
  parent: 0,
  sizeBytes: 0,
  mtimeMicros: 0,
  name: "",
});

/** Writes a record of the inode table; an undefined inode is a free one. */
export function encodeInode(inode: Inode | undefined, record: Buffer): void {
  record.fill(0);
  if (!inode) return;
  const { tree } = inode;
  record.writeUInt8(INODE_KIND[inode.kind], 0);
  record.writeUInt8(tree.height, 1);
  record.writeUInt16LE(inode.mode, 2);
  record.writeUInt32LE(inode.parent, 4);
  writeNumber(record, 8, inode.sizeBytes);
  writeNumber(record, 16, Math.round(inode.mtimeMs * 1000));
  record.writeUInt32LE(tree.root.log, 24);
  record.writeUInt32LE(tree.root.segment, 28);
  record.writeUInt32LE(tree.root.unit, 32);
  record.writeUInt32LE(tree.root.crc, 36);
  writeNumber(record, 40, tree.mapped);
  record.writeUInt16LE(record.write(inode.name, NAME_AT), 48);
}

/** Undefined for a free record. */
export function decodeInode(number: number, record: Buffer): Inode | undefined {
  const kind = record.readUInt8(0);
  if (kind === INODE_KIND.free) return undefined;
  const inode = new Inode(number, kind === INODE_KIND.directory ? "directory" : "file", record.readUInt16LE(2));
  inode.parent = record.readUInt32LE(4);
  inode.sizeBytes = readNumber(record, 8);
  inode.mtimeMs = readNumber(record, 16) / 1000;
  inode.name = record.toString("utf8", NAME_AT, NAME_AT + record.readUInt16LE(48));
  inode.tree.height = record.readUInt8(1);
  inode.tree.root = readAddress(record, 24);
  inode.tree.mapped = readNumber(record, 40);
  return inode;
}

function readAddress(record: Buffer, at: number): Address {
  const [log, segment, unit, crc] = [0, 4, 8, 12].map((offset) => record.readUInt32LE(at + offset));
  return { log: log as number, segment: segment as number, unit: unit as number, crc: crc as number };
}

function writeNumber(record: Buffer, at: number, value: number): void {
  record.writeUInt32LE(low32(value), at);
  record.writeUInt32LE(high32(value), at + 4);
}

const readNumber = (record: Buffer, at: number): number =>
  joinWords(record.readUInt32LE(at), record.readUInt32LE(at + 4));
