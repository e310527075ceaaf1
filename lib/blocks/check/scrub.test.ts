import { beforeEach, expect, test } from "vitest";
import { assert } from "@/lib/std/assert";
import { RootView } from "../diff/root-view";
import type { Damage } from "../history-types";
import { BLOCK_BYTES, UNIT_BYTES } from "../log/format";
import { LogReader } from "../log/log-reader";
import { findLogTail } from "../log/log-tail";
import { resolveRoot } from "../log/resolved-root";
import { type IndexedSlot, isFrameLevel, type SegmentIndex } from "../log/segment-index";
import { indexPath, logPath, segmentPath, toIndexNumbers, toSegmentNumbers } from "../log/store-paths";
import { MemoryStore, STORE_DIR, writeFile } from "../simulation/memory-store";
import { decodeIndex } from "../timeline/index-codec";
import { VolumeError } from "../volume-error";
import { readFile } from "./check-journal";
import { Scrub, type ScrubPlace, type ScrubSource } from "./scrub";

const nowMicros = () => 42;
const NO_LIMIT = Number.POSITIVE_INFINITY;

let store: MemoryStore;
let freed: Set<string>;
let owners: readonly string[];
let reader: LogReader;

/** A volume of several segments, all but the last of them indexed, and a fork of it. */
beforeEach(() => {
  freed = new Set();
  owners = ["v", "w"];
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
  isReady: () => true,
  next: (after) => sealed().find(({ segment }) => segment > (after?.segment ?? 0)),
  indexOf,
  isFreed: ({ log, segment }, unit) => freed.has(`${log}/${segment}/${unit}`) || freed.has(`${log}/${segment}`),
  traceOf: (place, unit) => {
    const commit = indexOf(place)?.birthOf(unit);
    return { volumeIds: owners, ownerId: "v", commit, commitMicros: commit === undefined ? undefined : commit * 10 };
  },
  pathOf(log, inode) {
    const segments = toSegmentNumbers(store.device.readdir(logPath(STORE_DIR, log)));
    const head = findLogTail(reader, log, segments)?.head;
    const view = head && new RootView(reader, resolveRoot(reader, head));
    const file = view?.find(inode);
    return file && view?.pathOf(file);
  },
};

const makeScrub = () => new Scrub({ reader, source, nowMicros });

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
  const commit = indexOf(place)?.birthOf(slot.unit) ?? 0;
  expect(commit).toBeGreaterThan(1);
  const told: Damage[] = [];
  const scrub = new Scrub({ reader, source, nowMicros, found: (damage) => told.push(damage) });
  for (let pass = 0; pass < 3; pass++) scrub.scrubSlice(NO_LIMIT);
  expect(scrub.damages).toEqual([
    {
      volumeIds: ["v", "w"],
      ownerId: "v",
      commit,
      commitMicros: commit * 10,
      path: "/file",
      block: slot.block,
      ...place,
      unit: slot.unit,
      foundMicros: 42,
    },
  ]);
  expect(told).toEqual(scrub.damages);
});

test("damage belongs to those who hold it now, and to nobody once it is freed", () => {
  const { place, slot } = findSlot(isBlock);
  flip(place, slot.unit);
  const scrub = makeScrub();
  scrub.scrubSlice(NO_LIMIT);
  owners = ["w"];
  expect(scrub.damages).toMatchObject([{ volumeIds: ["w"], path: "/file" }]);
  freed.add(`1/${place.segment}/${slot.unit}`);
  expect(scrub.damages).toEqual([]);
});

test("damage in a log that cannot be read for a while is remembered as it was found", () => {
  const { place, slot } = findSlot(isBlock);
  flip(place, slot.unit);
  let isHidden = false;
  let ticks = 0;
  const hiding = { ...source, next: (after: ScrubPlace | undefined) => (isHidden ? undefined : source.next(after)) };
  const scrub = new Scrub({ reader, source: hiding, nowMicros: () => ++ticks });
  scrub.scrubSlice(NO_LIMIT);
  const before = scrub.damages;
  isHidden = true;
  scrub.scrubSlice(NO_LIMIT);
  isHidden = false;
  scrub.scrubSlice(NO_LIMIT);
  expect(before.length).toBe(1);
  expect(scrub.damages).toEqual(before);
});

test("a pass that begins before every log is known has not read everything", () => {
  let isReady = false;
  const scrub = new Scrub({ reader, source: { ...source, isReady: () => isReady }, nowMicros });
  scrub.scrubSlice(NO_LIMIT);
  expect(scrub.scrubbedMicros).toBeUndefined();
  isReady = true;
  scrub.scrubSlice(NO_LIMIT);
  expect(scrub.scrubbedMicros).toBe(42);
});

test("it is known when everything was read, and that is at the end of a pass only", () => {
  const scrub = makeScrub();
  while (scrub.scrubSlice(UNIT_BYTES)) expect(scrub.scrubbedMicros).toBeUndefined();
  expect(scrub.scrubbedMicros).toBe(42);
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

test("a segment of which nothing can be told any more is reported, and what comes after it is read", () => {
  const [lost] = sealed().slice(1);
  assert(lost, "there are segments");
  const damaged = sealed().at(-1);
  assert(damaged && damaged.segment > lost.segment, "one comes after it");
  flip(damaged, 0);
  const indexOfReadable = (place: ScrubPlace) => {
    if (place.segment === lost.segment) throw new VolumeError("EIO", "Its index is gone, and a frame is damaged.");
    return indexOf(place);
  };
  const scrub = new Scrub({ reader, source: { ...source, indexOf: indexOfReadable }, nowMicros });
  scrub.scrubSlice(NO_LIMIT);
  const places = scrub.damages.map(({ segment, unit }) => `${segment}/${unit}`);
  expect(places.slice(0, 2)).toEqual([`${lost.segment}/0`, `${damaged.segment}/0`]);
});

test("what was freed is nobody's damage, also when it goes while it is read", () => {
  const { place, slot } = findSlot(isBlock);
  flip(place, slot.unit);
  freed.add(`1/${place.segment}/${slot.unit}`);
  const goesWhileRead = (of: ScrubPlace) => {
    const index = indexOf(of);
    if (of.segment === place.segment) freed.add(`1/${of.segment}`);
    return index;
  };
  for (const of of [source, { ...source, indexOf: goesWhileRead }]) {
    const scrub = new Scrub({ reader, source: of, nowMicros });
    scrub.scrubSlice(NO_LIMIT);
    expect(scrub.damages).toEqual([]);
    freed.delete(`1/${place.segment}/${slot.unit}`);
  }
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
