import { type Address, BLOCK_UNITS, checksum, HOLE, type Place } from "../log/format";
import type { BlockChange, NodeChange } from "../log/frame";
import { encodeInode, INODE_BYTES, INODES_PER_BLOCK } from "./inode";
import type { MapNode } from "./map-node";
import { makePage } from "./page";
import { isZero } from "./ranges";
import type { VolumeState } from "./volume-state";

/** What a map checkpoint appends: pages in the order of their places, and what the frame says about them. */
export interface CheckpointRun {
  readonly pages: Uint8Array[];
  readonly nodes: NodeChange[];
  readonly tableBlocks: BlockChange[];
}

/**
 * Gives every changed map node and inode table block a place from `first` on. Children come before parents, files before
 * the table, because each holds the addresses of those before it.
 */
export function placeCheckpoint(state: VolumeState, first: Place): CheckpointRun {
  const run: CheckpointRun = { pages: [], nodes: [], tableBlocks: [] };
  placeNodes(state, { run, first, ofTable: false });
  for (const chunk of [...state.files.staleChunks].sort((a, b) => a - b)) placeTableBlock(state, chunk, { run, first });
  state.files.staleChunks.clear();
  placeNodes(state, { run, first, ofTable: true });
  return run;
}

interface Placing {
  readonly run: CheckpointRun;
  readonly first: Place;
}

function placeNodes(state: VolumeState, placing: Placing & { ofTable: boolean }): void {
  const due = () => [...state.map.dirtyNodes].filter((node) => (node.tree === state.table) === placing.ofTable);
  // Placing a level makes the nodes above it dirty.
  for (let level = 1, nodes = due(); nodes.length > 0; level++, nodes = due())
    for (const node of nodes) if (node.level === level) placeNode(state, node, placing);
}

function placeNode(state: VolumeState, node: MapNode, { run, first }: Placing): void {
  const replaced = node.address;
  const address = nextAddress(run, first, node.bytes);
  run.pages.push(node.bytes);
  run.nodes.push({ inode: node.tree.inode, block: node.index, level: node.level, address, replaced });
  state.map.settle(node, address);
}

function placeTableBlock(state: VolumeState, chunk: number, { run, first }: Placing): void {
  const page = makePage();
  for (let slot = 0; slot < INODES_PER_BLOCK; slot++)
    encodeInode(
      state.files.find(chunk * INODES_PER_BLOCK + slot),
      page.bytes.subarray(slot * INODE_BYTES, (slot + 1) * INODE_BYTES),
    );
  const address = isZero(page.words) ? HOLE : nextAddress(run, first, page.bytes);
  if (address !== HOLE) run.pages.push(page.bytes);
  const replaced = state.map.set(state.table, chunk, address);
  run.tableBlocks.push({ inode: 0, block: chunk, address, replaced });
}

function nextAddress(run: CheckpointRun, first: Place, bytes: Uint8Array): Address {
  const unit = first.unit + run.pages.length * BLOCK_UNITS;
  return { log: first.log, segment: first.segment, unit, crc: checksum(bytes) };
}
