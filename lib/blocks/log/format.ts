import { crc32 } from "node:zlib";
import { assert } from "@/lib/std/assert";

/** Postgres's page size, the unit of mapping and checksums. */
export const BLOCK_BYTES = 8192;
export const BLOCK_WORDS = BLOCK_BYTES / 4;
/** Addresses count units, so that a 32-bit place reaches 16 TiB into a segment. Frames are aligned to them. */
export const UNIT_BYTES = 4096;
export const BLOCK_UNITS = BLOCK_BYTES / UNIT_BYTES;
export const FORMAT_VERSION = 1;

/** Where something begins: a unit of a segment of a log. Unit 0 is the segment's header, so no slot is ever at 0. */
export interface Place {
  readonly log: number;
  readonly segment: number;
  readonly unit: number;
}

/** A block's place and the checksum of its content. */
export interface Address extends Place {
  readonly crc: number;
}

/** The address of an all-zero block, which takes no room. Log numbers begin at 1. */
export const HOLE: Address = { log: 0, segment: 0, unit: 0, crc: 0 };
export const NOWHERE: Place = HOLE;

export const isHole = (place: Place): boolean => place.log === 0;

/** CRC-32 (zlib's polynomial); `seed` continues an earlier one. */
export const checksum = (bytes: Uint8Array, seed = 0): number => crc32(bytes, seed);

export const toUnits = (bytes: number): number => Math.ceil(bytes / UNIT_BYTES);

export const low32 = (value: number): number => value >>> 0;
export const high32 = (value: number): number => Math.floor(value / 0x1_0000_0000);

/** The inverse of `low32` and `high32`, for integers up to 2^53. */
export const joinWords = (low: number, high: number): number => high * 0x1_0000_0000 + low;

// All numbers on disk are little-endian and are read in place through Uint32Array.
assert(new Uint8Array(new Uint32Array([1]).buffer)[0] === 1, "the block store needs a little-endian machine");
