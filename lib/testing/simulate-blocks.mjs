// Runs the block store's simulation for as many seeds as are wanted, or one again:
//   node lib/testing/simulate-blocks.mjs [first seed] [seeds] [steps]
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const FLIPS = 20;
const [first = 1, seeds = 1000, steps = 150] = process.argv.slice(2).map(Number);
const directory = await mkdtemp(join(tmpdir(), "offshoot-simulation-"));
try {
  const outfile = join(directory, "simulation.mjs");
  const entry = fileURLToPath(new URL("../blocks/simulation/simulation.ts", import.meta.url));
  await build({ entryPoints: [entry], outfile, bundle: true, platform: "node", format: "esm", target: "node20" });
  const { Simulation } = await import(outfile);
  let failures = 0;
  for (let seed = first; seed < first + seeds; seed++)
    try {
      const simulation = new Simulation(seed);
      simulation.run(steps);
      simulation.checkDamage(FLIPS);
      simulation.checkAll();
    } catch (error) {
      failures++;
      console.error(`seed ${seed}, ${steps} steps: ${error.stack}`);
    }
  console.log(`${seeds} seeds from ${first}, ${steps} steps and ${FLIPS} flipped bits each: ${failures} failed`);
  process.exitCode = failures > 0 ? 1 : 0;
} finally {
  await rm(directory, { recursive: true, force: true });
}
