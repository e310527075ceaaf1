import { expect, test } from "vitest";
import { checkFlippedBit } from "./check-damage";
import { checkCuts } from "./crash-matrix";
import { runGenerations } from "./generations";
import { HistorySimulation } from "./history-simulation";

// One seed again, or many more: npm run torture -- --help
const SEEDS = Array.from({ length: 500 }, (_, index) => index + 1);
const STEPS = 60;
// Each cut and each flipped bit opens and checks a store of its own.
const CUT_SEEDS = SEEDS.slice(0, 40);
const CUTS = 4;
const FLIPPED_SEEDS = SEEDS.slice(0, 60);
const FLIPS = 5;
// Half a minute on two quiet cores; never the reason for a failure on busy ones.
const TIMEOUT_MS = 600_000;

test(
  "every moment that is offered reads as it was, and what nobody can reach is gone: whatever is written, forked, kept, deleted, collected or cut off",
  () => {
    for (const seed of SEEDS)
      runSeed(seed, (simulation) => {
        simulation.run(STEPS);
        simulation.checkAll();
        simulation.checkEnd();
      });
  },
  TIMEOUT_MS,
);

test(
  "a power cut anywhere in settling, saving, rewriting, removing, marking or deleting leaves the state before or after",
  () => {
    for (const seed of CUT_SEEDS)
      runSeed(seed, (simulation) => {
        simulation.run(STEPS);
        checkCuts(simulation.scene, CUTS);
      });
  },
  TIMEOUT_MS,
);

test(
  "a flipped bit in a segment, an index or a ledger is reported or made good, and never read or collected by",
  () => {
    for (const seed of FLIPPED_SEEDS)
      runSeed(seed, (simulation) => {
        simulation.run(STEPS);
        for (let flip = 0; flip < FLIPS; flip++) checkFlippedBit(simulation.scene);
      });
  },
  TIMEOUT_MS,
);

test("fifty generations, each a fork that rewrites half and outlives its parent, take no more than the last one's data", () => {
  expect(runGenerations(1, { generations: 50, share: 0.5 })).toBeLessThan(1.3);
  expect(runGenerations(2, { generations: 50, share: 0.05 })).toBeLessThan(1.5);
});

function runSeed(seed: number, run: (simulation: HistorySimulation) => void): void {
  try {
    run(new HistorySimulation(seed));
  } catch (error) {
    expect.fail(`seed ${seed}: ${error instanceof Error ? error.stack : error}`);
  }
}
