// npm run torture: the block store's simulations, for many seeds or for a given time.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundleSimulations, runSeeds } from "./seed-pool.mjs";

const HELP = `npm run torture: runs the block store on a simulated disk with power cuts, torn writes, full disks, errors and flipped bits,
against a model of every commit, on all cores. Prints each seed that fails, and all of them again at the end.

  npm run torture                       10,000 seeds
  npm run torture -- --seeds 500        so many
  npm run torture -- --from 20000       beginning with this one
  npm run torture -- --minutes 30       for so long, as many seeds as that allows
  npm run torture -- --seed 4711        one again, with the whole error
  npm run torture -- --steps 200        longer runs (120 when not given); a failing seed fails with its own number only`;

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROGRESS_MS = 10_000;
const MOST_FAILURES = 20;

const { values } = parseArgs({
  options: {
    help: { type: "boolean" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    seeds: { type: "string" },
    minutes: { type: "string" },
    steps: { type: "string", default: "120" },
  },
});
if (values.help) console.log(HELP);
else process.exitCode = await run(readOptions());

function readOptions() {
  const number = (name, value) => {
    const found = Number(value);
    if (Number.isFinite(found) && found >= 0) return found;
    console.error(`--${name} is a number.\n\n${HELP}`);
    process.exit(2);
  };
  const { seed, seeds, minutes, from, steps } = values;
  const most = minutes === undefined ? 10_000 : Number.MAX_SAFE_INTEGER;
  return {
    first: number("from", seed ?? from),
    count: seed === undefined ? number("seeds", seeds ?? most) : 1,
    steps: number("steps", steps),
    untilMs: minutes === undefined ? Number.POSITIVE_INFINITY : Date.now() + number("minutes", minutes) * 60_000,
  };
}

async function run({ first, count, steps, untilMs }) {
  const directory = await mkdtemp(join(tmpdir(), "offshoot-torture-"));
  const startedMs = Date.now();
  const seconds = () => Math.round((Date.now() - startedMs) / 1000);
  const failed = [];
  let done = 0;
  const saying = setInterval(() => {
    console.log(`${done} seeds in ${seconds()} s, ${failed.length} failed`);
  }, PROGRESS_MS);
  try {
    const bundle = join(directory, "torture.mjs");
    await bundleSimulations(ROOT, bundle);
    const report = ({ seed, message, stack }) => {
      done++;
      if (message === undefined) return true;
      failed.push(seed);
      console.error(`seed ${seed} failed: ${count === 1 ? stack : message}`);
      return failed.length < MOST_FAILURES;
    };
    await runSeeds(bundle, { seeds: seedsFrom(first, count, untilMs), steps, report });
  } finally {
    clearInterval(saying);
    await rm(directory, { recursive: true, force: true });
  }
  console.log(`${done} seeds from ${first}, ${steps} steps each, in ${seconds()} s: ${failed.length} failed`);
  for (const seed of failed.sort((a, b) => a - b)) console.log(`  npm run torture -- --seed ${seed} --steps ${steps}`);
  return failed.length > 0 ? 1 : 0;
}

function* seedsFrom(first, count, untilMs) {
  for (let seed = first; seed < first + count && Date.now() < untilMs; seed++) yield seed;
}
