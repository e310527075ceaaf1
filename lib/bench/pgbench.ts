import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Target } from "./bench-stack";
import { runClient } from "./client-program";
import { median } from "./figure";

export type Script = "tpcb-like" | "select-only";

export interface PgbenchRun {
  readonly transactions: number;
  readonly perSecond: number;
}

/** Makes pgbench's tables, and one checkpoint, so that no run pays for what making them left. */
export async function initialise(target: Target, scale: number): Promise<void> {
  await runClient(target, "pgbench", ["--initialize", "--quiet", `--scale=${scale}`]);
  await target.compute.checkpoint();
}

export const runFor = (target: Target, script: Script, seconds: number): Promise<PgbenchRun> =>
  runPgbench(target, script, `--time=${seconds}`);

export const runTransactions = (target: Target, script: Script, count: number): Promise<PgbenchRun> =>
  runPgbench(target, script, `--transactions=${count}`);

/** Median time of a transaction, in milliseconds. The mean would be that of the machine's pauses. */
export async function runForLatency(target: Target, script: Script, seconds: number): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), "offshoot-pgbench-"));
  try {
    await runPgbench(target, script, `--time=${seconds}`, "--log", `--log-prefix=${join(dir, "log")}`);
    const [name] = await readdir(dir);
    const lines = (await readFile(join(dir, name ?? ""), "utf8")).trim().split("\n");
    return median(lines.map((line) => Number(line.split(" ")[2]) / 1000));
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function runPgbench(target: Target, script: Script, ...options: string[]): Promise<PgbenchRun> {
  const text = await runClient(target, "pgbench", ["--no-vacuum", "--client=1", `--builtin=${script}`, ...options]);
  return {
    transactions: find(text, /actually processed: (\d+)/),
    perSecond: find(text, /tps = ([\d.]+)/),
  };
}

function find(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`pgbench did not say ${pattern}:\n${text}`);
  return Number(found);
}
