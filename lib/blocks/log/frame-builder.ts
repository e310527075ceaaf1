import { assert } from "@/lib/std/assert";
import { type Address, checksum, high32, low32, type Place, toUnits, UNIT_BYTES } from "./format";
import {
  type BlockChange,
  type Cut,
  type DroppedNode,
  ENTRY_WORDS,
  FRAME_CHECKED_FROM_BYTE,
  FRAME_HEADER_WORDS,
  FRAME_MAGIC,
  FRAME_WORD,
  type FrameCounts,
  type InodeChange,
  type NodeChange,
} from "./frame";

/** What a frame says besides its lists. */
export interface FrameFacts {
  readonly place: Place;
  readonly kind: number;
  readonly flags: number;
  readonly salt: number;
  readonly ordinal: number;
  readonly commit: number;
  readonly micros: number;
  readonly previous: Place;
  readonly sinceCheckpoint: number;
  readonly mappedBlocks: number;
  readonly inodeLimit: number;
  readonly tableHeight: number;
  readonly tableRoot: Address;
  readonly moments: number;
  readonly clockMicros: number;
}

type List = keyof FrameCounts;
// The lists' order in the body; a reader finds each by the counts before it.
const LISTS: readonly List[] = ["inodes", "cuts", "blocks", "nodes", "dropped", "ranges", "frames"];
const ORDER = Object.fromEntries(LISTS.map((list, place) => [list, place])) as Record<List, number>;
const FIRST_BYTES = 16 * UNIT_BYTES;

/**
 * Builds one frame after the other in one buffer that grows as needed. Lists must be added in the order of the format:
 * inodes, cuts, blocks, nodes, dropped, ranges, frames.
 */
export class FrameBuilder {
  #bytes = Buffer.alloc(FIRST_BYTES);
  #words = new Uint32Array(this.#bytes.buffer, this.#bytes.byteOffset, FIRST_BYTES / 4);
  #length = FRAME_HEADER_WORDS;
  #list = 0;
  /** Entries of each list, in the lists' order. */
  readonly #counts = new Uint32Array(LISTS.length);

  begin(): void {
    this.#length = FRAME_HEADER_WORDS;
    this.#list = 0;
    this.#counts.fill(0);
  }

  addInode(change: InodeChange): void {
    const nameBytes = Buffer.byteLength(change.name);
    const words = this.#add("inodes", ENTRY_WORDS.inode + Math.ceil(nameBytes / 4));
    const at = this.#length - words;
    const w = this.#words;
    w[at] = change.inode;
    w[at + 1] = change.kind;
    w[at + 2] = change.mode;
    w[at + 3] = change.parent;
    w[at + 4] = low32(change.sizeBytes);
    w[at + 5] = high32(change.sizeBytes);
    w[at + 6] = low32(change.mtimeMicros);
    w[at + 7] = high32(change.mtimeMicros);
    w[at + 8] = nameBytes;
    this.#bytes.write(change.name, (at + ENTRY_WORDS.inode) * 4);
  }

  addCut(cut: Cut): void {
    const at = this.#length;
    this.#add("cuts", ENTRY_WORDS.cut);
    this.#words[at] = cut.inode;
    this.#words[at + 1] = cut.block;
  }

  addBlock(change: BlockChange): void {
    const at = this.#length;
    this.#add("blocks", ENTRY_WORDS.block);
    this.#writeChange(at, change);
  }

  addNode(change: NodeChange): void {
    const at = this.#length;
    this.#add("nodes", ENTRY_WORDS.node);
    this.#writeChange(at, change);
    this.#words[at + 7] = change.level;
  }

  addDropped(node: DroppedNode): void {
    const at = this.#length;
    this.#add("dropped", ENTRY_WORDS.dropped);
    this.#words[at] = node.inode;
    this.#words[at + 1] = node.level;
    this.#writePlace(at + 2, node);
  }

  /** Bytes `from` to `to` of `page`, the content of a block; both are multiples of 4. */
  addRange(block: { inode: number; block: number }, page: Buffer, range: { from: number; to: number }): void {
    const length = range.to - range.from;
    const at = this.#length;
    this.#add("ranges", ENTRY_WORDS.range + length / 4);
    this.#words[at] = block.inode;
    this.#words[at + 1] = block.block;
    this.#words[at + 2] = (range.from << 16) | length;
    page.copy(this.#bytes, (at + ENTRY_WORDS.range) * 4, range.from, range.to);
  }

  addFrame(place: Place): void {
    const at = this.#length;
    this.#add("frames", ENTRY_WORDS.frame);
    this.#writePlace(at, place);
  }

  /** What the body will take once so many words more are in it. */
  unitsWith(words: number): number {
    return toUnits((this.#length + words) * 4);
  }

  /** The finished body, padded to whole units; valid until the next `begin`. `blockUnits` follow it in the segment. */
  finish(facts: FrameFacts, blockUnits: number): Buffer {
    const w = this.#words;
    const bodyUnits = this.unitsWith(0);
    w.fill(0, 0, FRAME_HEADER_WORDS);
    w[FRAME_WORD.magic] = FRAME_MAGIC;
    w[FRAME_WORD.bodyBytes] = this.#length * 4;
    w[FRAME_WORD.units] = bodyUnits + blockUnits;
    this.#writeFacts(facts);
    w.set(this.#counts, FRAME_WORD[LISTS[0] as List]);
    w[FRAME_WORD.crc] = checksum(this.#bytes.subarray(FRAME_CHECKED_FROM_BYTE, this.#length * 4));
    const paddedBytes = bodyUnits * UNIT_BYTES;
    this.#bytes.fill(0, this.#length * 4, paddedBytes);
    return this.#bytes.subarray(0, paddedBytes);
  }

  #writeFacts(facts: FrameFacts): void {
    const w = this.#words;
    w[FRAME_WORD.kind] = facts.kind;
    w[FRAME_WORD.flags] = facts.flags;
    this.#writePlace(FRAME_WORD.log, facts.place);
    w[FRAME_WORD.salt] = facts.salt;
    w[FRAME_WORD.ordinal] = facts.ordinal;
    this.#writeNumber(FRAME_WORD.commit, facts.commit);
    this.#writeNumber(FRAME_WORD.micros, facts.micros);
    this.#writePlace(FRAME_WORD.previous, facts.previous);
    w[FRAME_WORD.sinceCheckpoint] = facts.sinceCheckpoint;
    this.#writeNumber(FRAME_WORD.mappedBlocks, facts.mappedBlocks);
    w[FRAME_WORD.inodeLimit] = facts.inodeLimit;
    w[FRAME_WORD.tableHeight] = facts.tableHeight;
    this.#writePlace(FRAME_WORD.tableRoot, facts.tableRoot);
    w[FRAME_WORD.tableRoot + 3] = facts.tableRoot.crc;
    this.#writeNumber(FRAME_WORD.moments, facts.moments);
    this.#writeNumber(FRAME_WORD.clockMicros, facts.clockMicros);
  }

  #writeChange(at: number, change: BlockChange): void {
    const w = this.#words;
    w[at] = change.inode;
    w[at + 1] = change.block;
    w[at + 2] = change.address.unit;
    w[at + 3] = change.address.crc;
    this.#writePlace(at + 4, change.replaced);
  }

  #writePlace(at: number, place: Place): void {
    this.#words[at] = place.log;
    this.#words[at + 1] = place.segment;
    this.#words[at + 2] = place.unit;
  }

  #writeNumber(at: number, value: number): void {
    this.#words[at] = low32(value);
    this.#words[at + 1] = high32(value);
  }

  #add(list: List, words: number): number {
    const place = ORDER[list];
    assert(place >= this.#list, "the lists of a frame come in their order");
    this.#list = place;
    this.#counts[place] = (this.#counts[place] as number) + 1;
    this.#reserve(this.#length + words);
    this.#length += words;
    return words;
  }

  #reserve(words: number): void {
    // Room for the padding as well.
    if ((words + UNIT_BYTES / 4) * 4 <= this.#bytes.length) return;
    const grown = Buffer.alloc(Math.max(this.#bytes.length * 2, toUnits(words * 4 + UNIT_BYTES) * UNIT_BYTES));
    this.#bytes.copy(grown, 0, 0, this.#length * 4);
    this.#bytes = grown;
    this.#words = new Uint32Array(grown.buffer, grown.byteOffset, grown.length / 4);
  }
}
