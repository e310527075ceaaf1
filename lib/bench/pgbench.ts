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

export async function runTransactions(target: Target, script: Script, count: number): Promise<PgbenchRun> {
  const options = ["--no-vacuum", "--client=1", `--builtin=${script}`, `--transactions=${count}`];
  const text = await runClient(target, "pgbench", options);
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
