import type { ObjectOf, TableFacts } from "../schema";

/** The table alone: its columns and constraints are objects of their own. */
export function writeTable({ name, facts }: ObjectOf<"table">) {
  return { create: createTable(name, facts, []), drop: `DROP TABLE ${name}` };
}

/** With the definitions of its columns and constraints. */
export function createTable(name: string, facts: TableFacts, parts: readonly string[]): string {
  const list = parts.length ? `(\n  ${parts.join(",\n  ")}\n)` : "()";
  const parents = facts.parents.join(", ");
  const head = `CREATE ${facts.unlogged ? "UNLOGGED " : ""}TABLE ${name}`;
  const body =
    facts.bound === null
      ? [list, parents && `INHERITS (${parents})`]
      : [`PARTITION OF ${parents}`, parts.length > 0 && list, facts.bound];
  const ending = [
    facts.partitionKey !== null && `PARTITION BY ${facts.partitionKey}`,
    facts.options.length > 0 && `WITH (${facts.options.join(", ")})`,
  ];
  const create = [head, ...body, ...ending].filter(Boolean).join(" ");
  return [create, ...protect(PLAIN, facts).map((action) => `ALTER TABLE ${name} ${action}`)].join(";\n");
}

const PLAIN = { rowSecurity: false, forceRowSecurity: false, replicaIdentity: null };

function protect(before: Pick<TableFacts, keyof typeof PLAIN>, after: Pick<TableFacts, keyof typeof PLAIN>): string[] {
  return [
    before.rowSecurity !== after.rowSecurity && `${after.rowSecurity ? "ENABLE" : "DISABLE"} ROW LEVEL SECURITY`,
    before.forceRowSecurity !== after.forceRowSecurity &&
      `${after.forceRowSecurity ? "" : "NO "}FORCE ROW LEVEL SECURITY`,
    before.replicaIdentity !== after.replicaIdentity && `REPLICA IDENTITY ${after.replicaIdentity ?? "DEFAULT"}`,
  ].filter((action) => action !== false);
}

/** How its rows are spread over partitions cannot be changed. */
export function alterTable(
  { facts: old }: ObjectOf<"table">,
  { name, facts: now }: ObjectOf<"table">,
): readonly string[] | undefined {
  if (old.partitionKey !== now.partitionKey) return undefined;
  const keys = (options: readonly string[]) => options.map((option) => option.slice(0, option.indexOf("=")));
  const gone = keys(old.options).filter((key) => !keys(now.options).includes(key));
  const set = now.options.filter((option) => !old.options.includes(option));
  const actions = [
    old.unlogged !== now.unlogged && `SET ${now.unlogged ? "UNLOGGED" : "LOGGED"}`,
    gone.length > 0 && `RESET (${gone.join(", ")})`,
    set.length > 0 && `SET (${set.join(", ")})`,
    ...protect(old, now),
  ].filter((action) => action !== false);
  return [
    ...leave(name, old, now),
    ...actions.map((action) => `ALTER TABLE ${name} ${action}`),
    ...join(name, old, now),
  ];
}

const sameParents = (old: TableFacts, now: TableFacts) =>
  old.bound === now.bound && old.parents.join("\0") === now.parents.join("\0");

function leave(name: string, old: TableFacts, now: TableFacts): string[] {
  if (sameParents(old, now)) return [];
  return old.parents.map((parent) =>
    old.bound === null ? `ALTER TABLE ${name} NO INHERIT ${parent}` : `ALTER TABLE ${parent} DETACH PARTITION ${name}`,
  );
}

function join(name: string, old: TableFacts, now: TableFacts): string[] {
  if (sameParents(old, now)) return [];
  return now.parents.map((parent) =>
    now.bound === null
      ? `ALTER TABLE ${name} INHERIT ${parent}`
      : `ALTER TABLE ${parent} ATTACH PARTITION ${name} ${now.bound}`,
  );
}
