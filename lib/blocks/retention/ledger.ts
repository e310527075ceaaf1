import { assert } from "@/lib/std/assert";
import type { Retention } from "../history-types";
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
const FLAGS_AT = HEADER_BYTES;
const RETENTION_AT = HEADER_BYTES + 16;
/** Numbers before the kept commits, and numbers of each. */
const FACTS = 10;
const KEPT_NUMBERS = 7;

/** A log's state as one file: a header (magic, crc of the rest, version, log) and 64-bit numbers, then bitmaps. */
export function encodeLedger(state: LogState): Buffer {
  const segments = [...state.freed.segments];
  const bitmaps = segments.map((segment) => state.freed.bitmap(segment));
  const numbers = new Numbers(countNumbers(state, segments.length));
  putFacts(numbers, state);
  numbers.putTable(state.retained);
  numbers.put(state.foreign.size);
  for (const [log, table] of state.foreign) {
    numbers.put(log);
    numbers.putTable(table);
  }
  numbers.put(segments.length);
  for (const [index, segment] of segments.entries())
    numbers.put(segment, state.collected.get(segment) ?? 0, (bitmaps[index] as Uint8Array).length);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(MAGIC, 0);
  header.writeUInt32LE(VERSION, 8);
  header.writeUInt32LE(state.log, 12);
  return seal(Buffer.concat([header, numbers.bytes, ...bitmaps]));
}

/** The same ledger with another retention: nothing else of it changes. It must be whole. */
export function withRetention(ledger: Buffer, { micros, bytes }: Retention): Buffer {
  const changed = Buffer.from(ledger);
  changed.writeDoubleLE(changed.readDoubleLE(FLAGS_AT) | HAS_RETENTION, FLAGS_AT);
  changed.writeDoubleLE(micros, RETENTION_AT);
  changed.writeDoubleLE(bytes, RETENTION_AT + 8);
  return seal(changed);
}

function putFacts(numbers: Numbers, { isFinished, seenCommit, retention, since, kept }: LogState): void {
  numbers.put((isFinished ? FINISHED : 0) | (retention ? HAS_RETENTION : 0), seenCommit);
  numbers.put(retention?.micros ?? 0, retention?.bytes ?? 0);
  numbers.put(since.commit, since.micros, since.segment, since.unit, since.moments, kept.length);
  for (const { commit, micros, segment, unit, moments, nextMicros, isTick } of kept)
    numbers.put(commit, micros, segment, unit, moments, nextMicros, isTick ? 1 : 0);
}

function countNumbers({ kept, retained, foreign }: LogState, segments: number): number {
  const inTable = ({ size, columns }: PlaceTable) => 1 + size * (1 + columns);
  let count = FACTS + kept.length * KEPT_NUMBERS + inTable(retained) + 1 + 1 + segments * 3;
  for (const table of foreign.values()) count += 1 + inTable(table);
  return count;
}

/** Filled from its beginning to its end. */
class Numbers {
  readonly #values: Float64Array;
  #at = 0;

  constructor(length: number) {
    this.#values = new Float64Array(length);
  }

  put(...values: readonly number[]): void {
    for (const value of values) this.#values[this.#at++] = value;
  }

  putTable(table: PlaceTable): void {
    this.put(table.size);
    for (const { key, values } of table.entries()) {
      this.#values[this.#at++] = key;
      this.#values.set(values, this.#at);
      this.#at += values.length;
    }
  }

  get bytes(): Uint8Array {
    assert(this.#at === this.#values.length, "a ledger has as many numbers as were counted");
    return new Uint8Array(this.#values.buffer);
  }
}

function seal(ledger: Buffer): Buffer {
  ledger.writeUInt32LE(checksum(ledger.subarray(CHECKED_FROM_BYTE)), 4);
  return ledger;
}

/** Whether the bytes are a whole ledger of this log. */
export function isLedger(bytes: Buffer, log: number): boolean {
  if (bytes.length < HEADER_BYTES || bytes.readUInt32LE(0) !== MAGIC) return false;
  if (checksum(bytes.subarray(CHECKED_FROM_BYTE)) !== bytes.readUInt32LE(4)) return false;
  return bytes.readUInt32LE(8) === VERSION && bytes.readUInt32LE(12) === log;
}

/** Undefined when the bytes are no whole ledger of this log. */
export function decodeLedger(bytes: Buffer, log: number): LogState | undefined {
  if (!isLedger(bytes, log)) return undefined;
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
