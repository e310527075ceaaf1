import { expect, test } from "vitest";
import { HOLE, type Place, UNIT_BYTES } from "./format";
import { FRAME_KIND } from "./frame";
import { FrameBuilder } from "./frame-builder";
import { decodeFrameHeader, isWholeBody, visitFrame } from "./frame-reader";

const place: Place = { log: 3, segment: 7, unit: 9 };
const facts = {
  place,
  kind: FRAME_KIND.commit,
  flags: 1,
  salt: 0xdead_beef,
  ordinal: 5,
  commit: 2 ** 40 + 1,
  micros: 1_764_000_000_123_457,
  previous: { log: 3, segment: 6, unit: 1 },
  sinceCheckpoint: 4,
  mappedBlocks: 2 ** 33,
  inodeLimit: 77,
  tableHeight: 2,
  tableRoot: { log: 1, segment: 2, unit: 3, crc: 0xffff_ffff },
  moments: 2 ** 35 + 9,
  clockMicros: 1_764_000_000_000_001,
};
const inode = { inode: 5, kind: 1, mode: 0o640, parent: 1, sizeBytes: 2 ** 41, mtimeMicros: 2 ** 50, name: "pg_wäl" };
const block = { inode: 5, block: 4_000_000_000, address: { log: 3, segment: 7, unit: 12, crc: 1 }, replaced: place };
const hole = { inode: 5, block: 2, address: HOLE, replaced: { log: 1, segment: 1, unit: 4 } };
const node = { ...block, level: 2, block: 8 };
const dropped = { inode: 6, level: 1, log: 1, segment: 2, unit: 40 };

function build(): Buffer {
  const builder = new FrameBuilder();
  builder.begin();
  builder.addInode(inode);
  builder.addInode({ ...inode, inode: 6, name: "" });
  builder.addCut({ inode: 6, block: 12 });
  builder.addBlock(block);
  builder.addBlock(hole);
  builder.addNode(node);
  builder.addDropped(dropped);
  builder.addRange({ inode: 5, block: 1 }, Buffer.alloc(8192, 7), { from: 8000, to: 8192 });
  builder.addRange({ inode: 5, block: 1 }, Buffer.alloc(8192, 8), { from: 0, to: 4 });
  builder.addFrame(place);
  return builder.finish(facts, 6);
}

function decode(bytes: Buffer) {
  const header = decodeFrameHeader(bytes, place);
  if (!header) throw new Error("no frame");
  return { header, body: bytes.subarray(0, header.bodyBytes) };
}

test("a frame says what was put into it", () => {
  const { header, body } = decode(build());
  expect(header).toMatchObject(facts);
  expect(header.units).toBe(1 + 6);
  expect(isWholeBody(body)).toBe(true);
  const said: unknown[] = [];
  const say = (entry: unknown) => said.push(entry);
  visitFrame(header, body, { inode: say, cut: say, block: say, node: say, dropped: say, frame: say });
  expect(said).toEqual([
    { inode: 6, block: 12 },
    inode,
    { ...inode, inode: 6, name: "" },
    block,
    hole,
    node,
    dropped,
    place,
  ]);
  const ranges: unknown[] = [];
  visitFrame(header, body, { range: ({ bytes, ...at }) => ranges.push({ ...at, bytes: [...bytes] }) });
  expect(ranges).toEqual([
    { inode: 5, block: 1, from: 8000, bytes: Array(192).fill(7) },
    { inode: 5, block: 1, from: 0, bytes: [8, 8, 8, 8] },
  ]);
});

test("every flipped bit of a frame's body is noticed", () => {
  const whole = build();
  const { header } = decode(whole);
  for (let bit = 0; bit < header.bodyBytes * 8; bit++) {
    const bytes = Buffer.from(whole);
    bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
    const found = decodeFrameHeader(bytes, place);
    const isAccepted = found && found.bodyBytes <= bytes.length && isWholeBody(bytes.subarray(0, found.bodyBytes));
    expect(isAccepted, `bit ${bit}`).not.toBe(true);
  }
});

test("a frame that was moved to another place is none", () => {
  const bytes = build();
  for (const other of [
    { ...place, log: 4 },
    { ...place, segment: 8 },
    { ...place, unit: 10 },
  ])
    expect(decodeFrameHeader(bytes, other)).toBeUndefined();
});

test("a builder makes one frame after the other, however large", () => {
  const builder = new FrameBuilder();
  for (const count of [1, 5000, 3]) {
    builder.begin();
    for (let index = 0; index < count; index++) builder.addBlock({ ...block, block: index });
    expect(builder.unitsWith(0)).toBe(Math.ceil((160 + count * 28) / UNIT_BYTES));
    const { header, body } = decode(builder.finish(facts, 0));
    const blocks: number[] = [];
    visitFrame(header, body, { block: (change) => blocks.push(change.block) });
    expect(blocks).toEqual(Array.from({ length: count }, (_, index) => index));
    expect(isWholeBody(body)).toBe(true);
  }
});
