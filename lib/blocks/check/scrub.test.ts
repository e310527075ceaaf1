import { beforeEach, expect, test } from "vitest";
import { assert } from "@/lib/std/assert";
import { RootView } from "../diff/root-view";
import { BLOCK_BYTES, UNIT_BYTES } from "../format";
import { LogReader } from "../log-reader";
import { findLogTail } from "../log-tail";
import { resolveRoot } from "../resolved-root";
import { type IndexedSlot, isFrameLevel, type SegmentIndex } from "../segment-index";
import { MemoryStore, STORE_DIR, writeFile } from "../simulation/memory-store";
import { indexPath, logPath, segmentPath, toIndexNumbers, toSegmentNumbers } from "../store-paths";
import { decodeIndex } from "../timeline/index-codec";
import { readFile } from "./check-journal";
import { Scrub, type ScrubPlace, type ScrubSource } from "./scrub";

const nowMicros = () => 42;
const NO_LIMIT = Number.POSITIVE_INFINITY;

let store: MemoryStore;
let freed: Set<string>;
let reader: LogReader;

/** A volume of several segments, all but the last of them indexed, and a fork of it. */
beforeEach(() => {
  freed = new Set();
  store = new MemoryStore({ limits: { segmentBytes: 128 << 10, checkpointFrames: 4, dirtyBlocks: 16 } });
  reader = new LogReader(store.device, STORE_DIR, 8);
  store.create("v");
  const { volume, stop } = store.open("v");
  const inode = volume.create("/file", 0o600);
  for (let commit = 0; commit < 16; commit++) {
    volume.write(inode, Buffer.alloc(3 * BLOCK_BYTES, commit + 1), commit * 3 * BLOCK_BYTES);
    writeFile(volume, "/small", `${commit}`);
    volume.commit();
  }
  stop();
  store.open("v").stop();
  store.fork("v", "w");
  while (store.keeper.work(store.nowMicros));
});

const sealed = (): ScrubPlace[] =>
  toIndexNumbers(store.device.readdir(logPath(STORE_DIR, 1)))
    .map((segment) => ({ log: 1, segment }))
    .filter((place) => indexOf(place) !== undefined);

function indexOf({ log, segment }: ScrubPlace): SegmentIndex | undefined {
  const bytes = readFile(store.device, indexPath(STORE_DIR, log, segment));
  const found = bytes && decodeIndex(bytes, { log, segment });
  return found?.resume ? undefined : found?.view;
}

const source: ScrubSource = {
  next: (after) => sealed().find(({ segment }) => segment > (after?.segment ?? 0)),
  indexOf,
  isFreed: ({ log, segment }, unit) => freed.has(`${log}/${segment}/${unit}`) || freed.has(`${log}/${segment}`),
  volumesOf: (log) => (log === 1 ? ["v", "w"] : ["w"]),
  pathOf(log, inode) {
    const segments = toSegmentNumbers(store.device.readdir(logPath(STORE_DIR, log)));
    const head = findLogTail(reader, log, segments)?.head;
    const view = head && new RootView(reader, resolveRoot(reader, head));
    const file = view?.find(inode);
    return file && view?.pathOf(file);
  },
};

const makeScrub = (after?: ScrubPlace) => new Scrub({ reader, source, nowMicros, ...(after && { after }) });

function flip({ segment }: ScrubPlace, unit: number): void {
  store.device.flipBit(segmentPath(STORE_DIR, 1, segment), (unit * UNIT_BYTES + 50) * 8);
}

function findSlot(matches: (slot: IndexedSlot) => boolean): { place: ScrubPlace; slot: IndexedSlot } {
  for (const place of sealed())
    for (const slot of indexOf(place)?.slots() ?? []) if (matches(slot)) return { place, slot };
  assert(false, "the store has such a slot");
}

const isBlock = ({ level, inode }: IndexedSlot) => level === 0 && inode > 1;

test("a healthy store has no damage, and a pass reads every sealed segment", () => {
  expect(sealed().length).toBeGreaterThan(2);
  const scrub = makeScrub();
  let slices = 1;
  while (scrub.scrubSlice(10 * UNIT_BYTES)) slices++;
  expect(scrub.damages).toEqual([]);
  const units = sealed().reduce((sum, place) => sum + (indexOf(place)?.endUnit ?? 0), 0);
  expect(slices).toBeGreaterThan(units / 20);
  expect(slices).toBeLessThanOrEqual(units / 10 + 1);
});

test("damage to a block is reported with volumes, file and block, once", () => {
  const { place, slot } = findSlot(isBlock);
  flip(place, slot.unit);
  const scrub = makeScrub();
  for (let pass = 0; pass < 3; pass++) scrub.scrubSlice(NO_LIMIT);
  expect(scrub.damages).toEqual([
    {
      volumeIds: ["v", "w"],
      path: "/file",
      block: slot.block,
      ...place,
      unit: slot.unit,
      foundMicros: 42,
    },
  ]);
});

test.each([
  ["a map node", ({ level, inode }: IndexedSlot) => level > 0 && !isFrameLevel(level) && inode > 1, "/file"],
  ["the file table", ({ level, inode }: IndexedSlot) => level === 0 && inode === 0, undefined],
  ["a commit record", ({ level }: IndexedSlot) => isFrameLevel(level), undefined],
])("damage to %s is reported with its place", (_, matches, path) => {
  const { place, slot } = findSlot(matches);
  flip(place, slot.unit);
  const scrub = makeScrub();
  scrub.scrubSlice(NO_LIMIT);
  expect(scrub.damages).toEqual([expect.objectContaining({ ...place, unit: slot.unit, path, block: undefined })]);
});

test("damage to a block is reported without a file when the names are damaged as well", () => {
  const { place, slot } = findSlot(isBlock);
  flip(place, slot.unit);
  const head = findLogTail(reader, 1, toSegmentNumbers(store.device.readdir(logPath(STORE_DIR, 1))))?.head;
  assert(head, "the log has a head");
  const { tableRoot } = resolveRoot(reader, head);
  flip(tableRoot, tableRoot.unit);
  const scrub = makeScrub();
  scrub.scrubSlice(NO_LIMIT);
  expect(scrub.damages).toContainEqual(expect.objectContaining({ ...place, unit: slot.unit, path: undefined }));
});

test("a damaged or missing segment is reported", () => {
  const [first, second] = sealed().slice(1);
  assert(first && second, "there are segments");
  flip(first, 0);
  store.device.unlink(segmentPath(STORE_DIR, 1, second.segment));
  const scrub = makeScrub();
  scrub.scrubSlice(NO_LIMIT);
  const places = scrub.damages.map(({ segment, unit }) => `${segment}/${unit}`);
  expect(places).toContain(`${first.segment}/0`);
  expect(places).toContain(`${second.segment}/0`);
});

test("what was freed is nobody's damage, also when it goes while it is read", () => {
  const { place, slot } = findSlot(isBlock);
  flip(place, slot.unit);
  freed.add(`1/${place.segment}/${slot.unit}`);
  const scrub = makeScrub();
  scrub.scrubSlice(NO_LIMIT);
  expect(scrub.damages).toEqual([]);
  freed.delete(`1/${place.segment}/${slot.unit}`);
  while (scrub.scrubSlice(UNIT_BYTES) && scrub.position?.segment !== place.segment - 1);
  freed.add(`1/${place.segment}`);
  while (scrub.scrubSlice(UNIT_BYTES));
  expect(scrub.damages).toEqual([]);
});

test("damage that was mended is forgotten with the next whole pass", () => {
  const { place, slot } = findSlot(isBlock);
  flip(place, slot.unit);
  const scrub = makeScrub();
  scrub.scrubSlice(NO_LIMIT);
  expect(scrub.damages.length).toBe(1);
  flip(place, slot.unit);
  scrub.scrubSlice(NO_LIMIT);
  expect(scrub.damages).toEqual([]);
});

test("a scrub goes on where an earlier one was", () => {
  const { place, slot } = findSlot(isBlock);
  flip(place, slot.unit);
  const first = makeScrub();
  while (first.position?.segment !== place.segment) first.scrubSlice(UNIT_BYTES);
  const second = makeScrub(first.position);
  second.scrubSlice(NO_LIMIT);
  expect(second.damages).toEqual([]);
  second.scrubSlice(NO_LIMIT);
  expect(second.damages.length).toBe(1);
});
