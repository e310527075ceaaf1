import { expect, test } from "vitest";
import { HeadCell } from "./head-cell";

const start = { nextSegment: 12, sealedSegment: 11, sealedUnits: 4_000_000_000 };
const head = {
  commit: 2 ** 45,
  micros: 1_764_000_000_123_457,
  segment: 11,
  unit: 3_000_000_000,
  mappedBlocks: 2 ** 34,
  moments: 2 ** 36,
};

test("readers see the newest published head and the writer its start", () => {
  const buffer = HeadCell.allocate(start, head);
  const cell = new HeadCell(buffer);
  expect(cell.start).toEqual(start);
  expect(cell.read()).toEqual(head);
  for (let commit = 1; commit <= 5; commit++) {
    new HeadCell(buffer).publish({ ...head, commit, unit: commit });
    expect(cell.read()).toEqual({ ...head, commit, unit: commit });
  }
});

test("a writer that ends while it publishes leaves the head before in force", () => {
  const buffer = HeadCell.allocate(start, head);
  const copy = new SharedArrayBuffer(buffer.byteLength);
  new HeadCell(buffer).publish({ ...head, commit: 7 });
  // All of the publication but its last store, the version.
  new Int32Array(copy).set(new Int32Array(buffer));
  new Int32Array(copy)[0] = 1;
  expect(new HeadCell(copy).read()).toEqual(head);
});
