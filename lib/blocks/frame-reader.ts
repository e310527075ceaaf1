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
  if (bytes.length < FRAME_HEADER_BYTES || wordAt(bytes, FRAME_WORD.magic) !== FRAME_MAGIC) return undefined;
  const w = (word: number) => wordAt(bytes, word);
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
    commit: numberAt(bytes, FRAME_WORD.commit),
    micros: numberAt(bytes, FRAME_WORD.micros),
    previous: placeAt(bytes, FRAME_WORD.previous),
    sinceCheckpoint: w(FRAME_WORD.sinceCheckpoint),
    mappedBlocks: numberAt(bytes, FRAME_WORD.mappedBlocks),
    inodeLimit: w(FRAME_WORD.inodeLimit),
    tableHeight: w(FRAME_WORD.tableHeight),
    tableRoot: { ...placeAt(bytes, FRAME_WORD.tableRoot), crc: w(FRAME_WORD.tableRoot + 3) },
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
  return checksum(body.subarray(FRAME_CHECKED_FROM_BYTE)) === wordAt(body, FRAME_WORD.crc);
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
  const afterInodes = skipInodes(header, body);
  let at = afterInodes;
  for (let i = 0; i < header.cuts; i++, at += ENTRY_WORDS.cut)
    visitor.cut?.({ inode: wordAt(body, at), block: wordAt(body, at + 1) });
  visitInodes(header, body, visitor);
  for (let i = 0; i < header.blocks; i++, at += ENTRY_WORDS.block) visitor.block?.(changeAt(header, body, at));
  for (let i = 0; i < header.nodes; i++, at += ENTRY_WORDS.node)
    visitor.node?.({ ...changeAt(header, body, at), level: wordAt(body, at + 7) });
  for (let i = 0; i < header.dropped; i++, at += ENTRY_WORDS.dropped)
    visitor.dropped?.({ inode: wordAt(body, at), level: wordAt(body, at + 1), ...placeAt(body, at + 2) });
  for (let i = 0; i < header.ranges; i++) {
    const range = rangeAt(body, at);
    visitor.range?.(range);
    at += ENTRY_WORDS.range + range.bytes.length / 4;
  }
  for (let i = 0; i < header.frames; i++, at += ENTRY_WORDS.frame) visitor.frame?.(placeAt(body, at));
}

function skipInodes(header: FrameHeader, body: Buffer): number {
  let at = FRAME_HEADER_WORDS;
  for (let i = 0; i < header.inodes; i++) at += ENTRY_WORDS.inode + Math.ceil(wordAt(body, at + 8) / 4);
  return at;
}

function visitInodes(header: FrameHeader, body: Buffer, visitor: FrameVisitor): void {
  let at = FRAME_HEADER_WORDS;
  for (let i = 0; i < header.inodes; i++) {
    const nameBytes = wordAt(body, at + 8);
    const nameFrom = (at + ENTRY_WORDS.inode) * 4;
    visitor.inode?.({
      inode: wordAt(body, at),
      kind: wordAt(body, at + 1),
      mode: wordAt(body, at + 2),
      parent: wordAt(body, at + 3),
      sizeBytes: numberAt(body, at + 4),
      mtimeMicros: numberAt(body, at + 6),
      name: body.toString("utf8", nameFrom, nameFrom + nameBytes),
    });
    at += ENTRY_WORDS.inode + Math.ceil(nameBytes / 4);
  }
}

function changeAt(header: FrameHeader, body: Buffer, at: number): BlockChange {
  const unit = wordAt(body, at + 2);
  const { log, segment } = header.place;
  return {
    inode: wordAt(body, at),
    block: wordAt(body, at + 1),
    address: { log: unit ? log : 0, segment: unit ? segment : 0, unit, crc: wordAt(body, at + 3) },
    replaced: placeAt(body, at + 4),
  };
}

function rangeAt(body: Buffer, at: number): RangeChange {
  const extent = wordAt(body, at + 2);
  const bytesFrom = (at + ENTRY_WORDS.range) * 4;
  return {
    inode: wordAt(body, at),
    block: wordAt(body, at + 1),
    from: extent >>> 16,
    bytes: body.subarray(bytesFrom, bytesFrom + (extent & 0xffff)),
  };
}

const wordAt = (bytes: Buffer, word: number): number => bytes.readUInt32LE(word * 4);
const numberAt = (bytes: Buffer, word: number): number => joinWords(wordAt(bytes, word), wordAt(bytes, word + 1));
const placeAt = (bytes: Buffer, word: number): Place => ({
  log: wordAt(bytes, word),
  segment: wordAt(bytes, word + 1),
  unit: wordAt(bytes, word + 2),
});
