import { openBenchStack } from "./bench-stack";
import type { Report } from "./figure";
import { takePairs } from "./pairs";
import { initialise, runTransactions, type Script } from "./pgbench";

// Short runs and many: what else the machine does changes from second to second.
const RUNS = 61;
const WARM_UP_RUNS = 5;
/** Transactions of a run: a third to half a second. */
const SCRIPTS: readonly (readonly [Script, number])[] = [
  ["tpcb-like", 400],
  ["select-only", 2_000],
];

/** pgbench, one client, through the gateway: the volume without its barrier against PGlite's NodeFS without fsync. */
export async function pgbenchRatios(scale: number, report: Report): Promise<void> {
  const stack = await openBenchStack();
  try {
    const volume = await stack.start("volume-without-barrier", "postgres-18");
    const nodefs = await stack.start("nodefs", "postgres-18");
    for (const target of [volume, nodefs]) await initialise(target, scale);
    for (const [script, count] of SCRIPTS) {
      const take = (target: typeof volume) => async () => (await runTransactions(target, script, count)).perSecond;
      // The first runs also make the code that all later ones find compiled.
      await takePairs(WARM_UP_RUNS, take(volume), take(nodefs));
      const pairs = await takePairs(RUNS, take(volume), take(nodefs));
      const name = `pgbench/scale-${scale}/${script}`;
      report(
        `${name}/volume`,
        "tx/s",
        pairs.map(({ a }) => a),
      );
      report(
        `${name}/nodefs`,
        "tx/s",
        pairs.map(({ b }) => b),
      );
      report(
        `${name}/ratio`,
        "ratio",
        pairs.map(({ a, b }) => a / b),
      );
    }
  } finally {
    await stack.close();
  }
}
