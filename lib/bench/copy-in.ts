import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openBenchStack, type Target } from "./bench-stack";
import { runClient } from "./client-program";
import type { Report } from "./figure";
import { PAIRS, takePairs } from "./pairs";

const ROWS = 200_000;
const FILLER = " ".repeat(84);
const TABLE = "CREATE TABLE copied (aid int NOT NULL, bid int, abalance int, filler char(84))";

/** COPY of rows like pgbench_accounts' through the gateway by psql: the volume with its barrier against NodeFS. */
export async function copyIn(report: Report): Promise<void> {
  const stack = await openBenchStack();
  try {
    const file = join(stack.dir, "rows");
    await writeFile(file, Array.from({ length: ROWS }, (_, i) => `${i + 1}\t1\t0\t${FILLER}\n`).join(""));
    const volume = await stack.start("volume", "postgres-18");
    const nodefs = await stack.start("nodefs", "postgres-18");
    for (const target of [volume, nodefs]) await runClient(target, "psql", ["--command", TABLE]);
    const pairs = await takePairs(
      PAIRS,
      () => copy(volume, file),
      () => copy(nodefs, file),
    );
    report(
      "copy-in/volume",
      "rows/s",
      pairs.map(({ a }) => a),
    );
    report(
      "copy-in/nodefs",
      "rows/s",
      pairs.map(({ b }) => b),
    );
    report(
      "copy-in/ratio",
      "ratio",
      pairs.map(({ a, b }) => a / b),
    );
  } finally {
    await stack.close();
  }
}

/** Rows a second. */
async function copy(target: Target, file: string): Promise<number> {
  const commands = ["TRUNCATE copied", "\\timing on", `\\copy copied from '${file}'`];
  const printed = await runClient(
    target,
    "psql",
    commands.flatMap((command) => ["--command", command]),
  );
  const milliseconds = /Time: ([\d.]+) ms/.exec(printed)?.[1];
  if (milliseconds === undefined) throw new Error(`psql did not say how long it took:\n${printed}`);
  await target.compute.checkpoint();
  return ROWS / (Number(milliseconds) / 1000);
}
