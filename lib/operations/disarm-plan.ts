import type { Manifest, ManifestItem } from "@/lib/services";
import type { Switch } from "./switches";

export interface DisarmFacts {
  readonly found: readonly Switch[];
  readonly manifest: Manifest;
  /** Jobs are left as they are, as who made the fork asked. */
  readonly leavesJobs: boolean;
}

export interface DisarmPlan {
  readonly off: readonly Switch[];
  /** The whole list as it has to be. */
  readonly items: readonly ManifestItem[];
}

/**
 * What to switch off in a fork, and what its list then says. Once somebody has switched something on it stays on, also when the fork
 * is reset and it is on at that moment; but a role's password of another moment may be the source's, so it goes. What the list holds
 * and is not there any more leaves it.
 */
export function planDisarm({ found, manifest, leavesJobs }: DisarmFacts): DisarmPlan {
  const own = byKey(manifest.items);
  const inherited = byKey(manifest.ofSource);
  const judged = found.map((one) => {
    const listed = own.get(keyOf(one));
    const staysOn =
      one.isOn && one.kind !== "role_password" && (listed ? listed.isArmed : leavesJobs && one.kind === "job");
    return { one, staysOn, isListed: one.isOn || listed !== undefined || inherited.has(keyOf(one)) };
  });
  return {
    off: judged.filter(({ one, staysOn }) => one.isOn && !staysOn).map(({ one }) => one),
    items: judged
      .filter(({ isListed }) => isListed)
      .map(({ one: { kind, name, details }, staysOn }) => ({ kind, name, details, isArmed: staysOn })),
  };
}

type Key = Pick<ManifestItem, "kind" | "name">;
const keyOf = ({ kind, name }: Key): string => `${kind} ${name}`;
const byKey = <Item extends Key>(items: readonly Item[]): ReadonlyMap<string, Item> =>
  new Map(items.map((item) => [keyOf(item), item]));
