// npm run torture:postgres: real Postgres over the real store, with forks of random moments, and kills.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundleTorture } from "./history/bundle.mjs";

const HELP = `npm run torture:postgres: Postgres writes transfers, DDL and VACUUM on a store of its own, and everything is compared with
the list of transactions that were acknowledged.

  npm run torture:postgres                  both of what follows
  npm run torture:postgres -- moments       forks of 200 random moments are opened, while history is thinned and collected
  npm run torture:postgres -- kills         a process with store, Postgres and workload is killed 50 times amid all of it
  npm run torture:postgres -- kills --count 500
  npm run torture:postgres -- kills --seed 4711      what is drawn is the same again; threads run as they like

When something is wrong the store stays, and its place is printed.`;

const COUNTS = { moments: 200, kills: 50 };
const PROGRESS_MS = 10_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: "boolean" }, count: { type: "string" }, seed: { type: "string" } },
});
if (values.help) console.log(HELP);
else await main(positionals.length > 0 ? positionals : Object.keys(COUNTS));

async function main(names) {
  const unknown = names.filter((name) => !(name in COUNTS));
  const numbers = {
    count: Number(values.count ?? 1),
    seed: Number(values.seed ?? Math.floor(Math.random() * 2 ** 31)),
  };
  if (unknown.length > 0 || !Object.values(numbers).every(Number.isSafeInteger)) {
    console.error(`That cannot be run.\n\n${HELP}`);
    process.exit(2);
  }
  process.setSourceMapsEnabled(true);
  const bundle = await bundleTorture();
  try {
    const { seed } = numbers;
    for (const name of names)
      await run(name, { bundleDir: bundle.dir, seed, count: values.count ? numbers.count : COUNTS[name] });
  } finally {
    await bundle.remove();
  }
  // After a failure threads are still at work.
  process.exit();
}

async function run(name, { bundleDir, count, seed }) {
  const torture = await import(join(bundleDir, "torture.mjs"));
  const perform = { moments: torture.runMoments, kills: torture.runKills }[name];
  const dir = mkdtempSync(join(tmpdir(), "offshoot-torture-"));
  const startedMs = performance.now();
  const seconds = () => Math.round((performance.now() - startedMs) / 1000);
  console.log(`${name}: ${count}, seed ${seed}, in ${dir}`);
  try {
    const options = { seed, [name]: count, timescaledb: true, progress: sayNowAndThen(seconds) };
    const figures = await perform({ bundleDir, dir }, options);
    console.log(`${name}: passed in ${seconds()} s\n${JSON.stringify(figures)}`);
    rmSync(dir, { recursive: true, force: true });
  } catch (error) {
    process.exitCode = 1;
    console.error(`${name}: FAILED after ${seconds()} s; the store is in ${dir}`);
    console.error(`  again: npm run torture:postgres -- ${name} --count ${count} --seed ${seed}`);
    console.error(error);
  }
}

function sayNowAndThen(seconds) {
  let saidMs = performance.now();
  return (text) => {
    if (performance.now() - saidMs < PROGRESS_MS) return;
    saidMs = performance.now();
    console.log(`  ${seconds()} s: ${text}`);
  };
}
