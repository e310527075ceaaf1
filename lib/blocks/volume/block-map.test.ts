import { describe, expect, test } from "vitest";
import { type Random, seededRandom } from "@/lib/std/random";
import { type Address, HOLE, isHole } from "../log/format";
import { BlockMap } from "./block-map";
import { FileTree, NODE_ENTRIES } from "./map-node";

/** Map nodes on a disk, and which of them the last checkpoint refers to. */
class NodeDisk {
  readonly nodes = new Map<number, Buffer>();
  #nextUnit = 1;

  readonly map = new BlockMap((address, node) => {
    const bytes = this.nodes.get(address.unit);
    if (!bytes) throw new Error(`node ${address.unit} was given up`);
    bytes.copy(node.bytes);
  }, 4);

  /** Writes every changed node, children first, and gives up those that were replaced or dropped, with all below them. */
  checkpoint(): void {
    const replaced: number[] = [];
    for (let level = 1; this.map.dirtyNodes.size > 0; level++)
      for (const node of [...this.map.dirtyNodes]) {
        if (node.level !== level) continue;
        if (!isHole(node.address)) replaced.push(node.address.unit);
        const unit = this.#nextUnit++;
        this.nodes.set(unit, Buffer.from(node.bytes));
        this.map.settle(node, { log: 1, segment: 1, unit, crc: 0 });
      }
    for (const unit of replaced) this.nodes.delete(unit);
    for (const node of this.map.dropped) this.#giveUp(node.unit, node.level);
    this.map.dropped = [];
  }

  /** Nodes that the tree refers to. */
  reachable(tree: FileTree): Set<number> {
    const found = new Set<number>();
    if (tree.height > 0) this.#collect(tree.root, tree.height, found);
    return found;
  }

  #collect(address: Address, level: number, found: Set<number>): void {
    if (isHole(address)) return;
    found.add(address.unit);
    if (level > 1) for (const child of this.#children(address.unit)) this.#collect(child, level - 1, found);
  }

  #giveUp(unit: number, level: number): void {
    if (level > 1) for (const child of this.#children(unit)) this.#giveUp(child.unit, level - 1);
    this.nodes.delete(unit);
  }

  #children(unit: number): Address[] {
    const words = new Uint32Array(new Uint8Array(this.nodes.get(unit) ?? []).buffer);
    const children: Address[] = [];
    for (let at = 0; at < words.length; at += 4)
      if (words[at]) children.push({ log: 1, segment: 1, unit: words[at + 2] as number, crc: 0 });
    return children;
  }
}

const addressOf = (unit: number): Address => ({ log: 1, segment: 1, unit, crc: unit });

describe("a file's map", () => {
  test("answers what was set last, over any mixture of sets, cuts and checkpoints, and knows every node it gave up", () => {
    for (let seed = 1; seed <= 60; seed++) runSeed(seed);
  });

  test("answers the address that a new one replaces", () => {
    const { map } = new NodeDisk();
    const tree = new FileTree(2);
    expect(map.set(tree, 0, addressOf(1))).toBe(HOLE);
    expect(map.set(tree, 0, addressOf(2))).toEqual(addressOf(1));
    expect(map.set(tree, NODE_ENTRIES ** 2 + 5, addressOf(3))).toBe(HOLE);
    expect(map.set(tree, 0, addressOf(4))).toEqual(addressOf(2));
  });

  test("of one block takes no node", () => {
    const { map } = new NodeDisk();
    const tree = new FileTree(2);
    map.set(tree, 0, addressOf(1));
    expect(map.dirtyNodes.size).toBe(0);
    expect(tree.root).toEqual(addressOf(1));
  });

  test("keeps a bounded number of unchanged nodes in memory, however many it reads", () => {
    const disk = new NodeDisk();
    const tree = new FileTree(2);
    for (let leaf = 0; leaf < 100; leaf++) disk.map.set(tree, leaf * NODE_ENTRIES, addressOf(leaf + 1));
    disk.checkpoint();
    for (let leaf = 0; leaf < 100; leaf++)
      expect(disk.map.find(tree, leaf * NODE_ENTRIES)).toEqual(addressOf(leaf + 1));
    const inMemory = tree.levels.reduce((count, nodes) => count + nodes.size, 0);
    expect(inMemory).toBeLessThanOrEqual(4);
  });

  test("forgets a whole file without reading its leaves", () => {
    const disk = new NodeDisk();
    const tree = new FileTree(2);
    for (let leaf = 0; leaf < 20; leaf++) disk.map.set(tree, leaf * NODE_ENTRIES, addressOf(leaf + 1));
    disk.map.count(tree, 20);
    disk.checkpoint();
    const { root } = tree;
    disk.nodes.clear();
    disk.map.cut(tree, 0, 0);
    expect(disk.map.dropped).toEqual([{ inode: 2, level: 2, log: 1, segment: 1, unit: root.unit }]);
    expect(disk.map.mappedBlocks).toBe(0);
  });
});

const BLOCKS = [0, 1, 3, 511, 512, 513, 1500, 262_143, 262_144, 262_800, 600_000];

function runSeed(seed: number): void {
  const random = seededRandom(seed);
  const disk = new NodeDisk();
  const tree = new FileTree(2);
  const model = new Map<number, Address>();
  for (let step = 0; step < 120; step++) {
    change({ disk, tree, model, random }, step + 1);
    for (const block of BLOCKS) expect(disk.map.find(tree, block), `seed ${seed}`).toEqual(model.get(block) ?? HOLE);
    expect(tree.mapped, `seed ${seed}`).toBe(model.size);
  }
  disk.checkpoint();
  expect(new Set(disk.nodes.keys()), `seed ${seed}`).toEqual(disk.reachable(tree));
}

interface Run {
  readonly disk: NodeDisk;
  readonly tree: FileTree;
  readonly model: Map<number, Address>;
  readonly random: Random;
}

function change({ disk, tree, model, random }: Run, unit: number): void {
  const kind = random.int(10);
  if (kind === 0) disk.checkpoint();
  else if (kind === 1) {
    const from = random.int(3) === 0 ? 0 : random.pick(BLOCKS) + random.int(2);
    disk.map.cut(tree, from, 0);
    for (const block of model.keys()) if (block >= from) model.delete(block);
  } else {
    const block = random.pick(BLOCKS);
    const replaced = disk.map.set(tree, block, addressOf(unit));
    if (isHole(replaced)) disk.map.count(tree, 1);
    model.set(block, addressOf(unit));
  }
}
