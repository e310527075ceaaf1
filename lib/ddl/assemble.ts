import { toGrant } from "./grant";
import type { Row } from "./row";
import { idOf, type LeftOut, type Schema, type SchemaObject } from "./schema";
import { writeStatements } from "./statements";

export interface Readings {
  readonly rows: readonly Row[];
  /** From another address of a thing to its own. */
  readonly aliases: readonly (readonly [string, string])[];
  /** From what depends to what it depends on. */
  readonly dependencies: readonly (readonly [string, string])[];
  /** What is not the user's after all, with all that is part of it. */
  readonly hidden: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

/** Makes objects with names of the rows and addresses, which mean nothing in another database. */
export function assemble({ rows: all, aliases, dependencies, hidden, leftOut }: Readings): Schema {
  const rows = withoutHidden(all, new Set(hidden)).flatMap((row) => (row.kind === "grant" ? toGrant(row) : row));
  const find = finder(rows, new Map(aliases));
  const generated = generatedColumns(rows);
  const needs = new Map<string, Set<string>>();
  const defaultNeeds = new Map<string, Set<string>>();
  for (const [dependent, needed] of dependencies) {
    const [id, other] = [find(dependent), find(needed)];
    if (id === undefined || other === undefined || id === other) continue;
    add(dependent.startsWith("pg_attrdef:") && !generated.has(id) ? defaultNeeds : needs, id, other);
  }
  const objects = rows.flatMap((row) => {
    const of = row.of ? find(row.of) : undefined;
    if (row.of && of === undefined) return []; // a part of something that is left out
    const id = idOf(row.kind, row.name);
    const told = (row.needs ?? []).map(find).filter((need) => need !== undefined);
    const all = new Set([...(needs.get(id) ?? []), ...told, ...(of === undefined ? [] : [of])]);
    return [toObject(row, { id, of, needs: [...all].sort(), defaultNeeds: [...(defaultNeeds.get(id) ?? [])].sort() })];
  });
  return {
    objects: objects.sort((a, b) => (a.id < b.id ? -1 : 1)),
    leftOut,
    roles: [...new Set(rows.flatMap(({ roles }) => roles ?? []))].sort(),
  };
}

function withoutHidden(rows: readonly Row[], hidden: ReadonlySet<string>): Row[] {
  const whole = (address: string) => address.replace(/\.\d+$/, "");
  const visible = rows.filter(({ at, of }) => !hidden.has(whole(at ?? "")) && !hidden.has(whole(of ?? "")));
  // A continuous aggregate is told after the view that it is to Postgres.
  const last = new Map(visible.map((row) => [row.at, row]));
  return visible.filter((row) => row.at === undefined || last.get(row.at) === row);
}

/** The id of what is at an address, or of the whole that it is a part of. */
function finder(rows: readonly Row[], aliases: ReadonlyMap<string, string>): (address: string) => string | undefined {
  const ids = new Map(
    rows.flatMap(({ at, kind, name }) => (at === undefined ? [] : [[at, idOf(kind, name)] as const])),
  );
  const find = (address: string, steps: number): string | undefined => {
    const id = ids.get(address);
    if (id !== undefined || steps === 0) return id;
    const next = aliases.get(address) ?? (/\.\d+$/.test(address) ? address.replace(/\.\d+$/, "") : undefined);
    return next === undefined ? undefined : find(next, steps - 1);
  };
  return (address) => find(address, ALIASES_MAX);
}

// A default of a column of a row type of a table of an extension: a few steps, never a circle.
const ALIASES_MAX = 6;

function generatedColumns(rows: readonly Row[]): ReadonlySet<string> {
  const columns = rows.filter(
    ({ kind, facts }) => kind === "column" && (facts as { generated: unknown }).generated !== null,
  );
  return new Set(columns.map(({ kind, name }) => idOf(kind, name)));
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const found = map.get(key) ?? new Set();
  map.set(key, found.add(value));
}

interface Place {
  readonly id: string;
  readonly of: string | undefined;
  readonly needs: readonly string[];
  readonly defaultNeeds: readonly string[];
}

function toObject({ kind, name, create = "", drop = "", facts }: Row, { defaultNeeds, ...place }: Place): SchemaObject {
  const described = { ...place, kind, name, create, drop };
  const known =
    facts === undefined || facts === null ? {} : { facts: kind === "column" ? { ...facts, defaultNeeds } : facts };
  return writeStatements({ ...described, ...known } as SchemaObject);
}
