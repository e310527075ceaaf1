import { checksum, high32, joinWords, low32 } from "../log/format";
import type { IndexTable } from "./index-table";
import { type IndexFacts, type IndexTables, IndexView, TABLES, type TableName } from "./index-view";
import type { SegmentSummary } from "./segment-summary";

const MAGIC = 0x3158_494f; // "OIX1"
const VERSION = 1;
const HEADER_WORDS = 32;
export const INDEX_HEADER_BYTES = HEADER_WORDS * 4;
const CHECKED_FROM_BYTE = 8;

const WORD = {
  magic: 0,
  headerCrc: 1,
  tablesCrc: 2,
  version: 3,
  log: 4,
  segment: 5,
  lastCommit: 6,
  baseCommit: 8,
  baseMoments: 10,
  endUnit: 12,
  ownDeadUnits: 13,
  bornDeadUnits: 14,
  unitsBefore: 15,
  commits: 17,
  slots: 18,
  deaths: 19,
  bornDead: 20,
  clockSteps: 21,
  firstCommit: 22,
  firstMicros: 24,
  lastMicros: 26,
  resumeUnit: 28,
  resumeFrom: 29,
} as const;

/** Where reading goes on in a segment that was still open when its index was written. */
export interface Resume {
  /** Its newest frame. */
  readonly frameUnit: number;
  /** Where the commit after it begins: what lies from there on and is in no list was never alive. */
  readonly fromUnit: number;
}

/** What the header of an index says. */
export interface IndexHeader {
  readonly facts: IndexFacts;
  readonly summary: SegmentSummary;
  /** Undefined once the segment is sealed. */
  readonly resume: Resume | undefined;
  /** Of the whole file. */
  readonly bytes: number;
}

export function encodeIndex({ facts, tables }: IndexView, resume?: Resume): Buffer {
  const parts = TABLES.map(([name]) => toBytes(tables[name]));
  const header = Buffer.alloc(INDEX_HEADER_BYTES);
  const put = (word: number, value: number) => header.writeUInt32LE(value, word * 4);
  const putLong = (word: number, value: number) => {
    put(word, low32(value));
    put(word + 1, high32(value));
  };
  put(WORD.magic, MAGIC);
  put(
    WORD.tablesCrc,
    parts.reduce((crc, part) => checksum(part, crc), 0),
  );
  put(WORD.version, VERSION);
  for (const name of NARROW) put(WORD[name], facts[name]);
  for (const name of WIDE) putLong(WORD[name], facts[name]);
  for (const [name] of TABLES) put(WORD[name], tables[name].count);
  putEnds(new IndexView(facts, tables), putLong);
  put(WORD.resumeUnit, resume?.frameUnit ?? 0);
  put(WORD.resumeFrom, resume?.fromUnit ?? 0);
  put(WORD.headerCrc, checksum(header.subarray(CHECKED_FROM_BYTE)));
  return Buffer.concat([header, ...parts]);
}

const NARROW = ["log", "segment", "endUnit", "ownDeadUnits", "bornDeadUnits"] as const;
const WIDE = ["lastCommit", "baseCommit", "baseMoments", "unitsBefore"] as const;

function putEnds(view: IndexView, putLong: (word: number, value: number) => void): void {
  if (view.commitCount === 0) return;
  const first = view.commitAt(0);
  putLong(WORD.firstCommit, first.commit);
  putLong(WORD.firstMicros, first.micros);
  putLong(WORD.lastMicros, view.commitAt(view.commitCount - 1).micros);
}

/** Undefined when the bytes do not begin with a whole header of this segment's index. */
export function decodeIndexHeader(bytes: Buffer, of: { log: number; segment: number }): IndexHeader | undefined {
  if (bytes.length < INDEX_HEADER_BYTES) return undefined;
  const at = (word: number) => bytes.readUInt32LE(word * 4);
  if (at(WORD.magic) !== MAGIC || at(WORD.version) !== VERSION) return undefined;
  if (checksum(bytes.subarray(CHECKED_FROM_BYTE, INDEX_HEADER_BYTES)) !== at(WORD.headerCrc)) return undefined;
  if (at(WORD.log) !== of.log || at(WORD.segment) !== of.segment) return undefined;
  const long = (word: number) => joinWords(at(word), at(word + 1));
  const facts = {
    ...of,
    lastCommit: long(WORD.lastCommit),
    unitsBefore: long(WORD.unitsBefore),
    endUnit: at(WORD.endUnit),
    ownDeadUnits: at(WORD.ownDeadUnits),
    bornDeadUnits: at(WORD.bornDeadUnits),
    baseCommit: long(WORD.baseCommit),
    baseMoments: long(WORD.baseMoments),
  };
  const ends = {
    commitCount: at(WORD.commits),
    firstIndexedCommit: long(WORD.firstCommit),
    firstMicros: long(WORD.firstMicros),
    lastMicros: long(WORD.lastMicros),
    clockStepCount: at(WORD.clockSteps),
  };
  const frameUnit = at(WORD.resumeUnit);
  return {
    facts,
    summary: toSummary(facts, ends),
    resume: frameUnit ? { frameUnit, fromUnit: at(WORD.resumeFrom) } : undefined,
    bytes: TABLES.reduce((sum, [name, width]) => sum + at(WORD[name]) * width * 4, INDEX_HEADER_BYTES),
  };
}

/** Undefined when the bytes are no whole index of the segment. */
export function decodeIndex(
  bytes: Buffer,
  of: { log: number; segment: number },
): (IndexHeader & { view: IndexView }) | undefined {
  const header = decodeIndexHeader(bytes, of);
  if (header?.bytes !== bytes.length) return undefined;
  if (checksum(bytes.subarray(INDEX_HEADER_BYTES)) !== bytes.readUInt32LE(WORD.tablesCrc * 4)) return undefined;
  const tables: Partial<Record<TableName, IndexTable>> = {};
  let from = bytes.byteOffset + INDEX_HEADER_BYTES;
  for (const [name, width] of TABLES) {
    const count = bytes.readUInt32LE(WORD[name] * 4);
    tables[name] = { words: new Uint32Array(bytes.buffer, from, count * width), width, count };
    from += count * width * 4;
  }
  return { ...header, view: new IndexView(header.facts, tables as IndexTables) };
}

/** What a header says, of an index in memory. */
export function summarize(view: IndexView): SegmentSummary {
  const { commitCount } = view;
  const first = commitCount > 0 ? view.commitAt(0) : undefined;
  return toSummary(view.facts, {
    commitCount,
    firstIndexedCommit: first?.commit ?? 0,
    firstMicros: first?.micros ?? 0,
    lastMicros: commitCount > 0 ? view.commitAt(commitCount - 1).micros : 0,
    clockStepCount: view.tables.clockSteps.count,
  });
}

type Ends = Pick<
  SegmentSummary,
  "commitCount" | "firstIndexedCommit" | "firstMicros" | "lastMicros" | "clockStepCount"
>;

function toSummary(facts: IndexFacts, ends: Ends): SegmentSummary {
  const { segment, lastCommit, unitsBefore, endUnit, ownDeadUnits, bornDeadUnits } = facts;
  return { segment, lastCommit, unitsBefore, endUnit, ownDeadUnits, bornDeadUnits, ...ends };
}

function toBytes({ words, width, count }: IndexTable): Buffer {
  return Buffer.from(words.buffer, words.byteOffset, count * width * 4);
}
