import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type BenchStack, openBenchStack } from "./bench-stack";
import { median, type Report } from "./figure";
import { takePairs } from "./pairs";
import { initialise, runForLatency } from "./pgbench";

// Short runs and many: how fast the disk is changes from second to second.
const RUNS = 21;
const SECONDS = 1;
const APPENDS = 100;
const APPEND_BYTES = 4096;

/** What the disk barrier adds to a TPC-B transaction, against a bare fdatasync of a 4 KiB append on the same disk. */
export async function barrier(report: Report): Promise<void> {
  const stack = await openBenchStack();
  try {
    const durable = await stack.start("volume", "postgres-18");
    const fast = await stack.start("volume-without-barrier", "postgres-18");
    for (const target of [durable, fast]) await initialise(target, 1);
    const syncs: number[] = [];
    const take = (target: typeof durable) => () => runForLatency(target, "tpcb-like", SECONDS);
    const pairs = await takePairs(
      RUNS,
      async () => {
        syncs.push(measureSync(stack));
        return take(durable)();
      },
      take(fast),
    );
    report("barrier/fdatasync", "ms", syncs);
    report(
      "barrier/latency",
      "ms",
      pairs.map(({ a }) => a),
    );
    report(
      "barrier/added",
      "ms",
      pairs.map(({ a, b }) => a - b),
    );
    report(
      "barrier/ratio",
      "ratio",
      pairs.map(({ a, b }, i) => (a - b) / (syncs[i] as number)),
    );
  } finally {
    await stack.close();
  }
}

/** Median of a series of appends, each made durable. */
function measureSync({ dir }: BenchStack): number {
  const fd = openSync(join(dir, "appends"), "a");
  const block = Buffer.alloc(APPEND_BYTES, 1);
  const samples = Array.from({ length: APPENDS }, () => {
    writeSync(fd, block);
    const started = performance.now();
    fdatasyncSync(fd);
    return performance.now() - started;
  });
  closeSync(fd);
  return median(samples);
}
