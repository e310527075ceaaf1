import { checkFlippedBit } from "./history/check-damage";
import { checkCuts } from "./history/crash-matrix";
import { HistorySimulation } from "./history/history-simulation";
import { Simulation } from "./simulation";

const CUTS = 3;
const FLIPS = 3;
const FIRST_FLIPS = 5;

/** Everything that a seed can show: both simulations, with faults, cuts, flipped bits and the end of all volumes. */
export function tortureSeed(seed: number, steps: number): void {
  const files = new Simulation(seed);
  files.run(steps);
  files.checkDamage(FIRST_FLIPS);
  files.checkAll();
  // Every fourth seed without faults: more of its steps then do something.
  const history = new HistorySimulation(seed, { faults: seed % 4 > 0 });
  history.run(steps);
  checkCuts(history.scene, CUTS);
  for (let flip = 0; flip < FLIPS; flip++) checkFlippedBit(history.scene);
  history.checkAll();
  history.checkEnd();
}
