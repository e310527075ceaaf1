// npm run torture:postgres: real Postgres over the real store, with forks of random moments and kills.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleTorture } from "./history/bundle.mjs";

const HELP = `npm run torture:postgres [-- moments|kills] [COUNT] [SEED]

moments  a workload of transfers, DDL and VACUUM runs; COUNT (200) moments of it are forked and opened by Postgres
kills    a process with store, Postgres and workload is killed COUNT (50) times
Without a name: both. What was written stays when something is wrong; SEED draws the same again, threads do not.`;

// 1 hour, the age from which on history is thinned, passes in half a minute.
const CLOCK_SPEED = 120;
const DEFAULT_COUNTS = { moments: 200, kills: 50 };

const args = process.argv.slice(2);
if (args.includes("--help")) console.log(HELP);
else {
  const names = args[0] in DEFAULT_COUNTS ? [args.shift()] : Object.keys(DEFAULT_COUNTS);
  const [count, seed = Math.floor(Math.random() * 2 ** 31)] = args.map(Number);
  const bundle = await bundleTorture({ clockSpeed: CLOCK_SPEED });
  try {
    for (const name of names) await run(name, { bundleDir: bundle.dir, count: count ?? DEFAULT_COUNTS[name], seed });
  } finally {
    await bundle.remove();
  }
  // After a failure threads may still be at work.
  process.exit();
}

async function run(name, { bundleDir, count, seed }) {
  const { runMoments, runKills } = await import(join(bundleDir, "torture.mjs"));
  const dir = mkdtempSync(join(tmpdir(), "offshoot-torture-"));
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 1000);
  console.log(`${name}: ${count}, seed ${seed}, in ${dir}`);
  const progress = (text) => console.log(`  ${seconds()} s: ${text}`);
  try {
    const perform = { moments: runMoments, kills: runKills }[name];
    const figures = await perform({ bundleDir, dir }, { seed, [name]: count, timescaledb: true, progress });
    console.log(`${name}: passed in ${seconds()} s\n${JSON.stringify(figures, null, 1)}`);
    rmSync(dir, { recursive: true, force: true });
  } catch (error) {
    process.exitCode = 1;
    console.error(`${name}: FAILED after ${seconds()} s, seed ${seed}; the store is in ${dir}`);
    console.error(error);
  }
}
