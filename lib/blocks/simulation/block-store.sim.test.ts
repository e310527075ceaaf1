import { expect, test } from "vitest";
import { Simulation } from "./simulation";

// One seed again, or many more: node lib/testing/simulate-blocks.mjs <first seed> <seeds> <steps>
const SEEDS = Array.from({ length: 300 }, (_, index) => index + 1);
const STEPS = 150;

test("no power cut, full disk or stale writer loses what was acknowledged or leaves half of anything", () => {
  for (const seed of SEEDS)
    runSeed(seed, (simulation) => {
      simulation.run(STEPS);
      simulation.checkAll();
    });
});

test("a flipped bit is reported or undoes the unproven last commit, and is never returned as content", () => {
  for (const seed of SEEDS)
    runSeed(seed, (simulation) => {
      simulation.run(STEPS / 3);
      simulation.checkDamage(5);
    });
});

function runSeed(seed: number, run: (simulation: Simulation) => void): void {
  try {
    run(new Simulation(seed));
  } catch (error) {
    expect.fail(`seed ${seed}: ${error instanceof Error ? error.stack : error}`);
  }
}
