// npm run torture: the block store's simulations, for many seeds or for a given time.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const HELP = `npm run torture: runs the block store on a simulated disk with power cuts, torn writes, full disks, errors and flipped bits,
against a model of every commit. Prints each seed that fails, with the command that runs it again alone.

  npm run torture                       10,000 seeds
  npm run torture -- --seeds 500        so many
  npm run torture -- --from 20000       beginning with this one
  npm run torture -- --minutes 30       for so long, as many seeds as that allows
  npm run torture -- --seed 4711        one again, with the whole error
  npm run torture -- --steps 200        longer runs (120 when not given); a failing seed fails with its own number only`;

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

async function run(options) {
  const directory = await mkdtemp(join(tmpdir(), "offshoot-torture-"));
  try {
    const outfile = join(directory, "torture.mjs");
    const entry = fileURLToPath(new URL("../blocks/simulation/torture.ts", import.meta.url));
    const format = { bundle: true, platform: "node", format: "esm", target: "node20", sourcemap: "inline" };
    await build({ entryPoints: [entry], outfile, ...format });
    process.setSourceMapsEnabled(true);
    Error.stackTraceLimit = 30;
    const { tortureSeed } = await import(outfile);
    return runSeeds(tortureSeed, options);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function runSeeds(tortureSeed, { first, count, steps, untilMs }) {
  const startedMs = Date.now();
  let saidMs = startedMs;
  let failures = 0;
  let done = 0;
  for (; done < count && Date.now() < untilMs && failures < MOST_FAILURES; done++) {
    const seed = first + done;
    try {
      tortureSeed(seed, steps);
    } catch (error) {
      failures++;
      console.error(`seed ${seed} failed: ${count === 1 ? error.stack : error.message}`);
      console.error(`  again: npm run torture -- --seed ${seed} --steps ${steps}`);
    }
    if (Date.now() - saidMs < PROGRESS_MS) continue;
    saidMs = Date.now();
    console.log(`${done + 1} seeds in ${Math.round((saidMs - startedMs) / 1000)} s, ${failures} failed`);
  }
  const seconds = Math.round((Date.now() - startedMs) / 1000);
  console.log(`${done} seeds from ${first}, ${steps} steps each, in ${seconds} s: ${failures} failed`);
  return failures > 0 ? 1 : 0;
}
