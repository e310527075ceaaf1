import { expect, test } from "vitest";
import { Simulation } from "./simulation";

// One seed again, or many more: npm run torture -- --help
const SEEDS = Array.from({ length: 300 }, (_, index) => index + 1);
const STEPS = 150;
// Damage is looked for in fewer of them: each flip opens every volume again.
const DAMAGED_SEEDS = SEEDS.slice(0, 100);
const FLIPS = 10;
// Some ten seconds on two quiet cores; never the reason for a failure on busy ones.
const TIMEOUT_MS = 300_000;

test(
  "no power cut, full disk or stale writer loses what was acknowledged or leaves half of anything",
  () => {
    for (const seed of SEEDS)
      runSeed(seed, (simulation) => {
        simulation.run(STEPS);
        simulation.checkAll();
      });
  },
  TIMEOUT_MS,
);

test(
  "a flipped bit is reported or undoes the unproven last commit, and is never returned as content",
  () => {
    for (const seed of DAMAGED_SEEDS)
      runSeed(seed, (simulation) => {
        simulation.run(STEPS);
        simulation.checkDamage(FLIPS);
      });
  },
  TIMEOUT_MS,
);

function runSeed(seed: number, run: (simulation: Simulation) => void): void {
  try {
    run(new Simulation(seed));
  } catch (error) {
    expect.fail(`seed ${seed}: ${error instanceof Error ? error.stack : error}`);
  }
}
