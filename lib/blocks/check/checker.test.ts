import { beforeEach, describe, expect, test } from "vitest";
import { seededRandom } from "@/lib/std/random";
import { BLOCK_BYTES, type Place, UNIT_BYTES } from "../log/format";
import { FRAME_KIND, type FrameHeader, isCheckpoint, isIdle } from "../log/frame";
import { visitFrame } from "../log/frame-reader";
import { LogReader } from "../log/log-reader";
import { indexPath, journalPath, ledgerPath, segmentPath } from "../log/store-paths";
import { encodeLedger } from "../retention/ledger";
import { type LogState, newLogState } from "../retention/log-state";
import { placeKey } from "../retention/place-table";
import { MemoryStore, STORE_DIR, writeFile } from "../simulation/memory-store";
import { Simulation } from "../simulation/simulation";
import { decodeIndex } from "../timeline/index-codec";
import type { IndexView } from "../timeline/index-view";
import { encodeThinnedIndex } from "../timeline/thin-index";
import { checkStore, inspectStore } from "./checker";
import { describeFinding, type Finding } from "./finding";

// Small enough for many map checkpoints and segments; a few seconds.
const SEEDS = Array.from({ length: 60 }, (_, index) => index + 1);

test("a store that random work, power cuts and failures left is found in order", () => {
  let points = 0;
  for (const seed of SEEDS) {
    const simulation = new Simulation(seed);
    simulation.run(150);
    const report = inspectStore(simulation.device, "/store");
    expect(report.findings.map(describeFinding), `seed ${seed}`).toEqual([]);
    points += report.points;
  }
  expect(points).toBeGreaterThan(SEEDS.length);
}, 120_000);

test("a store that a writer is at work in, and one that was never closed, are found in order", () => {
  const store = makeStore();
  const { volume } = store.open("fork");
  volume.write(volume.lookup("/small") ?? 0, Buffer.from("again"), 10);
  volume.commit();
  volume.write(volume.lookup("/small") ?? 0, Buffer.from("not yet"), 10);
  expect(check(store)).toEqual([]);
});

test("checking changes nothing and leaves no file open", () => {
  const store = makeStore();
  const before = { ...store.device.counts, read: 0 };
  const open = store.device.openFiles;
  check(store);
  expect({ ...store.device.counts, open: before.open, read: 0 }).toEqual(before);
  expect(store.device.openFiles).toBe(open);
});

test("a store without a journal is no store", () => {
  const store = makeStore();
  store.device.unlink(journalPath(STORE_DIR));
  expect(check(store)).toEqual([expect.objectContaining({ kind: "journal" })]);
});

/** A source with files of every size, a few map checkpoints and segments, and a fork that goes on. */
function makeStore(): MemoryStore {
  const limits = { segmentBytes: 192 << 10, checkpointFrames: 4, indexedFrames: 2, dirtyBlocks: 16 };
  const store = new MemoryStore({ limits });
  const random = seededRandom(3);
  store.create("source");
  const { volume, stop } = store.open("source");
  volume.mkdir("/base", 0o700);
  const large = volume.create("/base/large", 0o600);
  for (let commit = 0; commit < 20; commit++) {
    for (let block = 0; block < 3; block++)
      volume.write(large, Buffer.alloc(BLOCK_BYTES, 1 + random.int(200)), random.int(700) * BLOCK_BYTES);
    writeFile(volume, "/small", `commit ${commit}`);
    volume.commit();
  }
  stop();
  store.fork("source", "fork");
  store.change("fork", (fork) => writeFile(fork, "/own", "mine"));
  store.change("source", (source) => writeFile(source, "/small", "later"));
  return store;
}

const check = (store: MemoryStore): Finding[] => checkStore(store.device, STORE_DIR);

/** All frames of a log, by reading every unit. */
function framesOf(store: MemoryStore, log: number): FrameHeader[] {
  const reader = new LogReader(store.device, STORE_DIR, 8);
  const frames: FrameHeader[] = [];
  for (let segment = 1; store.device.files().includes(segmentPath(STORE_DIR, log, segment)); segment++)
    for (let unit = 1; unit * UNIT_BYTES < reader.segmentBytes(log, segment); unit++) {
      const header = reader.findFrame({ log, segment, unit })?.header;
      if (header) frames.push(header);
    }
  return frames;
}

function flip(store: MemoryStore, place: Place, byte: number): void {
  store.device.flipBit(segmentPath(STORE_DIR, place.log, place.segment), (place.unit * UNIT_BYTES + byte) * 8 + 3);
}

describe("damage is found where it is", () => {
  let store: MemoryStore;
  beforeEach(() => {
    store = makeStore();
    expect(check(store)).toEqual([]);
  });

  test("in a block of a file: with volume, file and block", () => {
    const frame = framesOf(store, 1).find((header) => header.kind === FRAME_KIND.commit && header.blocks > 2);
    const blocks = listBlocks(store, frame as FrameHeader).filter(({ inode }) => inode > 2);
    for (const { address, block } of blocks) {
      flip(store, address, 4000);
      const { log, segment, unit } = address;
      expect(check(store)).toContainEqual({
        kind: "block",
        message: "A block is damaged.",
        volumeId: "source",
        path: expect.stringMatching(/^\/(small|base\/large)$/),
        block,
        log,
        segment,
        unit,
      });
      flip(store, address, 4000);
    }
    expect(blocks.length).toBeGreaterThan(0);
  });

  test("in a map node: with volume and file", () => {
    const frame = framesOf(store, 1).find((header) => isCheckpoint(header) && header.nodes > 0);
    for (const { address } of listNodes(store, frame as FrameHeader)) {
      flip(store, address, 20);
      const { log, segment, unit } = address;
      expect(check(store)).toContainEqual(
        expect.objectContaining({ kind: "node", volumeId: "source", path: "/base/large", log, segment, unit }),
      );
      flip(store, address, 20);
    }
  });

  test("in a block of the file table", () => {
    const frame = framesOf(store, 1).find(isCheckpoint) as FrameHeader;
    const { tableRoot } = frame;
    flip(store, tableRoot, 300);
    const { segment, unit } = tableRoot;
    expect(check(store)).toContainEqual(
      expect.objectContaining({ volumeId: "source", path: "(file table)", log: 1, segment, unit }),
    );
  });

  test("in any commit record that a later one proves", () => {
    const frames = framesOf(store, 1).filter(({ kind }) => kind !== FRAME_KIND.run);
    for (const { place } of frames.slice(0, -1)) {
      flip(store, place, 40);
      expect(check(store), JSON.stringify(place)).toContainEqual(expect.objectContaining({ kind: "frame", ...place }));
      flip(store, place, 40);
    }
    // Nothing proves the last one: it is an idle frame, and it may have been torn.
    flip(store, frames.at(-1)?.place as Place, 40);
    expect(isIdle(frames.at(-1) as FrameHeader)).toBe(true);
    expect(check(store)).toEqual([]);
  });

  test("in the header of a segment", () => {
    for (const segment of [1, 2]) {
      flip(store, { log: 1, segment, unit: 0 }, 25);
      expect(check(store)).toContainEqual(
        expect.objectContaining({ kind: "segment", message: "A segment's header is damaged.", log: 1, segment }),
      );
      flip(store, { log: 1, segment, unit: 0 }, 25);
    }
  });

  test("in any record of the journal but an unproven last one", () => {
    store.device.flipBit(journalPath(STORE_DIR), 30 * 8);
    expect(check(store)[0]).toEqual({
      kind: "journal",
      message: "Record 0 at byte 0 is damaged: a later one is whole.",
    });
  });

  test("in a segment that was cut short", () => {
    const file = store.device.open(segmentPath(STORE_DIR, 1, 2), "write");
    store.device.truncate(file, 20 * UNIT_BYTES);
    store.device.close(file);
    const findings = check(store);
    expect(findings).toContainEqual(
      expect.objectContaining({ message: "A segment ends before its seal.", log: 1, segment: 2, unit: 20 }),
    );
    expect(findings).toContainEqual(expect.objectContaining({ kind: "point", log: 1 }));
  });

  test("in a segment that is missing, with whoever needs it", () => {
    store.device.unlink(segmentPath(STORE_DIR, 1, 2));
    const findings = check(store);
    expect(findings).toContainEqual(expect.objectContaining({ kind: "point", log: 1 }));
    expect(findings).toContainEqual(
      expect.objectContaining({ message: "A block is missing with its segment.", log: 1, segment: 2 }),
    );
  });

  test("in segments that changed places", () => {
    const paths = [1, 2].map((segment) => segmentPath(STORE_DIR, 1, segment));
    const [first, second] = paths.map((path) => store.device.content(path));
    replace(store, paths[0] as string, second as Buffer);
    replace(store, paths[1] as string, first as Buffer);
    const findings = check(store);
    for (const segment of [1, 2])
      expect(findings).toContainEqual(
        expect.objectContaining({ message: "A segment's header is damaged.", log: 1, segment }),
      );
  });

  test("in any bit that anything needs", () => {
    const random = seededRandom(8);
    const { logs } = inspectStore(store.device, STORE_DIR);
    let found = 0;
    const FLIPS = 150;
    for (let at = 0; at < FLIPS; at++) {
      const segments = store.device.files().filter((path) => path.endsWith(".seg"));
      const path = random.pick(segments);
      const bit = random.int(store.device.content(path).length * 8);
      store.device.flipBit(path, bit);
      if (check(store).length > 0) found++;
      store.device.flipBit(path, bit);
    }
    expect(check(store)).toEqual([]);
    // What is not needed (run headers, padding, tails) is not read.
    const units = [...logs.values()].reduce((sum, log) => sum + log.units, 0);
    const reached = [...logs.values()].reduce((sum, log) => sum + log.reached, 0);
    expect(found).toBeGreaterThan((FLIPS * reached) / units / 2);
  });
});

describe("what is kept", () => {
  let store: MemoryStore;
  let frames: FrameHeader[];
  beforeEach(() => {
    store = makeStore();
    frames = framesOf(store, 1).filter((header) => header.kind !== FRAME_KIND.run && !isIdle(header));
  });

  const stateSince = (header: FrameHeader): LogState => {
    const { commit, micros, moments, place } = header;
    return newLogState(1, { commit, micros, moments, segment: place.segment, unit: place.unit });
  };
  const save = (state: LogState) => replace(store, ledgerPath(STORE_DIR, 1), encodeLedger(state));

  test("and freed is found, with volume, file and block", () => {
    const state = stateSince(frames[12] as FrameHeader);
    save(state);
    expect(check(store)).toEqual([]);
    const [last] = listBlocks(store, frames.at(-2) as FrameHeader).filter(({ inode }) => inode > 2);
    const { log, segment, unit } = (last as Listed).address;
    state.freed.add(segment, unit, 2);
    save(state);
    expect(check(store)).toContainEqual({
      kind: "freed",
      message: "A unit of a block that is needed was freed.",
      volumeId: "source",
      path: expect.stringMatching(/^\/(small|base\/large)$/),
      block: last?.block,
      log,
      segment,
      unit,
    });
  });

  test("of a source for a fork only is found when it is freed", () => {
    const state = stateSince(frames.at(-1) as FrameHeader);
    const base = frames.at(-2) as FrameHeader;
    const { commit, micros, moments, place } = base;
    const { micros: nextMicros } = frames.at(-1) as FrameHeader;
    state.kept = [{ commit, micros, moments, nextMicros, segment: place.segment, unit: place.unit, isTick: false }];
    save(state);
    expect(check(store)).toEqual([]);
    state.freed.add(place.segment, place.unit, 1);
    save(state);
    // The source itself reads it as well, on the way back to its map checkpoint.
    const needers = check(store).filter(({ kind }) => kind === "freed");
    expect(needers).toEqual([expect.objectContaining({ log: 1, segment: place.segment, unit: place.unit })]);
    state.kept = [];
    save(state);
    expect(check(store)).toContainEqual(
      expect.objectContaining({ kind: "point", message: `Log 2 descends from commit ${commit}, which is not kept.` }),
    );
  });

  test("as a tick must be what its record says, and every commit of the exact part must be there", () => {
    const state = stateSince(frames[12] as FrameHeader);
    const { commit, micros, moments, place } = frames[3] as FrameHeader;
    const tick = {
      commit,
      micros,
      moments,
      segment: place.segment,
      unit: place.unit,
      nextMicros: micros + 1,
      isTick: true,
    };
    state.kept = [tick];
    save(state);
    expect(check(store)).toEqual([]);
    state.kept = [{ ...tick, moments: moments + 1 }];
    save(state);
    expect(check(store)).toContainEqual(
      expect.objectContaining({ message: `The ledger says of commit ${commit} what its record does not.`, log: 1 }),
    );
    state.kept = [{ ...tick, unit: place.unit + 1 }];
    save(state);
    expect(check(store)).toContainEqual(
      expect.objectContaining({ message: `The record of commit ${commit} is missing or damaged.`, log: 1 }),
    );
  });

  test("and freed as the same ledger says, or dead before its birth, is a contradiction", () => {
    const state = stateSince(frames[12] as FrameHeader);
    state.retained.set(placeKey(1, 9), [5, 4, 2]);
    state.freed.add(1, 10, 1);
    save(state);
    const messages = check(store).map(({ message }) => message);
    expect(messages).toContain("A slot died at 4, before its birth at 5.");
    expect(messages).toContain("A unit is both kept and freed.");
  });

  test("must be as new as what was seen, and its ledger whole", () => {
    const state = stateSince(frames[12] as FrameHeader);
    state.seenCommit = 1_000;
    save(state);
    expect(check(store).map(describeFinding)).toEqual([
      `The log ends with commit ${frames.at(-1)?.commit}, and commit 1000 was seen in it. (volume source, log 1)`,
    ]);
    store.device.flipBit(ledgerPath(STORE_DIR, 1), 400);
    expect(check(store)).toContainEqual({ kind: "ledger", message: "The log's ledger is damaged.", log: 1 });
  });
});

describe("an index of a segment", () => {
  let store: MemoryStore;
  const path = () => indexPath(STORE_DIR, 1, 3);
  const readIndex = () => {
    const found = decodeIndex(Buffer.from(store.device.content(path())), { log: 1, segment: 3 });
    expect(found).toMatchObject({ resume: undefined });
    return found?.view as IndexView;
  };
  beforeEach(() => {
    store = makeStore();
    while (store.keeper.work(store.nowMicros));
    expect(check(store)).toEqual([]);
  });

  test("that lacks a slot is found", () => {
    const view = readIndex();
    const slots = [...view.slots()];
    for (const dropped of slots.slice(0, 3)) {
      replace(store, path(), encodeThinnedIndex(view, { slot: ({ unit }) => unit !== dropped.unit }));
      const at = { kind: "index", log: 1, segment: 3, unit: dropped.unit };
      const findings = check(store).filter(({ unit }) => unit === dropped.unit);
      for (const message of [
        "An index lacks or misnames what a commit wrote.",
        "A unit is neither in an index nor freed.",
      ])
        expect(findings).toContainEqual(expect.objectContaining({ ...at, message }));
    }
  });

  test("that lacks a commit, or counts its deaths wrongly, is found", () => {
    const view = readIndex();
    const { commit } = view.commitAt(1);
    replace(store, path(), encodeThinnedIndex(view, { commit: (found) => found.commit !== commit }));
    expect(check(store).map(({ message }) => message)).toContain(
      `An index says of commit ${commit} what its record does not.`,
    );
    const deaths = [...view.deaths()].filter(({ log }) => log === 1);
    const dropped = deaths[0] as { unit: number; units: number; segment: number };
    const isOther = (death: typeof dropped) => death.unit !== dropped.unit || death.segment !== dropped.segment;
    replace(store, path(), encodeThinnedIndex(view, { death: isOther }));
    expect(check(store).map(({ message }) => message)).toEqual([
      `An index counts ${view.ownDeadUnits} units that died, and lists ${view.ownDeadUnits - dropped.units}.`,
    ]);
  });

  test("that is not whole is made again, unless its segment was collected", () => {
    const [never] = [...readIndex().bornDead()];
    store.device.flipBit(path(), 900);
    expect(check(store)).toEqual([]);
    const { commit, micros, moments, place } = framesOf(store, 1)[0] as FrameHeader;
    const ledger = newLogState(1, { commit, micros, moments, segment: place.segment, unit: place.unit });
    ledger.freed.add(3, never?.unit ?? 1, 1);
    ledger.collected.set(3, 1);
    replace(store, ledgerPath(STORE_DIR, 1), encodeLedger(ledger));
    expect(check(store).map(({ message }) => message)).toContain("A collected segment has no whole index.");
  });
});

interface Listed {
  readonly inode: number;
  readonly block: number;
  readonly address: Place;
}

function listBlocks(store: MemoryStore, { place }: FrameHeader): Listed[] {
  const { header, body } = new LogReader(store.device, STORE_DIR, 8).getFrame(place);
  const blocks: Listed[] = [];
  visitFrame(header, body, { block: (change) => blocks.push(change) });
  return blocks.filter(({ address }) => address.log !== 0);
}

function listNodes(store: MemoryStore, { place }: FrameHeader): Listed[] {
  const { header, body } = new LogReader(store.device, STORE_DIR, 8).getFrame(place);
  const nodes: Listed[] = [];
  visitFrame(header, body, { node: (change) => nodes.push(change) });
  return nodes.filter(({ inode }) => inode > 0);
}

function replace(store: MemoryStore, path: string, content: Buffer): void {
  const file = store.device.open(path, "write");
  store.device.truncate(file, 0);
  store.device.pwritev(file, [content], 0);
  store.device.close(file);
}
