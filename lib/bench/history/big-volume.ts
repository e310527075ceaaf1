import { randomFillSync } from "node:crypto";
import type { BlockStore, WriterTicket } from "@/lib/blocks";
import { nodeDevice } from "@/lib/blocks/device/node-device";
import { DEFAULT_LIMITS } from "@/lib/blocks/limits";
import { type Address, BLOCK_BYTES, BLOCK_UNITS, checksum, HOLE, NOWHERE, type Place } from "@/lib/blocks/log/format";
import { type BlockChange, FRAME_FLAG, FRAME_KIND, type NodeChange } from "@/lib/blocks/log/frame";
import { FrameBuilder, type FrameFacts } from "@/lib/blocks/log/frame-builder";
import { HeadCell } from "@/lib/blocks/log/head-cell";
import { LogReader } from "@/lib/blocks/log/log-reader";
import { LogWriter } from "@/lib/blocks/log/log-writer";
import { type CheckpointRun, placeCheckpoint } from "@/lib/blocks/volume/checkpoint";
import { type Inode, toInodeChange } from "@/lib/blocks/volume/inode";
import { MapNode, NODE_ENTRIES } from "@/lib/blocks/volume/map-node";
import { makePage } from "@/lib/blocks/volume/page";
import { VolumeState } from "@/lib/blocks/volume/volume-state";
import { systemClock } from "@/lib/std/clock";
import { fileNames } from "./files";

/** Files of Postgres end here. */
const FILE_BLOCKS = 131_072;
const DESCRIPTORS = 4;

/**
 * Makes a volume of any size whose map spans all of it while its log takes some megabytes: files of 1 GiB as Postgres has
 * them, each with one block and one leaf of its own, which the file's map repeats from its beginning to its end. Written with the store's own
 * encoders as one commit with a map checkpoint, so everything that reads it finds nothing unusual.
 */
export async function makeBigVolume(store: BlockStore, volumeId: string, bytes: number): Promise<void> {
  await store.create(volumeId);
  const { ticket, release } = await store.openWriter(volumeId);
  try {
    writeBigCommit(ticket, bytes);
  } finally {
    await release();
  }
}

function writeBigCommit(ticket: WriterTicket, bytes: number): void {
  const { storeDir, logId, volumeId } = ticket;
  const cell = new HeadCell(ticket.headCell);
  const head = cell.read();
  const reader = new LogReader(nodeDevice, storeDir, DESCRIPTORS);
  const state = new VolumeState(volumeId, reader, DEFAULT_LIMITS);
  const lastFrame = { log: logId, segment: head.segment, unit: head.unit };
  const { segmentBytes } = DEFAULT_LIMITS;
  const writer = new LogWriter({
    ...{ device: nodeDevice, storeDir, log: logId, start: cell.start, lastFrame, segmentBytes, barrier: true },
  });
  const commit = head.commit + 1;
  const micros = Math.max(systemClock.nowMicros(), head.micros + 1);
  writer.open(commit, micros);
  const run = writer.begin(commit, micros);
  const content = addFiles(state, { ...run, unit: run.unit + 1 }, bytes);
  const checkpoint = placeCheckpoint(state, nextPlace({ ...run, unit: run.unit + 1 }, content));
  const frame = appendCommit(writer, { state, content, checkpoint, commit, micros });
  writer.seal(frame);
  writer.endCommit();
  const { mappedBlocks } = state.map;
  cell.publish({ commit, micros, mappedBlocks, moments: head.moments + 1, segment: frame.segment, unit: frame.unit });
  writer.close();
  reader.close();
}

/** Pages in the order of their places, and how a frame names them. */
interface Content {
  readonly pages: Uint8Array[];
  readonly blocks: BlockChange[];
  readonly leaves: NodeChange[];
}

function addFiles(state: VolumeState, first: Place, bytes: number): Content {
  const content: Content = { pages: [], blocks: [], leaves: [] };
  const add = (page: Uint8Array): Address => {
    const { log, segment, unit } = nextPlace(first, content);
    content.pages.push(page);
    return { log, segment, unit, crc: checksum(page) };
  };
  for (const { path, blocks, isDirectory } of fileNames(Math.ceil(bytes / BLOCK_BYTES), FILE_BLOCKS)) {
    const inode = state.files.add(path, isDirectory ? "directory" : "file", 0o600);
    state.files.touch(inode);
    state.markStale(inode.number);
    if (!isDirectory) mapFile(state, { inode, blocks }, { content, add });
  }
  return content;
}

function mapFile(
  state: VolumeState,
  { inode, blocks }: { inode: Inode; blocks: number },
  { content, add }: { content: Content; add(page: Uint8Array): Address },
): void {
  const block = add(randomFillSync(makePage().bytes));
  const leaf = new MapNode(inode.tree, 1, 0);
  for (let entry = 0; entry < NODE_ENTRIES; entry++) leaf.set(entry, block);
  const leafAddress = add(leaf.bytes);
  const root = new MapNode(inode.tree, 2, 0);
  for (let entry = 0; entry * NODE_ENTRIES < blocks; entry++) root.set(entry, leafAddress);
  root.dirty = true;
  inode.tree.height = 2;
  inode.tree.at(2).set(0, root);
  state.map.dirtyNodes.add(root);
  state.map.count(inode.tree, Math.ceil(blocks / NODE_ENTRIES) * NODE_ENTRIES);
  inode.sizeBytes = inode.tree.mapped * BLOCK_BYTES;
  content.blocks.push({ inode: inode.number, block: 0, address: block, replaced: NOWHERE });
  content.leaves.push({ inode: inode.number, block: 0, level: 1, address: leafAddress, replaced: NOWHERE });
}

const nextPlace = (first: Place, { pages }: Content): Place => ({
  ...first,
  unit: first.unit + pages.length * BLOCK_UNITS,
});

interface BigCommit {
  readonly state: VolumeState;
  readonly content: Content;
  readonly checkpoint: CheckpointRun;
  readonly commit: number;
  readonly micros: number;
}

/** All pages as a run, and the frame that lists them; answers its place. */
function appendCommit(writer: LogWriter, { state, content, checkpoint, commit, micros }: BigCommit): Place {
  const builder = new FrameBuilder();
  const facts = (kind: number, flags: number): FrameFacts => ({
    ...{ place: writer.end, kind, flags, salt: writer.salt, ordinal: writer.ordinal, previous: writer.lastFrame },
    ...{ commit, micros, sinceCheckpoint: 0, moments: 1, clockMicros: 0 },
    mappedBlocks: state.map.mappedBlocks,
    inodeLimit: state.files.limit,
    tableHeight: kind === FRAME_KIND.run ? 0 : state.table.height,
    tableRoot: kind === FRAME_KIND.run ? HOLE : state.table.root,
  });
  const pages = [...content.pages, ...checkpoint.pages];
  builder.begin();
  writer.append([builder.finish(facts(FRAME_KIND.run, 0), pages.length * BLOCK_UNITS), ...pages]);
  builder.begin();
  for (const number of state.files.changed) builder.addInode(toInodeChange(state.files.get(number)));
  for (const block of [...content.blocks, ...checkpoint.tableBlocks]) builder.addBlock(block);
  for (const node of [...content.leaves, ...checkpoint.nodes]) builder.addNode(node);
  const place = writer.end;
  writer.append([builder.finish(facts(FRAME_KIND.commit, FRAME_FLAG.checkpoint | FRAME_FLAG.moment), 0)]);
  return place;
}
