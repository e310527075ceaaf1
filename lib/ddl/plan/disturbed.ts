import { alter } from "../statements";
import { changesType } from "../statements/column";
import { isSame, type Part, type Parts } from "./part";

/** What becomes of the parts of a schema on its way to another. */
export interface Fates {
  /** Ended: in the new schema no more. */
  readonly removed: ReadonlySet<string>;
  /** Ended and made anew, since they cannot be changed, or stand on something that is ended. */
  readonly remade: ReadonlySet<string>;
  /** Types that columns have: made anew beside the old one, and the columns moved over. */
  readonly retyped: ReadonlySet<string>;
  /** Changed where they stand. */
  readonly altered: ReadonlyMap<string, readonly string[]>;
  readonly added: ReadonlySet<string>;
}

const TYPES: ReadonlySet<string> = new Set(["enum", "domain", "composite type", "range type"]);

export function decideFates(before: Parts, after: Parts): Fates {
  const removed = new Set([...before.keys()].filter((id) => !after.has(id)));
  const added = new Set([...after.keys()].filter((id) => !before.has(id)));
  const remade = new Set<string>();
  const retyped = new Set<string>();
  const altered = new Map<string, readonly string[]>();
  for (const [id, old] of before) {
    const now = after.get(id);
    if (!now || isSame(old, now)) continue;
    const statements = alterPart(old, now);
    if (statements) altered.set(id, statements);
    else (TYPES.has(now.kind) ? retyped : remade).add(id);
  }
  spread({ before, after, removed, remade, retyped, altered });
  for (const id of remade) altered.delete(id);
  return { removed, remade, retyped, altered, added };
}

const alterPart = (old: Part, now: Part): readonly string[] | undefined =>
  now.kind === "default" ? [now.create] : alter(old.object, now.object);

interface Spreading {
  readonly before: Parts;
  readonly after: Parts;
  readonly removed: ReadonlySet<string>;
  readonly remade: Set<string>;
  readonly retyped: ReadonlySet<string>;
  readonly altered: ReadonlyMap<string, readonly string[]>;
}

/** Whatever stands on something that is ended has to be ended before, and made again after. */
function spread(all: Spreading): void {
  const { before, removed, remade, retyped } = all;
  const users = usersOf(before);
  const moved = [...before.values()].filter((part) => isMoved(part, all));
  const queue = [...removed, ...remade, ...retyped, ...moved.map(({ id }) => id)];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    const isMove = !removed.has(id) && !remade.has(id) && !retyped.has(id);
    for (const user of users.get(id) ?? []) {
      if (remade.has(user.id) || removed.has(user.id) || retyped.has(user.id)) continue;
      if (!(isMove ? minds(user) : isEnded(user, id))) continue;
      remade.add(user.id);
      queue.push(user.id);
    }
  }
}

/** By what is needed, those that need it. */
export function usersOf(parts: Parts): Map<string, Part[]> {
  const users = new Map<string, Part[]>();
  for (const part of parts.values())
    for (const need of new Set(part.needs)) users.set(need, [...(users.get(need) ?? []), part]);
  return users;
}

/** A column whose values get another type, by itself or since its type is made anew. */
function isMoved({ id, object: old, kind }: Part, { after, altered, retyped }: Omit<Spreading, "before">): boolean {
  const now = after.get(id)?.object;
  if (kind !== "column" || old.kind !== "column" || now?.kind !== "column") return false;
  return (altered.has(id) && changesType(old.facts, now.facts)) || old.needs.some((need) => retyped.has(need));
}

/** Postgres rewrites what belongs to the table by itself, and refuses what reads it from outside. */
function minds({ kind, object }: Part): boolean {
  if (kind === "column") return object.kind === "column" && object.facts.generated !== null;
  return !STAYS.has(kind);
}

const STAYS: ReadonlySet<string> = new Set([
  ...["schema", "extension", "table", "sequence", "sequence owner", "constraint", "foreign key"],
  ...["index", "statistics", "hypertable", "compression", "job", "comment", "grant"],
  ...TYPES,
]);

/** Tables and what holds their values are never ended because of something else. */
function isEnded(user: Part, id: string): boolean {
  if (user.of === id) return true;
  return !["schema", "extension", "table", "sequence", ...TYPES].includes(user.kind) && !isPlainColumn(user);
}

const isPlainColumn = ({ kind, object }: Part): boolean =>
  kind === "column" && object.kind === "column" && object.facts.generated === null;
