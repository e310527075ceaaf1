import { expect, test } from "vitest";
import { Simulation } from "../simulation/simulation";
import { checkStore } from "./checker";

test("a store that random work, power cuts and failures left is found in order", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const simulation = new Simulation(seed);
    simulation.run(150);
    expect(checkStore(simulation.device, "/store"), `seed ${seed}`).toEqual([]);
  }
}, 120_000);
