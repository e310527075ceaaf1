import type { Volume } from "@/lib/blocks";
import { BLOCK_BYTES } from "@/lib/blocks/log/format";
import type { Random } from "@/lib/std/random";
import type { HotBlock } from "./source-volume";

export interface SizedFile {
  readonly inode: number;
  readonly blocks: number;
}

/** The data files of a source volume. */
export function listFiles(volume: Volume): SizedFile[] {
  return volume.readdir(volume.lookup("/base/5") as number).map((name) => {
    const inode = volume.lookup(`/base/5/${name}`) as number;
    return { inode, blocks: volume.stat(inode).sizeBytes / BLOCK_BYTES };
  });
}

/** A block anywhere in them. */
export function pickBlock(files: readonly SizedFile[], random: Random): HotBlock {
  const { inode, blocks } = random.pick(files);
  return { inode, block: random.int(blocks) };
}
