import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

const APPEND_BYTES = 4096;

/** How long each of a series of 4 KiB appends takes to become durable in `dir`, in milliseconds. */
export function measureSyncs(dir: string, count: number): number[] {
  const fd = openSync(join(dir, "appends"), "a");
  const block = Buffer.alloc(APPEND_BYTES, 1);
  const samples = Array.from({ length: count }, () => {
    writeSync(fd, block);
    const started = performance.now();
    fdatasyncSync(fd);
    return performance.now() - started;
  });
  closeSync(fd);
  return samples;
}
