import { beforeAll, describe, expect, test } from "vitest";
import { BLOCK_BYTES, UNIT_BYTES } from "../log/format";
import { decodeSegmentHeader } from "../log/segment-header";
import { segmentPath } from "../log/store-paths";
import { MemoryStore, STORE_DIR } from "../simulation/memory-store";
import { type ScannedSegment, scanSealedSegments } from "../simulation/sealed-segments";
import { LiveVerifier } from "./live-verifier";

let content: Buffer;
let scanned: ScannedSegment;

// A frame of many names, longer than a unit, with blocks after it, and byte ranges in a second one.
beforeAll(() => {
  const store = new MemoryStore({ limits: { segmentBytes: 64 << 10 } });
  store.create("v");
  const { volume, stop } = store.open("v");
  for (let file = 0; file < 300; file++) volume.create(`/a-file-with-a-long-name-${file}`, 0o600);
  const inode = volume.create("/f", 0o600);
  for (let block = 0; block < 9; block++)
    volume.write(inode, Buffer.alloc(BLOCK_BYTES, block + 1), block * BLOCK_BYTES);
  volume.commit();
  volume.write(inode, Buffer.from("abcd"), 100);
  volume.commit();
  stop();
  const segments = scanSealedSegments(store.device, STORE_DIR, 1);
  scanned = segments.reduce((most, one) => (one.pieces.length > most.pieces.length ? one : most));
  content = store.device.content(segmentPath(STORE_DIR, 1, scanned.segment));
});

const unitsOf = (what: string) => scanned.pieces.filter((piece) => piece.what === what);

function makeVerifier(): LiveVerifier {
  const { log, segment } = scanned;
  return new LiveVerifier({
    log,
    segment,
    salt: decodeSegmentHeader(content.subarray(0, UNIT_BYTES), { log, segment })?.salt ?? 0,
    slots: Uint32Array.from(unitsOf("slot").flatMap(({ unit, crc }) => [unit, crc])),
    frames: Uint32Array.from(unitsOf("frame").map(({ unit }) => unit)),
  });
}

function verify(bytes: Buffer, unitsPerPiece: number) {
  const verifier = makeVerifier();
  for (let unit = 0; unit < scanned.endUnit; unit += unitsPerPiece) {
    const end = Math.min(unit + unitsPerPiece, scanned.endUnit);
    verifier.add(unit, bytes.subarray(unit * UNIT_BYTES, end * UNIT_BYTES));
  }
  verifier.end();
  return verifier.damages;
}

describe.each([1, 2, 3, 7, 1000])("what is shown in pieces of %d units", (unitsPerPiece) => {
  test("is whole when nothing is damaged", () => {
    expect(verify(content, unitsPerPiece)).toEqual([]);
  });

  test("is damaged at the very place where a byte changed, in the first unit or the last of it", () => {
    for (const { unit, units, what } of scanned.pieces)
      for (const at of [unit * UNIT_BYTES + 60, (unit + units - 1) * UNIT_BYTES + 70]) {
        const bytes = Buffer.from(content);
        bytes[at] = (bytes[at] as number) ^ 1;
        expect(verify(bytes, unitsPerPiece)).toEqual([{ unit, what }]);
      }
  });
});

test("a frame or block whose end is not shown counts as damaged", () => {
  for (const { unit, units, what } of scanned.pieces.filter((piece) => piece.units > 1)) {
    const verifier = makeVerifier();
    for (const piece of scanned.pieces) {
      const shown = piece.unit === unit ? units - 1 : piece.units;
      verifier.add(piece.unit, content.subarray(piece.unit * UNIT_BYTES, (piece.unit + shown) * UNIT_BYTES));
    }
    verifier.end();
    expect(verifier.damages).toEqual([{ unit, what }]);
  }
});

test("to name a block for checking that is not kept is refused", () => {
  const verifier = makeVerifier();
  verifier.add(0, content.subarray(0, UNIT_BYTES));
  expect(() => verifier.end()).toThrow("lies in live units");
});
