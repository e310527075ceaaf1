import { openBenchStack } from "./bench-stack";
import { median, type Report } from "./figure";
import { measureSyncs } from "./measure-syncs";
import { takePairs } from "./pairs";
import { initialise, runForLatency } from "./pgbench";

// Short runs and many: how fast the disk is changes from second to second.
const RUNS = 21;
const SECONDS = 1;
const APPENDS = 100;

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
        syncs.push(median(measureSyncs(stack.dir, APPENDS)));
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
