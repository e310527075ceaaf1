import { randomFillSync } from "node:crypto";
import { type BlockStore, openVolume, type Volume, type WriterTicket } from "@/lib/blocks";
import { nodeDevice } from "@/lib/blocks/device/node-device";
import { BLOCK_BYTES } from "@/lib/blocks/log/format";
import { HeadCell } from "@/lib/blocks/log/head-cell";
import { LogReader } from "@/lib/blocks/log/log-reader";
import { newId } from "@/lib/std/ids";
import type { Random } from "@/lib/std/random";
import { makeBigVolume } from "./big-volume";
import { fileNames } from "./files";

const FILE_BLOCKS = 131_072;
const CHUNK_BLOCKS = 128;
const CHUNKS_PER_COMMIT = 64;
/** Blocks that small commits change, spread over the whole volume. */
const HOT_BLOCKS = 64;
const CHANGES = 3;
const CHANGE_BYTES = 100;

/** A volume with its writer at work. */
export interface SourceVolume {
  readonly id: string;
  readonly volume: Volume;
  readonly ticket: WriterTicket;
  close(): Promise<void>;
}

export async function openSource(store: BlockStore, id: string): Promise<SourceVolume> {
  const { ticket, release } = await store.openWriter(id);
  const volume = openVolume(ticket);
  return {
    id,
    volume,
    ticket,
    async close() {
      volume.close();
      await release();
    },
  };
}

/** A volume full of blocks that are all different. */
export async function makeRealSource(store: BlockStore, bytes: number): Promise<SourceVolume> {
  const id = newId();
  await store.create(id);
  const source = await openSource(store, id);
  fillFiles(source.volume, Math.ceil(bytes / BLOCK_BYTES));
  return source;
}

/** A volume of any size whose blocks repeat: see `makeBigVolume`. */
export async function makeBigSource(store: BlockStore, bytes: number): Promise<SourceVolume> {
  const id = newId();
  await makeBigVolume(store, id, bytes);
  return openSource(store, id);
}

function fillFiles(volume: Volume, blocks: number): void {
  const chunk = randomFillSync(Buffer.alloc(CHUNK_BLOCKS * BLOCK_BYTES));
  let written = 0;
  for (const file of fileNames(blocks, FILE_BLOCKS)) {
    if (file.isDirectory) volume.mkdir(file.path, 0o700);
    else {
      const inode = volume.create(file.path, 0o600);
      for (let block = 0; block < file.blocks; block += CHUNK_BLOCKS, written++) {
        const count = Math.min(CHUNK_BLOCKS, file.blocks - block);
        for (let at = 0; at < count; at++) chunk.writeUInt32LE(written * CHUNK_BLOCKS + at, at * BLOCK_BYTES);
        volume.write(inode, chunk.subarray(0, count * BLOCK_BYTES), block * BLOCK_BYTES);
        if (written % CHUNKS_PER_COMMIT === CHUNKS_PER_COMMIT - 1) volume.commit();
      }
    }
  }
  volume.commit();
}

export interface HotBlock {
  readonly inode: number;
  readonly block: number;
}

/** Some blocks of a volume's files, from its beginning to its end. */
export function hotBlocks(volume: Volume): HotBlock[] {
  const directory = volume.lookup("/base/5") as number;
  const inodes = volume.readdir(directory).map((name) => volume.lookup(`/base/5/${name}`) as number);
  const ends: number[] = [];
  for (const inode of inodes) ends.push((ends.at(-1) ?? 0) + volume.stat(inode).sizeBytes / BLOCK_BYTES);
  const blocks = ends.at(-1) as number;
  return Array.from({ length: HOT_BLOCKS }, (_, at) => {
    const block = Math.floor((blocks * at) / HOT_BLOCKS);
    const file = ends.findIndex((end) => end > block);
    return { inode: inodes[file] as number, block: block - (ends[file - 1] ?? 0) };
  });
}

/** A commit as a small transaction leaves it: a few rows. */
export function commitRows(volume: Volume, hot: readonly HotBlock[], random: Random): void {
  for (let change = 0; change < CHANGES; change++) {
    const { inode, block } = random.pick(hot);
    volume.write(inode, Buffer.alloc(CHANGE_BYTES, random.int(256)), block * BLOCK_BYTES + 400);
  }
  volume.commit();
}

/** Commits until so many frames lie behind the newest map checkpoint: opening and forking walk through them. */
export function commitUntilFrames({ volume, ticket }: SourceVolume, frames: number, random: Random): void {
  const hot = hotBlocks(volume);
  do commitRows(volume, hot, random);
  while (framesSinceCheckpoint(ticket) !== frames);
}

function framesSinceCheckpoint({ headCell, storeDir, logId }: WriterTicket): number {
  const { segment, unit } = new HeadCell(headCell).read();
  const reader = new LogReader(nodeDevice, storeDir, 1);
  try {
    return reader.getFrame({ log: logId, segment, unit }).header.sinceCheckpoint;
  } finally {
    reader.close();
  }
}
