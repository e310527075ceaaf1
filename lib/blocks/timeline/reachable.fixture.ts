import type { Limits } from "../limits";
import { BLOCK_UNITS, isHole, type Place, toUnits } from "../log/format";
import { FRAME_KIND, type FrameHeader, isCheckpoint } from "../log/frame";
import { visitFrame } from "../log/frame-reader";
import type { LogReader } from "../log/log-reader";
import { resolveRoot } from "../log/resolved-root";
import { REACHABLE_BLOCKS } from "../simulation/volume-workload";
import { decodeInode, INODE_BYTES, INODES_PER_BLOCK } from "../volume/inode";
import { type FileTree, MapNode, NODE_ENTRIES } from "../volume/map-node";
import { makePage } from "../volume/page";
import { loadRoot } from "../volume/volume-open";
import { VolumeState } from "../volume/volume-state";

/** Slots by name, with their units. */
export type Slots = Map<string, number>;

export const nameOf = ({ log, segment, unit }: Place): string => `${log}/${segment}/${unit}`;

/**
 * Every slot that reading a log at one commit needs, found by brute force: the volume as it is opened, all trees of its
 * checkpoint, and every record since. `last` is the newest record with that commit, an idle one if there is one.
 */
export function findReachable(reader: LogReader, last: FrameHeader, limits: Limits): Slots {
  const slots: Slots = new Map();
  addFrames(reader, last, slots);
  const state = new VolumeState("reached", reader, limits);
  const root = resolveRoot(reader, last);
  loadRoot(state, root);
  addBlocks(state, slots);
  addTrees(reader, root, slots);
  return slots;
}

function addFrames(reader: LogReader, last: FrameHeader, slots: Slots): void {
  let header = last;
  const add = (frame: FrameHeader) => slots.set(nameOf(frame.place), toUnits(frame.bodyBytes));
  add(header);
  while (!isCheckpoint(header) && header.kind !== FRAME_KIND.root) {
    header = reader.getFrame(header.previous).header;
    add(header);
  }
  if (header.kind !== FRAME_KIND.root) return;
  const listed: Place[] = [];
  visitFrame(header, reader.getFrame(header.place).body, { frame: (place) => listed.push(place) });
  for (const place of listed) add(reader.getFrame(place).header);
}

function addBlocks(state: VolumeState, slots: Slots): void {
  for (let number = 1; number < state.files.limit; number++) {
    const inode = state.files.find(number);
    if (!inode) continue;
    for (const block of REACHABLE_BLOCKS) {
      const address = state.map.find(inode.tree, block);
      if (!isHole(address)) slots.set(nameOf(address), BLOCK_UNITS);
    }
  }
}

function addTrees(reader: LogReader, root: ReturnType<typeof resolveRoot>, slots: Slots): void {
  const page = makePage();
  const tableBlocks: (Place & { crc: number })[] = [];
  addTree({ height: root.tableHeight, root: root.tableRoot }, { reader, slots, leaves: tableBlocks });
  for (const address of tableBlocks) {
    slots.set(nameOf(address), BLOCK_UNITS);
    reader.readBlock(address, page.bytes);
    for (let slot = 0; slot < INODES_PER_BLOCK; slot++) {
      const inode = decodeInode(1, page.bytes.subarray(slot * INODE_BYTES, (slot + 1) * INODE_BYTES));
      if (inode) addTree(inode.tree, { reader, slots, leaves: [] });
    }
  }
}

interface Walk {
  readonly reader: LogReader;
  readonly slots: Slots;
  readonly leaves: (Place & { crc: number })[];
}

function addTree(tree: Pick<FileTree, "height" | "root">, walk: Walk): void {
  if (!isHole(tree.root)) addNode(tree.root, tree.height, walk);
}

function addNode(address: Place & { crc: number }, level: number, walk: Walk): void {
  if (level === 0) {
    walk.leaves.push(address);
    return;
  }
  walk.slots.set(nameOf(address), BLOCK_UNITS);
  const node = new MapNode({} as FileTree, level, 0);
  walk.reader.readBlock(address, node.bytes);
  for (let entry = 0; entry < NODE_ENTRIES; entry++) {
    const child = node.get(entry);
    if (!isHole(child)) addNode(child, level - 1, walk);
  }
}
