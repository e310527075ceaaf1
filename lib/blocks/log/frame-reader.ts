import { checksum, joinWords, type Place, toUnits } from "./format";
import {
  type BlockChange,
  type Cut,
  type DroppedNode,
  ENTRY_WORDS,
  FRAME_CHECKED_FROM_BYTE,
  FRAME_HEADER_BYTES,
  FRAME_HEADER_WORDS,
  FRAME_MAGIC,
  FRAME_WORD,
  type FrameHeader,
  type InodeChange,
  type NodeChange,
  type RangeChange,
} from "./frame";

/** The fixed part; undefined when the bytes cannot be a frame at that place. The checksum is `isWholeBody`'s business. */
export function decodeFrameHeader(bytes: Buffer, place: Place): FrameHeader | undefined {
  if (bytes.length < FRAME_HEADER_BYTES) return undefined;
  const words = toWords(bytes, FRAME_HEADER_WORDS);
  const w = (word: number) => words[word] as number;
  if (w(FRAME_WORD.magic) !== FRAME_MAGIC) return undefined;
  if (w(FRAME_WORD.log) !== place.log || w(FRAME_WORD.segment) !== place.segment || w(FRAME_WORD.unit) !== place.unit)
    return undefined;
  const header = {
    place,
    kind: w(FRAME_WORD.kind),
    flags: w(FRAME_WORD.flags),
    salt: w(FRAME_WORD.salt),
    ordinal: w(FRAME_WORD.ordinal),
    bodyBytes: w(FRAME_WORD.bodyBytes),
    units: w(FRAME_WORD.units),
    commit: numberAt(words, FRAME_WORD.commit),
    micros: numberAt(words, FRAME_WORD.micros),
    previous: placeAt(words, FRAME_WORD.previous),
    sinceCheckpoint: w(FRAME_WORD.sinceCheckpoint),
    mappedBlocks: numberAt(words, FRAME_WORD.mappedBlocks),
    inodeLimit: w(FRAME_WORD.inodeLimit),
    tableHeight: w(FRAME_WORD.tableHeight),
    tableRoot: { ...placeAt(words, FRAME_WORD.tableRoot), crc: w(FRAME_WORD.tableRoot + 3) },
    moments: numberAt(words, FRAME_WORD.moments),
    clockMicros: numberAt(words, FRAME_WORD.clockMicros),
    inodes: w(FRAME_WORD.inodes),
    cuts: w(FRAME_WORD.cuts),
    blocks: w(FRAME_WORD.blocks),
    nodes: w(FRAME_WORD.nodes),
    dropped: w(FRAME_WORD.dropped),
    ranges: w(FRAME_WORD.ranges),
    frames: w(FRAME_WORD.frames),
  };
  return header.bodyBytes >= FRAME_HEADER_BYTES && header.units >= toUnits(header.bodyBytes) ? header : undefined;
}

export function isWholeBody(body: Buffer): boolean {
  return checksum(body.subarray(FRAME_CHECKED_FROM_BYTE)) === body.readUInt32LE(FRAME_WORD.crc * 4);
}

/** Who hears what a frame says, in the order in which it is to be applied. */
export interface FrameVisitor {
  inode?(change: InodeChange): void;
  cut?(cut: Cut): void;
  block?(change: BlockChange): void;
  node?(change: NodeChange): void;
  dropped?(node: DroppedNode): void;
  range?(change: RangeChange): void;
  frame?(place: Place): void;
}

/** Reads the lists of a whole frame. Cuts come first although they lie second: they are about the state before the commit. */
export function visitFrame(header: FrameHeader, body: Buffer, visitor: FrameVisitor): void {
  const words = toWords(body, body.length / 4);
  let at = skipInodes(header, words);
  for (let i = 0; i < header.cuts; i++, at += ENTRY_WORDS.cut)
    visitor.cut?.({ inode: wordAt(words, at), block: wordAt(words, at + 1) });
  visitInodes(header, { words, body }, visitor);
  for (let i = 0; i < header.blocks; i++, at += ENTRY_WORDS.block) visitor.block?.(changeAt(header, words, at));
  for (let i = 0; i < header.nodes; i++, at += ENTRY_WORDS.node)
    visitor.node?.({ ...changeAt(header, words, at), level: wordAt(words, at + 7) });
  for (let i = 0; i < header.dropped; i++, at += ENTRY_WORDS.dropped)
    visitor.dropped?.({ inode: wordAt(words, at), level: wordAt(words, at + 1), ...placeAt(words, at + 2) });
  for (let i = 0; i < header.ranges; i++) {
    const range = rangeAt({ words, body }, at);
    visitor.range?.(range);
    at += ENTRY_WORDS.range + range.bytes.length / 4;
  }
  for (let i = 0; i < header.frames; i++, at += ENTRY_WORDS.frame) visitor.frame?.(placeAt(words, at));
}

function skipInodes(header: FrameHeader, words: Uint32Array): number {
  let at = FRAME_HEADER_WORDS;
  for (let i = 0; i < header.inodes; i++) at += ENTRY_WORDS.inode + Math.ceil(wordAt(words, at + 8) / 4);
  return at;
}

function visitInodes(header: FrameHeader, { words, body }: FrameBytes, visitor: FrameVisitor): void {
  let at = FRAME_HEADER_WORDS;
  for (let i = 0; i < header.inodes; i++) {
    const nameBytes = wordAt(words, at + 8);
    const nameFrom = (at + ENTRY_WORDS.inode) * 4;
    visitor.inode?.({
      inode: wordAt(words, at),
      kind: wordAt(words, at + 1),
      mode: wordAt(words, at + 2),
      parent: wordAt(words, at + 3),
      sizeBytes: numberAt(words, at + 4),
      mtimeMicros: numberAt(words, at + 6),
      name: body.toString("utf8", nameFrom, nameFrom + nameBytes),
    });
    at += ENTRY_WORDS.inode + Math.ceil(nameBytes / 4);
  }
}

function changeAt(header: FrameHeader, words: Uint32Array, at: number): BlockChange {
  const unit = wordAt(words, at + 2);
  const { log, segment } = header.place;
  return {
    inode: wordAt(words, at),
    block: wordAt(words, at + 1),
    address: { log: unit ? log : 0, segment: unit ? segment : 0, unit, crc: wordAt(words, at + 3) },
    replaced: placeAt(words, at + 4),
  };
}

function rangeAt({ words, body }: FrameBytes, at: number): RangeChange {
  const extent = wordAt(words, at + 2);
  const bytesFrom = (at + ENTRY_WORDS.range) * 4;
  return {
    inode: wordAt(words, at),
    block: wordAt(words, at + 1),
    from: extent >>> 16,
    bytes: body.subarray(bytesFrom, bytesFrom + (extent & 0xffff)),
  };
}

/** A frame's body, as words and as bytes of the same memory. */
interface FrameBytes {
  readonly words: Uint32Array;
  readonly body: Buffer;
}

/** Frames are read into memory of their own, so that their words are aligned. */
const toWords = (bytes: Buffer, count: number): Uint32Array => new Uint32Array(bytes.buffer, bytes.byteOffset, count);
const wordAt = (words: Uint32Array, word: number): number => words[word] as number;
const numberAt = (words: Uint32Array, word: number): number => joinWords(wordAt(words, word), wordAt(words, word + 1));
const placeAt = (words: Uint32Array, word: number): Place => ({
  log: wordAt(words, word),
  segment: wordAt(words, word + 1),
  unit: wordAt(words, word + 2),
});
