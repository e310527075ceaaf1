import { checksum, high32, joinWords, low32 } from "../log/format";
import type { CommitPoint } from "../store-types";
import { VolumeError } from "../volume-error";

const MAGIC = 0x3152_4a4f; // "OJR1"
const HEADER_BYTES = 24;
const CHECKED_FROM_BYTE = 8;

/** Numbers of record types are for ever. */
export const JOURNAL_TYPE = { created: 1, deleted: 2, settled: 3, mark: 4, unmark: 5, marks: 6 } as const;

/** Why a commit is marked, as a number on disk. */
const MARK_KINDS = ["manual", "scheduled", "hold", "guard"] as const;
export type MarkKind = (typeof MARK_KINDS)[number];

/** A commit of an ancestor's log through which a volume descends. */
export interface PathStep {
  readonly log: number;
  readonly commit: number;
}

/** Durable before the volume's log is made. */
export interface CreatedRecord {
  readonly type: "created";
  readonly volumeId: string;
  readonly log: number;
  /** The source's log and the commit it was forked at; undefined for a volume that began empty. */
  readonly source: { readonly log: number; readonly base: CommitPoint } | undefined;
  /** Oldest first; pairs of logs in which the volume has nothing are left out. */
  readonly path: readonly PathStep[];
}

/** Durable before anything is unlinked. */
export interface DeletedRecord {
  readonly type: "deleted";
  readonly log: number;
}

/**
 * What the record before asked for is done. Only ever the last: the next record is written over it. Its sequence number is
 * the next record's. It tells a damaged record, or a damaged log, from one that was cut off.
 */
export interface SettledRecord {
  readonly type: "settled";
}

/** A commit that is kept whatever the window says: a snapshot, a hold, or the last one before an event. */
export interface MarkRecord {
  readonly type: "mark";
  readonly log: number;
  readonly markId: string;
  readonly kind: MarkKind;
  readonly commit: number;
  readonly micros: number;
  readonly takenMicros: number;
  /** When it ends by itself; 0: never. */
  readonly untilMicros: number;
  readonly name: string;
}

/** Several marks with one barrier: all of them stand or none does. */
interface MarksRecord {
  readonly type: "marks";
  readonly marks: readonly MarkRecord[];
}

/** Durable before anything is collected because of it. */
export interface UnmarkRecord {
  readonly type: "unmark";
  readonly log: number;
  readonly markId: string;
}

/** What the catalogue is made of. */
export type Fact = CreatedRecord | DeletedRecord | MarkRecord | MarksRecord | UnmarkRecord;
export type JournalRecord = Fact | SettledRecord;

export function encodeRecord(record: JournalRecord, sequence: number): Buffer {
  const payload = encodePayload(record);
  const bytes = Buffer.alloc(HEADER_BYTES + payload.length);
  bytes.writeUInt32LE(MAGIC, 0);
  bytes.writeUInt32LE(bytes.length, 8);
  bytes.writeUInt32LE(JOURNAL_TYPE[record.type], 12);
  bytes.writeUInt32LE(low32(sequence), 16);
  bytes.writeUInt32LE(high32(sequence), 20);
  payload.copy(bytes, HEADER_BYTES);
  bytes.writeUInt32LE(checksum(bytes.subarray(CHECKED_FROM_BYTE)), 4);
  return bytes;
}

/** The whole record at `at` and its length; undefined when there is none. Throws for a type that is not known. */
export function decodeRecord(
  journal: Buffer,
  at: number,
): { record: JournalRecord; bytes: number; sequence: number } | undefined {
  const length = at + HEADER_BYTES <= journal.length ? journal.readUInt32LE(at + 8) : 0;
  if (length < HEADER_BYTES || at + length > journal.length || journal.readUInt32LE(at) !== MAGIC) return undefined;
  const bytes = journal.subarray(at, at + length);
  if (checksum(bytes.subarray(CHECKED_FROM_BYTE)) !== bytes.readUInt32LE(4)) return undefined;
  const record = decodePayload(bytes.readUInt32LE(12), bytes.subarray(HEADER_BYTES));
  return { record, bytes: length, sequence: readNumber(bytes, 16) };
}

function encodePayload(record: JournalRecord): Buffer {
  if (record.type === "settled") return Buffer.alloc(0);
  if (record.type === "deleted") return encodeWords([record.log]);
  if (record.type === "mark") return encodeMark(record);
  if (record.type === "marks") return Buffer.concat(record.marks.flatMap((mark) => withLength(encodeMark(mark))));
  if (record.type === "unmark") return Buffer.concat([encodeWords([record.log]), Buffer.from(record.markId)]);
  const { source, path } = record;
  const words = [record.log, source?.log ?? 0, ...toWords(source?.base.commit), ...toWords(source?.base.micros)];
  words.push(path.length, ...path.flatMap((step) => [step.log, ...toWords(step.commit)]));
  return Buffer.concat([encodeWords(words), Buffer.from(record.volumeId)]);
}

function decodePayload(type: number, payload: Buffer): JournalRecord {
  if (type === JOURNAL_TYPE.settled) return { type: "settled" };
  if (type === JOURNAL_TYPE.deleted) return { type: "deleted", log: payload.readUInt32LE(0) };
  if (type === JOURNAL_TYPE.created) return decodeCreated(payload);
  if (type === JOURNAL_TYPE.mark) return decodeMark(payload);
  if (type === JOURNAL_TYPE.marks) return { type: "marks", marks: [...decodeMarks(payload)] };
  if (type === JOURNAL_TYPE.unmark)
    return { type: "unmark", log: payload.readUInt32LE(0), markId: payload.toString("utf8", 4) };
  throw new VolumeError(
    "EIO",
    `The store's journal has a record of type ${type}, which this version does not know: start the newer version that wrote it.`,
  );
}

function decodeCreated(payload: Buffer): CreatedRecord {
  const sourceLog = payload.readUInt32LE(4);
  const base = { commit: readNumber(payload, 8), micros: readNumber(payload, 16) };
  const steps = payload.readUInt32LE(24);
  const path = Array.from({ length: steps }, (_, step) => ({
    log: payload.readUInt32LE(28 + step * 12),
    commit: readNumber(payload, 32 + step * 12),
  }));
  return {
    type: "created",
    volumeId: payload.toString("utf8", 28 + steps * 12),
    log: payload.readUInt32LE(0),
    source: sourceLog === 0 ? undefined : { log: sourceLog, base },
    path,
  };
}

const MARK_WORDS = 11;

function encodeMark(mark: MarkRecord): Buffer {
  const id = Buffer.from(mark.markId);
  const times = [mark.commit, mark.micros, mark.takenMicros, mark.untilMicros].flatMap((value) => toWords(value));
  return Buffer.concat([
    encodeWords([mark.log, MARK_KINDS.indexOf(mark.kind), ...times, id.length]),
    id,
    Buffer.from(mark.name),
  ]);
}

function decodeMark(payload: Buffer): MarkRecord {
  const kind = MARK_KINDS[payload.readUInt32LE(4)];
  if (!kind) throw new VolumeError("EIO", "The journal has a mark of an unknown kind: made by a newer version.");
  const nameFrom = MARK_WORDS * 4 + payload.readUInt32LE(40);
  return {
    type: "mark",
    log: payload.readUInt32LE(0),
    kind,
    commit: readNumber(payload, 8),
    micros: readNumber(payload, 16),
    takenMicros: readNumber(payload, 24),
    untilMicros: readNumber(payload, 32),
    markId: payload.toString("utf8", MARK_WORDS * 4, nameFrom),
    name: payload.toString("utf8", nameFrom),
  };
}

const withLength = (bytes: Buffer): Buffer[] => [encodeWords([bytes.length]), bytes];

function* decodeMarks(payload: Buffer): Generator<MarkRecord> {
  for (let at = 0; at < payload.length; ) {
    const end = at + 4 + payload.readUInt32LE(at);
    yield decodeMark(payload.subarray(at + 4, end));
    at = end;
  }
}

const toWords = (value = 0): [number, number] => [low32(value), high32(value)];
const readNumber = (bytes: Buffer, at: number): number => joinWords(bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4));

function encodeWords(words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) bytes.writeUInt32LE(word, index * 4);
  return bytes;
}
