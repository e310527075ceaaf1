import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

const BYTES_PER_BLOCK = 512;

/** Bytes that a directory takes on the disk, which is less than its files are long where they have holes. */
export function measureDisk(dir: string): number {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .map((name) => lstatSync(join(dir, name), { throwIfNoEntry: false })?.blocks ?? 0)
    .reduce((sum, blocks) => sum + blocks * BYTES_PER_BLOCK, 0);
}
