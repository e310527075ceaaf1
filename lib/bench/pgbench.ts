import type { Target } from "./bench-stack";
import { runClient } from "./client-program";

export type Script = "tpcb-like" | "select-only";

export interface PgbenchRun {
  readonly transactions: number;
  readonly perSecond: number;
}

/** Makes pgbench's tables, and one checkpoint, so that no run pays for what making them left. */
export async function initialise(target: Target, scale: number, fillfactor = 100): Promise<void> {
  await runClient(target, "pgbench", ["--initialize", "--quiet", `--scale=${scale}`, `--fillfactor=${fillfactor}`]);
  await target.compute.checkpoint();
}

export const runFor = (target: Target, script: Script, seconds: number): Promise<PgbenchRun> =>
  runPgbench(target, script, `--time=${seconds}`);

export const runTransactions = (target: Target, script: Script, count: number): Promise<PgbenchRun> =>
  runPgbench(target, script, `--transactions=${count}`);

async function runPgbench(target: Target, script: Script, length: string): Promise<PgbenchRun> {
  const text = await runClient(target, "pgbench", ["--no-vacuum", "--client=1", `--builtin=${script}`, length]);
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
