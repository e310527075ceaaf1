import { expect, test } from "vitest";
import { checksum, UNIT_BYTES } from "./format";
import { decodeSegmentHeader, encodeSegmentHeader } from "./segment-header";

const header = {
  log: 5,
  segment: 9,
  firstCommit: 2 ** 41,
  micros: 1_764_000_000_123_457,
  sealedSegment: 8,
  sealedUnits: 4097,
  lastFrame: { log: 5, segment: 8, unit: 4090 },
};

test("a segment's header says what was put into it, only for its own log and number", () => {
  const { unit, salt } = encodeSegmentHeader(header);
  expect(unit.length).toBe(UNIT_BYTES);
  expect(decodeSegmentHeader(unit, { log: 5, segment: 9 })).toEqual({ header, salt });
  expect(decodeSegmentHeader(unit, { log: 5, segment: 8 })).toBeUndefined();
  expect(decodeSegmentHeader(unit, { log: 4, segment: 9 })).toBeUndefined();
});

test("a flipped bit anywhere in the header's unit is noticed", () => {
  const { unit } = encodeSegmentHeader(header);
  for (let bit = 0; bit < UNIT_BYTES * 8; bit += 37) {
    const bytes = Buffer.from(unit);
    bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
    expect(decodeSegmentHeader(bytes, { log: 5, segment: 9 }), `bit ${bit}`).toBeUndefined();
  }
});

test("a header of a format that is not known is refused, not taken for a torn one, which would be removed", () => {
  const { unit } = encodeSegmentHeader(header);
  unit.writeUInt32LE(2, 8);
  unit.writeUInt32LE(checksum(unit.subarray(8)), 4);
  expect(() => decodeSegmentHeader(unit, { log: 5, segment: 9 })).toThrow(
    "Segment 9 of log 5 has format 2, and this version knows 1: start the version that made it.",
  );
});

test("segments of the same place but another time have another salt", () => {
  const { salt } = encodeSegmentHeader(header);
  expect(encodeSegmentHeader({ ...header, micros: header.micros + 1 }).salt).not.toBe(salt);
});
