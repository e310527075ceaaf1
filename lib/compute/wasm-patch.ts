import { assert } from "@/lib/std/assert";

/** 2 GiB in pages of 64 KiB: the most that a compute's WebAssembly memory may grow to. */
export const MEMORY_PAGES_MAX = 32_768;

const SECTION_IMPORT = 2;
const KIND_FUNCTION = 0;
const KIND_TABLE = 1;
const KIND_MEMORY = 2;
const KIND_GLOBAL = 3;
const FLAG_HAS_MAX = 1;
const FLAG_SHARED = 2;

/**
 * The module's bytes with its imported memory declared shared. A running query can only be cancelled from another
 * thread, which writes two flags of Postgres into that memory; the published files import an unshared one, and whether
 * it is shared is one flag of the import section (WebAssembly core specification, section 5.5.5; threads proposal).
 * Libraries import a memory without a maximum, which a shared one must have: they get it.
 */
export function withSharedMemory(source: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(source);
  for (let at = 8; at < bytes.length; ) {
    const id = byteAt(bytes, at);
    const length = readUint(bytes, at + 1);
    if (id === SECTION_IMPORT)
      return patchImports(bytes, { lengthAt: at + 1, bodyAt: length.next, length: length.value });
    at = length.next + length.value;
  }
  return bytes;
}

interface Section {
  readonly lengthAt: number;
  readonly bodyAt: number;
  readonly length: number;
}

function patchImports(bytes: Uint8Array, section: Section): Uint8Array {
  let { value: count, next: at } = readUint(bytes, section.bodyAt);
  for (; count > 0; count--) {
    const kindAt = skipName(bytes, skipName(bytes, at));
    if (byteAt(bytes, kindAt) === KIND_MEMORY) return markShared(bytes, kindAt + 1, section);
    at = skipDescription(bytes, kindAt);
  }
  return bytes;
}

function skipName(bytes: Uint8Array, at: number): number {
  const length = readUint(bytes, at);
  return length.next + length.value;
}

function skipDescription(bytes: Uint8Array, kindAt: number): number {
  const kind = byteAt(bytes, kindAt);
  if (kind === KIND_FUNCTION) return readUint(bytes, kindAt + 1).next;
  if (kind === KIND_GLOBAL) return kindAt + 3; // type, mutability
  if (kind !== KIND_TABLE) return readUint(bytes, kindAt + 2).next; // tag: attribute, type
  const minimum = readUint(bytes, kindAt + 3); // element type, limits
  return byteAt(bytes, kindAt + 2) & FLAG_HAS_MAX ? readUint(bytes, minimum.next).next : minimum.next;
}

function markShared(bytes: Uint8Array, flagAt: number, section: Section): Uint8Array {
  const flags = byteAt(bytes, flagAt);
  if (flags & FLAG_HAS_MAX) {
    bytes[flagAt] = flags | FLAG_SHARED;
    return bytes;
  }
  const minimum = readUint(bytes, flagAt + 1);
  const maximum = encodeUint(MEMORY_PAGES_MAX);
  const out = Buffer.concat([bytes.subarray(0, minimum.next), maximum, bytes.subarray(minimum.next)]);
  out[flagAt] = flags | FLAG_HAS_MAX | FLAG_SHARED;
  writePaddedUint(out, section.length + maximum.length, section);
  return out;
}

/** Overwrites a number in the width that it has: a longer encoding would move every later byte. */
function writePaddedUint(bytes: Uint8Array, value: number, { lengthAt, bodyAt }: Section): void {
  let rest = value;
  for (let at = lengthAt; at < bodyAt; at++, rest >>>= 7) bytes[at] = (rest & 127) | (at < bodyAt - 1 ? 128 : 0);
  assert(rest === 0, "the length of the import section no longer fits its field");
}

function readUint(bytes: Uint8Array, from: number): { value: number; next: number } {
  let value = 0;
  for (let at = from, shift = 0; ; at++, shift += 7) {
    const byte = byteAt(bytes, at);
    value |= (byte & 127) << shift;
    if (!(byte & 128)) return { value: value >>> 0, next: at + 1 };
  }
}

function encodeUint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const low = rest & 127;
    rest >>>= 7;
    bytes.push(rest ? low | 128 : low);
    if (!rest) return Uint8Array.from(bytes);
  }
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  assert(byte !== undefined, "the WebAssembly file ends in the middle of a section");
  return byte;
}

/** Replaces every occurrence of a text in the module's data. The new text may not be longer; zero bytes fill the rest. */
export function withText(bytes: Uint8Array, from: string, to: string): Uint8Array {
  assert(to.length <= from.length, "a text in a WebAssembly file can only be replaced by one that is not longer");
  const out = Buffer.from(bytes);
  const replacement = Buffer.alloc(from.length);
  replacement.write(to, "latin1");
  let found = 0;
  for (let at = out.indexOf(from, 0, "latin1"); at >= 0; at = out.indexOf(from, at + 1, "latin1"), found++)
    replacement.copy(out, at);
  assert(found > 0, `the WebAssembly file does not hold ${JSON.stringify(from)}`);
  return out;
}
