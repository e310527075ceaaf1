import { closeSync, fdatasyncSync, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { newId } from "@/lib/std/ids";

const RECORD = Buffer.alloc(100, 1);
const ROOT = Buffer.alloc(16_384, 1);

/** What a fork does to the disk and nothing else: a record, a directory with one file, and their barriers; in milliseconds. */
export function timeBareFork(dir: string): number {
  const path = join(dir, newId());
  const started = performance.now();
  writeAndSync(join(dir, "records"), "a", RECORD);
  mkdirSync(path);
  writeAndSync(join(path, "1.seg"), "wx", ROOT);
  syncDirectory(path);
  syncDirectory(dir);
  return performance.now() - started;
}

function writeAndSync(path: string, flags: string, bytes: Buffer): void {
  const fd = openSync(path, flags);
  writeSync(fd, bytes);
  fdatasyncSync(fd);
  closeSync(fd);
}

function syncDirectory(path: string): void {
  const fd = openSync(path, "r");
  fsyncSync(fd);
  closeSync(fd);
}
