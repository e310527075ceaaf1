import type { Random } from "@/lib/std/random";
import type { Limits } from "../../limits";
import type { Slices } from "../../retention/slices";
import type { ModelTimeline, ModelWorld } from "./model-timeline";
import type { SimulatedClock } from "./simulated-clock";
import type { StoreUnderTest } from "./store-under-test";

/** A store and what it should be, side by side. */
export interface Scene {
  readonly random: Random;
  readonly clock: SimulatedClock;
  readonly limits: Limits;
  readonly slices: Slices;
  readonly store: StoreUnderTest;
  readonly world: ModelWorld;
}

/** The same scene on a disk of its own, opened again, without writers. */
export function copyScene(scene: Scene): Scene {
  const { random, limits, slices, store, world } = scene;
  const clock = scene.clock.copy();
  const copy = world.copy();
  for (const timeline of copy.living) timeline.forgetDecisions();
  return { random, limits, slices, clock, store: store.copy({ random, limits, slices, clock }), world: copy };
}

export function pickTimeline({ random, world }: Scene): ModelTimeline | undefined {
  const { living } = world;
  return living.length === 0 ? undefined : random.pick(living);
}
