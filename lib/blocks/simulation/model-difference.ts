import type { VolumeReader } from "../diff/root-reader";
import { BLOCK_BYTES } from "../log/format";
import type { ModelVolume } from "./model-volume";
import { REACHABLE_BLOCKS } from "./volume-workload";

/** How a volume differs from its model, in words; undefined when it does not. */
export function findDifference(volume: VolumeReader, model: ModelVolume): string | undefined {
  const paths = listAll(volume, "/");
  const expected = [...model.files.keys()].sort();
  if (JSON.stringify(paths.sort()) !== JSON.stringify(expected)) return `files are ${paths}, should be ${expected}`;
  for (const path of expected) {
    const difference = findFileDifference(volume, model, path);
    if (difference) return `${path}: ${difference}`;
  }
  return undefined;
}

function listAll(volume: VolumeReader, path: string): string[] {
  const inode = volume.lookup(path);
  if (inode === undefined || volume.stat(inode).kind === "file") return [];
  const children = volume.readdir(inode).map((name) => (path === "/" ? `/${name}` : `${path}/${name}`));
  return children.flatMap((child) => [child, ...listAll(volume, child)]);
}

function findFileDifference(volume: VolumeReader, model: ModelVolume, path: string): string | undefined {
  const inode = volume.lookup(path);
  const file = model.files.get(path);
  if (inode === undefined || !file) return "is missing";
  const stat = volume.stat(inode);
  if (stat.kind !== file.kind || stat.mode !== file.mode) return `is ${stat.kind} ${stat.mode}`;
  if (file.kind === "directory") return undefined;
  if (stat.sizeBytes !== file.sizeBytes) return `has ${stat.sizeBytes} bytes, should have ${file.sizeBytes}`;
  return findContentDifference(volume, { inode, path }, model);
}

/** Reads the blocks that have content or could have it, and the last: files are sparse and may be very large. */
function findContentDifference(
  volume: VolumeReader,
  at: { inode: number; path: string },
  model: ModelVolume,
): string | undefined {
  const file = model.files.get(at.path);
  const last = Math.max(0, Math.ceil((file?.sizeBytes ?? 0) / BLOCK_BYTES) - 1);
  for (const block of new Set([...REACHABLE_BLOCKS, ...(file?.blocks.keys() ?? []), last])) {
    if (block > last) continue;
    const target = Buffer.alloc(BLOCK_BYTES);
    const read = volume.read(at.inode, target, block * BLOCK_BYTES);
    const expected = model.read(at.path, block * BLOCK_BYTES, BLOCK_BYTES);
    if (!target.subarray(0, read).equals(expected)) return `block ${block} differs`;
  }
  return undefined;
}
