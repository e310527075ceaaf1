import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { assert } from "@/lib/std/assert";
import { type Random, seededRandom } from "@/lib/std/random";
import type { ChangedRange } from "../history-types";
import { DEFAULT_LIMITS } from "../limits";
import { BLOCK_BYTES, isHole } from "../log/format";
import { LogReader } from "../log/log-reader";
import { findLogTail } from "../log/log-tail";
import { resolveRoot } from "../log/resolved-root";
import { toSegmentNumbers } from "../log/store-paths";
import { MemoryStore, STORE_DIR } from "../simulation/memory-store";
import { findDifference } from "../simulation/model-difference";
import { ModelVolume } from "../simulation/model-volume";
import { pickLimits } from "../simulation/setup";
import { changeVolume } from "../simulation/volume-workload";
import type { Volume } from "../volume/volume-types";
import { diffRoots } from "./diff";
import { openReader } from "./root-reader";
import { isNameless, type RootFile, RootView } from "./root-view";
import { describePlace, eachTreeBlock, isSamePlace } from "./tree-reader";

/** The volume of a log at one of its commits: nothing is collected here, so all of them are there. */
function openAt(store: MemoryStore, log: number, commit: number): RootView {
  const frames = new LogReader(store.device, STORE_DIR, 16);
  const segments = toSegmentNumbers(store.device.readdir(`${STORE_DIR}/logs/${log}`));
  let header = findLogTail(frames, log, segments)?.head;
  while (header && header.commit > commit) header = frames.getFrame(header.previous).header;
  assert(header, "the log has the commit");
  return new RootView(frames, resolveRoot(frames, header));
}

interface Moment {
  readonly log: number;
  readonly commit: number;
  readonly model: ModelVolume;
}

/** A few volumes, many of them forks of forks, and what each held at each of its commits. */
function makeHistory(random: Random): { store: MemoryStore; moments: Moment[] } {
  const store = new MemoryStore({ limits: pickLimits(random) });
  const models: ModelVolume[] = [];
  const moments: Moment[] = [];
  for (let log = 1; log <= 4; log++) {
    const source = random.int(models.length + 1);
    const forked = models[source - 1];
    if (forked) store.fork(`v${source}`, `v${log}`);
    else store.create(`v${log}`);
    const { volume, stop } = store.open(`v${log}`);
    let model = forked ?? new ModelVolume();
    moments.push({ log, commit: volume.head.commit, model });
    for (let commits = 1 + random.int(8); commits > 0; commits--) {
      for (let changes = 1 + random.int(6); changes > 0; changes--) model = changeVolume(volume, model, random);
      moments.push({ log, commit: volume.commit().commit, model });
    }
    stop();
    models.push(model);
  }
  return { store, moments };
}

const toBlocks = (ranges: readonly ChangedRange[]): string[] =>
  ranges.flatMap(({ path, firstBlock, blocks }) =>
    Array.from({ length: blocks }, (_, at) => `${path}:${firstBlock + at}`),
  );

/** By path, from the models alone. */
function compareModels(from: ModelVolume, to: ModelVolume): string[] {
  const blocks: string[] = [];
  for (const path of new Set([...from.files.keys(), ...to.files.keys()])) {
    const [a, b] = [from.files.get(path)?.blocks, to.files.get(path)?.blocks];
    for (const block of new Set([...(a?.keys() ?? []), ...(b?.keys() ?? [])]))
      if (!(a?.get(block) ?? ZEROS).equals(b?.get(block) ?? ZEROS)) blocks.push(`${path}:${block}`);
  }
  return blocks.sort();
}

const ZEROS = Buffer.alloc(BLOCK_BYTES);

/** As `diffRoots` says it, from the content of every file of both roots; undefined when a rename is hard to tell. */
function compareViews(from: RootView, to: RootView): string[] | undefined {
  const left = new Map<string, { from?: RootFile; to?: RootFile }>();
  const found = new Set<string>();
  const add = (path: string, a: RootFile | undefined, b: RootFile | undefined) => {
    for (const block of new Set([...blocksOf(from, a), ...blocksOf(to, b)]))
      if (!read(from, a, block).equals(read(to, b, block))) found.add(`${path}:${block}`);
  };
  const leave = (view: RootView, side: "from" | "to", file: RootFile | undefined) => {
    const path = file && view.pathOf(file);
    if (path) left.set(path, { ...left.get(path), [side]: file });
  };
  for (let inode = 1; inode < Math.max(from.root.inodeLimit, to.root.inodeLimit); inode++) {
    const [a, b] = [findNamed(from, inode), findNamed(to, inode)];
    const isSame = a && b ? isSameFile({ from, to }, a, b) : false;
    if (isSame === undefined) return undefined;
    if (isSame && b) add(to.pathOf(b) ?? "", a, b);
    else {
      leave(from, "from", a);
      leave(to, "to", b);
    }
  }
  for (const [path, pair] of left) add(path, pair.from, pair.to);
  return [...found].sort();
}

function findNamed(view: RootView, inode: number): RootFile | undefined {
  const file = view.find(inode);
  return file?.kind === "file" && !isNameless(file) ? file : undefined;
}

const blocksOf = (view: RootView, file: RootFile | undefined): number[] =>
  file ? [...view.blocks(file)].map(({ block }) => block) : [];

function read(view: RootView, file: RootFile | undefined, block: number): Buffer {
  const content = Buffer.alloc(BLOCK_BYTES);
  if (file) view.readBlock(file, block, content);
  return content;
}

/** By the name, or by a block in common now; what was in common at their checkpoints only is left open. */
function isSameFile(views: { from: RootView; to: RootView }, a: RootFile, b: RootFile): boolean | undefined {
  if (a.name === b.name && a.parent === b.parent) return true;
  const isShared = blocksOf(views.from, a).some((block) => {
    const [x, y] = [views.from.addressOf(a, block), views.to.addressOf(b, block)];
    const [first, second] = [views.from.rangesOf(a, block)[0], views.to.rangesOf(b, block)[0]];
    return (!isHole(x) && isSamePlace(x, y)) || (first && second && isSamePlace(first.frame, second.frame));
  });
  if (isShared) return true;
  const before = new Set(treeBlocksOf(views.from, a));
  return treeBlocksOf(views.to, b).some((place) => before.has(place)) ? undefined : false;
}

const treeBlocksOf = (view: RootView, file: RootFile): string[] =>
  [...eachTreeBlock(view.nodes, file.tree, { from: 0, to: Number.POSITIVE_INFINITY })].map(({ address }) =>
    describePlace(address),
  );

describe("a root view", () => {
  test("reads every commit of every volume as it was", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { store, moments } = makeHistory(seededRandom(seed));
        for (const { log, commit, model } of moments) {
          const volume = openReader(openAt(store, log, commit)) as Volume;
          expect(findDifference(volume, model), `commit ${commit} of log ${log}`).toBeUndefined();
        }
      }),
      { numRuns: 30 },
    );
  }, 60_000);

  test("lists exactly the blocks that are no holes, in their order, and says which have byte ranges over them", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { store, moments } = makeHistory(seededRandom(seed));
        for (const { log, commit, model } of moments) {
          const view = openAt(store, log, commit);
          for (const file of view.files()) {
            const path = view.pathOf(file);
            if (file.kind === "directory" || path === undefined) continue;
            const expected = [...(model.files.get(path)?.blocks.keys() ?? [])].sort((a, b) => a - b);
            expect(blocksOf(view, file)).toEqual(expected);
            for (const { block, address, isPending } of view.blocks(file)) {
              expect(isPending).toBe(view.rangesOf(file, block).length > 0);
              expect(address).toEqual(view.addressOf(file, block));
            }
          }
        }
      }),
      { numRuns: 30 },
    );
  }, 60_000);
});

describe("a diff", () => {
  test("of any two roots by path finds what a comparison of their content finds, and nothing else", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = seededRandom(seed);
        const { store, moments } = makeHistory(random);
        for (let pair = 0; pair < 15; pair++) {
          const [from, to] = [random.pick(moments), random.pick(moments)];
          const views = [openAt(store, from.log, from.commit), openAt(store, to.log, to.commit)] as const;
          const found = toBlocks(diffRoots(...views, { related: false }));
          expect(found.sort()).toEqual(compareModels(from.model, to.model));
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test("of related volumes knows files by their numbers and finds what a comparison of their content finds", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = seededRandom(seed);
        const { store, moments } = makeHistory(random);
        for (let pair = 0; pair < 15; pair++) {
          const [from, to] = [random.pick(moments), random.pick(moments)];
          const views = [openAt(store, from.log, from.commit), openAt(store, to.log, to.commit)] as const;
          const expected = compareViews(...views);
          if (expected) expect(toBlocks(diffRoots(...views, { related: true })).sort()).toEqual(expected);
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test("of a root with itself is empty", () => {
    const { store, moments } = makeHistory(seededRandom(5));
    for (const { log, commit } of moments)
      expect(diffRoots(openAt(store, log, commit), openAt(store, log, commit), { related: true })).toEqual([]);
  });
});

describe("files in a diff", () => {
  let store: MemoryStore;
  let volume: Volume;
  const fill = (path: string, blocks: number, byte: number) => {
    const inode = volume.lookup(path) ?? volume.create(path, 0o600);
    for (let block = 0; block < blocks; block++)
      volume.write(inode, Buffer.alloc(BLOCK_BYTES, byte), block * BLOCK_BYTES);
  };
  const diff = (from: number, to: number) => diffRoots(openAt(store, 1, from), openAt(store, 1, to), { related: true });

  beforeEach(() => {
    store = new MemoryStore({ limits: { checkpointFrames: 2 } });
    store.create("v");
    volume = store.open("v").volume;
  });

  test("that was renamed and changed is one file, under its new path", () => {
    fill("/old", 4, 1);
    const before = volume.commit().commit;
    volume.rename("/old", "/new");
    volume.write(volume.lookup("/new") ?? 0, Buffer.alloc(BLOCK_BYTES, 2), BLOCK_BYTES);
    const after = volume.commit().commit;
    expect(diff(before, after)).toEqual([{ path: "/new", firstBlock: 1, blocks: 1 }]);
    expect(diff(after, before)).toEqual([{ path: "/old", firstBlock: 1, blocks: 1 }]);
  });

  test("that took the number of one that is gone is another file", () => {
    fill("/gone", 3, 1);
    const number = volume.lookup("/gone");
    const before = volume.commit().commit;
    volume.unlink("/gone");
    fill("/made", 2, 1);
    expect(volume.lookup("/made")).toBe(number);
    expect(diff(before, volume.commit().commit)).toEqual([
      { path: "/gone", firstBlock: 0, blocks: 3 },
      { path: "/made", firstBlock: 0, blocks: 2 },
    ]);
  });

  test("that replaced another by a rename is compared with what had the path before", () => {
    fill("/state", 3, 1);
    const before = volume.commit().commit;
    fill("/state.tmp", 3, 1);
    volume.write(volume.lookup("/state.tmp") ?? 0, Buffer.alloc(BLOCK_BYTES, 2), 2 * BLOCK_BYTES);
    volume.rename("/state.tmp", "/state");
    expect(diff(before, volume.commit().commit)).toEqual([{ path: "/state", firstBlock: 2, blocks: 1 }]);
  });

  test("in a directory that was renamed did not change", () => {
    volume.mkdir("/a", 0o700);
    fill("/a/file", 3, 1);
    const before = volume.commit().commit;
    volume.rename("/a", "/b");
    expect(diff(before, volume.commit().commit)).toEqual([]);
  });

  test("that was written with what it had did not change", () => {
    fill("/f", 600, 1);
    const before = volume.commit().commit;
    fill("/f", 600, 2);
    volume.commit();
    fill("/f", 600, 1);
    expect(diff(before, volume.commit().commit)).toEqual([]);
  });

  test("that was cut and grew again lacks what was cut", () => {
    fill("/f", 10, 1);
    const before = volume.commit().commit;
    volume.truncate(volume.lookup("/f") ?? 0, 4 * BLOCK_BYTES);
    volume.truncate(volume.lookup("/f") ?? 0, 10 * BLOCK_BYTES);
    expect(diff(before, volume.commit().commit)).toEqual([{ path: "/f", firstBlock: 4, blocks: 6 }]);
  });
});

describe("the work of a diff", () => {
  const BLOCKS = 20_000;
  const FILES = 2_000;

  /** What is read of maps and tables for one changed block among so many. */
  function countReads(options: { blocks: number; files: number; changed: readonly number[] }): number {
    const store = new MemoryStore({ limits: { ...DEFAULT_LIMITS, checkpointFrames: 1 } });
    store.create("v");
    const { volume } = store.open("v");
    const large = volume.create("/large", 0o600);
    const page = Buffer.alloc(BLOCK_BYTES, 1);
    for (let block = 0; block < options.blocks; block++) volume.write(large, page, block * BLOCK_BYTES);
    for (let file = 0; file < options.files; file++) volume.create(`/f${file}`, 0o600);
    volume.commit();
    volume.utimes(large, 1);
    const before = volume.commit().commit;
    for (const block of options.changed) volume.write(large, Buffer.alloc(BLOCK_BYTES, 2), block * BLOCK_BYTES);
    volume.commit();
    volume.utimes(large, 2);
    const after = volume.commit().commit;
    const views = [openAt(store, 1, before), openAt(store, 1, after)] as const;
    expect(toBlocks(diffRoots(...views, { related: true }))).toEqual(options.changed.map((block) => `/large:${block}`));
    return views[0].nodes.reads + views[1].nodes.reads;
  }

  test("grows with what differs and not with the volumes", () => {
    const small = countReads({ blocks: 2_000, files: 10, changed: [700] });
    const large = countReads({ blocks: BLOCKS, files: FILES, changed: [700] });
    // The table's root and block, the tree's root and leaf, twice; of a large table one level more.
    expect(small).toBeLessThanOrEqual(10);
    expect(large - small).toBeLessThanOrEqual(4);
    const scattered = [0, 5_000, 10_000, 15_000, 19_999];
    const more = countReads({ blocks: BLOCKS, files: FILES, changed: scattered });
    expect(more - large).toBe(2 * (scattered.length - 1));
  });

  test("of a fork with its source does not grow with them either", () => {
    const store = new MemoryStore();
    store.create("v");
    const { volume, stop } = store.open("v");
    const inode = volume.create("/f", 0o600);
    for (let block = 0; block < 5_000; block++) volume.write(inode, Buffer.alloc(BLOCK_BYTES, 1), block * BLOCK_BYTES);
    volume.commit();
    stop();
    store.fork("v", "w");
    store.change("w", (fork) => fork.write(inode, Buffer.from("changed"), 3_000 * BLOCK_BYTES));
    const views = [openAt(store, 1, 1e9), openAt(store, 2, 1e9)] as const;
    expect(views[1].root.frames.at(-1)).toMatchObject({ log: 2 });
    expect(toBlocks(diffRoots(...views, { related: true }))).toEqual(["/f:3000"]);
    expect(views[0].nodes.reads + views[1].nodes.reads).toBeLessThanOrEqual(8);
  });
});

test("a damaged map node is named", () => {
  const store = new MemoryStore({ limits: { checkpointFrames: 1 } });
  store.create("v");
  const { volume, stop } = store.open("v");
  const inode = volume.create("/f", 0o600);
  volume.write(inode, Buffer.alloc(2 * BLOCK_BYTES, 1), 0);
  volume.commit();
  volume.utimes(inode, 1);
  volume.commit();
  stop();
  const view = openAt(store, 1, 1e9);
  expect(view.root.frames).toEqual([]);
  const root = view.find(inode)?.tree.root;
  assert(root, "the file has a tree");
  store.device.flipBit(`${STORE_DIR}/logs/1/${root.segment}.seg`, root.unit * 4096 * 8 + 77);
  expect(() => openReader(openAt(store, 1, 1e9)).read(inode, Buffer.alloc(BLOCK_BYTES), 0)).toThrow(
    `A map node is damaged (log 1, segment ${root.segment}, unit ${root.unit}).`,
  );
});
