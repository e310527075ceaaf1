import { type FileHandle, open } from "node:fs/promises";

/** What a file system gives or takes at once, and what collected segments have as holes. */
const UNIT_BYTES = 4096;
const CHUNK_BYTES = 1 << 20;

/**
 * Copies a file as far as it reaches now, durable when it resolves. What is zero becomes a hole: a collected segment is mostly
 * that, and its copy must not take more room than it does.
 */
export async function copyFile(from: string, to: string): Promise<void> {
  const source = await open(from, "r");
  try {
    const target = await open(to, "wx", 0o600);
    try {
      const { size } = await source.stat();
      for (let at = 0; at < size; at += CHUNK_BYTES)
        await copyChunk({ source, target }, at, Math.min(size, at + CHUNK_BYTES));
      await target.truncate(size);
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function copyChunk({ source, target }: Record<"source" | "target", FileHandle>, from: number, to: number) {
  const chunk = Buffer.alloc(to - from);
  const { bytesRead } = await source.read(chunk, 0, chunk.length, from);
  for (const [start, end] of findRuns(chunk.subarray(0, bytesRead)))
    await target.write(chunk, start, end - start, from + start);
}

/** The parts of a chunk that are not zero, as `[start, end)` in whole units. */
function* findRuns(chunk: Buffer): Generator<[number, number]> {
  let start = -1;
  for (let at = 0; at < chunk.length; at += UNIT_BYTES) {
    const isZero = chunk
      .subarray(at, at + UNIT_BYTES)
      .equals(ZEROS.subarray(0, Math.min(UNIT_BYTES, chunk.length - at)));
    if (isZero && start >= 0) yield [start, at];
    start = isZero ? -1 : start < 0 ? at : start;
  }
  if (start >= 0) yield [start, chunk.length];
}

const ZEROS = Buffer.alloc(UNIT_BYTES);
