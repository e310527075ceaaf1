import { checksum } from "../log/format";
import type { KeptCommit } from "../timeline/kept-commit";
import { type LogState, newLogState } from "./log-state";
import { PlaceTable } from "./place-table";

const MAGIC = 0x3147_4c4f; // "OLG1"
const VERSION = 1;
const HEADER_BYTES = 16;
const CHECKED_FROM_BYTE = 8;
const FINISHED = 1;
const HAS_RETENTION = 2;

/** A log's state as one file: a header (magic, crc of the rest, version, log) and 64-bit numbers, then bitmaps. */
export function encodeLedger(state: LogState): Buffer {
  const numbers: number[] = [];
  const put = (...values: number[]) => numbers.push(...values);
  const { since, retention } = state;
  put((state.isFinished ? FINISHED : 0) | (retention ? HAS_RETENTION : 0), state.seenCommit);
  put(retention?.micros ?? 0, retention?.bytes ?? 0);
  put(since.commit, since.micros, since.segment, since.unit, since.moments, state.kept.length);
  for (const kept of state.kept)
    put(kept.commit, kept.micros, kept.segment, kept.unit, kept.moments, kept.nextMicros, kept.isTick ? 1 : 0);
  putTable(numbers, state.retained);
  put(state.foreign.size);
  for (const [log, table] of state.foreign) {
    put(log);
    putTable(numbers, table);
  }
  const segments = [...state.freed.segments];
  const bitmaps = segments.map((segment) => state.freed.bitmap(segment));
  put(segments.length);
  for (const [index, segment] of segments.entries())
    put(segment, state.collected.get(segment) ?? 0, (bitmaps[index] as Uint8Array).length);
  return seal(state.log, Float64Array.from(numbers), bitmaps);
}

function putTable(numbers: number[], table: PlaceTable): void {
  numbers.push(table.size);
  for (const { key, values } of table.entries()) numbers.push(key, ...values);
}

function seal(log: number, numbers: Float64Array, bitmaps: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt32LE(VERSION, 8);
  header.writeUInt32LE(log, 12);
  const bytes = Buffer.concat([header, new Uint8Array(numbers.buffer), ...bitmaps]);
  bytes.writeUInt32LE(checksum(bytes.subarray(CHECKED_FROM_BYTE)), 4);
  return bytes;
}

/** Undefined when the bytes are no whole ledger of this log. */
export function decodeLedger(bytes: Buffer, log: number): LogState | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt32LE(0) !== MAGIC) return undefined;
  if (checksum(bytes.subarray(CHECKED_FROM_BYTE)) !== bytes.readUInt32LE(4)) return undefined;
  if (bytes.readUInt32LE(8) !== VERSION || bytes.readUInt32LE(12) !== log) return undefined;
  const from = new Source(bytes);
  const [flags, seenCommit, micros, limit] = [from.next(), from.next(), from.next(), from.next()];
  const state = newLogState(log, takeSince(from));
  state.isFinished = (flags & FINISHED) !== 0;
  state.seenCommit = seenCommit;
  if (flags & HAS_RETENTION) state.retention = { micros, bytes: limit };
  state.kept = Array.from({ length: from.next() }, () => takeKept(from));
  takeTable(from, state.retained);
  for (let logs = from.next(); logs > 0; logs--) {
    const table = new PlaceTable(2);
    state.foreign.set(from.next(), table);
    takeTable(from, table);
  }
  const segments = Array.from({ length: from.next() }, () => [from.next(), from.next(), from.next()] as const);
  for (const [segment, collected, length] of segments) {
    state.freed.load(segment, from.bytes(length));
    state.collected.set(segment, collected);
  }
  return state;
}

function takeSince(from: Source): LogState["since"] {
  const [commit, micros, segment, unit, moments] = from.numbers(5);
  return { commit, micros, segment, unit, moments } as LogState["since"];
}

function takeKept(from: Source): KeptCommit {
  const [commit, micros, segment, unit, moments, nextMicros, isTick] = from.numbers(7);
  return { commit, micros, segment, unit, moments, nextMicros, isTick: isTick === 1 } as KeptCommit;
}

function takeTable(from: Source, table: PlaceTable): void {
  for (let entries = from.next(); entries > 0; entries--) table.set(from.next(), from.numbers(table.columns));
}

/** The numbers and bytes after the header, one after the other. */
class Source {
  readonly #buffer: Buffer;
  #at = HEADER_BYTES;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  next(): number {
    const value = this.#buffer.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  numbers(count: number): number[] {
    return Array.from({ length: count }, () => this.next());
  }

  bytes(count: number): Uint8Array {
    this.#at += count;
    return this.#buffer.subarray(this.#at - count, this.#at);
  }
}
