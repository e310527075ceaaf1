/** What the console suggests; the API takes any 1 to 128 characters. */
export const SUGGESTED_NAME = /^[a-z][a-z0-9-]{1,62}$/;
export const NAME_LONGEST = 128;

/** Names in use, each with whose it is: `a fork of prod-billing`. */
export type TakenNames = ReadonlyMap<string, string>;

const two = (value: number): string => String(value).padStart(2, "0");

/** `prod-telemetry-1123-1807`: the source and the moment, so that a list of forks explains itself. Always UTC. */
export function suggestForkName(source: string, nowMs: number, taken: TakenNames): string {
  const at = new Date(nowMs);
  const stamp = `${two(at.getUTCMonth() + 1)}${two(at.getUTCDate())}-${two(at.getUTCHours())}${two(at.getUTCMinutes())}`;
  return findFreeName(`${toPattern(source).slice(0, 50)}-${stamp}`, taken);
}

/** The name itself when it is free, else with `-2`, `-3`, … */
export function findFreeName(name: string, taken: TakenNames): string {
  let free = name;
  for (let number = 2; taken.has(free); number++) free = `${name}-${number}`;
  return free;
}

function toPattern(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .replace(/-+$/, "");
  return plain.length > 1 ? plain : "fork";
}

/** Why a name cannot be used, or undefined. `taken` holds the project's names. */
export function findNameProblem(name: string, taken: TakenNames): { problem: string; free?: string } | undefined {
  const trimmed = name.trim();
  if (!trimmed) return { problem: "Give it a name." };
  if (trimmed.length > NAME_LONGEST) return { problem: `A name has at most ${NAME_LONGEST} characters.` };
  const holder = taken.get(trimmed);
  if (holder) return { problem: `${trimmed} is taken by ${holder}.`, free: findFreeName(trimmed, taken) };
  return undefined;
}

/** A remark on a name that is allowed but awkward in shells and hosts, or undefined. */
export function findNameRemark(name: string): string | undefined {
  const trimmed = name.trim();
  if (!trimmed || SUGGESTED_NAME.test(trimmed)) return undefined;
  return "Allowed. Small letters, digits and hyphens are easier to type in a shell.";
}
