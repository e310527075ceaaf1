import { OPERATION_STEPS } from "@/lib/schemas/operation-steps";
import { seededRandom } from "@/lib/std/random";
import { SCENARIOS } from "./scenarios";

type When = "before" | "done" | "recorded";

/** A place in a scenario's operation. */
export type Place = readonly [scenario: string, step: string, when: When];

/** Every boundary. What is recorded after a step is what is there before the next one, so only the last step has that one too. */
export const BOUNDARIES: readonly Place[] = Object.entries(SCENARIOS)
  .flatMap(([name, { kind }]) =>
    OPERATION_STEPS[kind].flatMap((step, index, { length }) => [
      [name, step.name, "before"] as const,
      [name, step.name, "done"] as const,
      ...(index === length - 1 ? [[name, step.name, "recorded"] as const] : []),
    ]),
  )
  .filter(([name, step]) => step !== "sample" || name === "create");

/** The boundaries at which somebody can still cancel. */
export const CANCELLABLE: readonly Place[] = BOUNDARIES.filter(([name, step]) => {
  const steps = OPERATION_STEPS[SCENARIOS[name]?.kind ?? "create"];
  const final = steps.findIndex(({ isFinal }) => isFinal);
  return steps.findIndex((one) => one.name === step) < final;
});

const wanted = process.env.OFFSHOOT_FAULTS;
/** Which sample this is; another one each time. */
export const SEED = wanted === undefined || wanted === "all" ? Math.floor(Math.random() * 100_000) : Number(wanted);

/** As many as fit into a run of all tests, drawn by the seed; all of them for `npm run faults`. */
export function sampled<Case>(cases: readonly Case[], count: number): Case[] {
  if (wanted === "all") return [...cases];
  const random = seededRandom(SEED);
  const left = [...cases];
  const drawn: Case[] = [];
  while (drawn.length < count && left.length > 0) drawn.push(...left.splice(random.int(left.length), 1));
  return drawn;
}
