import { idOf, OBJECT_KINDS, type ObjectKind, type ObjectOf, type Schema, type SchemaObject } from "../schema";
import { writeColumn } from "../statements/column";

/**
 * What a plan makes, changes and ends: an object, except that a column and its default are two, since what a default needs may need
 * the table.
 */
export interface Part {
  readonly id: string;
  readonly kind: ObjectKind | "default";
  readonly name: string;
  readonly of: string | undefined;
  readonly needs: readonly string[];
  readonly create: string;
  readonly drop: string;
  /** The whole of which this is, without what is a part of its own. */
  readonly object: SchemaObject;
}

export type Parts = ReadonlyMap<string, Part>;

export function toParts({ objects }: Schema): Parts {
  return new Map(objects.flatMap(splitDefault).map((part) => [part.id, part]));
}

function splitDefault(object: SchemaObject): Part[] {
  if (object.kind !== "column" || object.facts.default === null || object.facts.inherited) return [toPart(object)];
  return [toPart(withoutDefault(object)), toDefault(object)];
}

export const toPart = (object: SchemaObject): Part => {
  const { id, kind, name, of, needs, create, drop } = object;
  const more = object.kind === "column" && object.facts.inherited ? (object.facts.defaultNeeds ?? []) : [];
  return { id, kind, name, of, needs: [...needs, ...more], create, drop, object };
};

function withoutDefault(object: ObjectOf<"column">): ObjectOf<"column"> {
  const bare = { ...object, facts: { ...object.facts, default: null, defaultNeeds: [] } };
  return { ...bare, ...writeColumn(bare) };
}

function toDefault(object: ObjectOf<"column">): Part {
  const { table, column, default: expression, defaultNeeds } = object.facts;
  const alter = `ALTER TABLE ${table} ALTER COLUMN ${column}`;
  return {
    id: `default ${object.name}`,
    kind: "default",
    name: object.name,
    of: object.id,
    needs: [object.id, ...(defaultNeeds ?? [])],
    create: `${alter} SET DEFAULT ${expression}`,
    drop: `${alter} DROP DEFAULT`,
    object,
  };
}

/** Whether it is the same on both sides. What it needs follows from what it says. */
export function isSame(before: Part | SchemaObject, after: Part | SchemaObject): boolean {
  return before.create === after.create && versionOf(before) === versionOf(after);
}

function versionOf(part: Part | SchemaObject): string | undefined {
  const object = "object" in part ? part.object : part;
  return object.kind === "extension" ? object.facts.version : undefined;
}

/** Where it comes in a script if nothing else decides: by kind, then by name. */
export const rankOf = ({ kind, name }: Pick<Part, "kind" | "name">): readonly [number, string] => [
  OBJECT_KINDS.indexOf(kind === "default" ? "column" : kind),
  name,
];

/** What it is a part of, from the nearest on. */
export function ancestorsOf(parts: Parts, { of }: Part): Part[] {
  const parent = of === undefined ? undefined : parts.get(of);
  return parent ? [parent, ...ancestorsOf(parts, parent)] : [];
}

export const defaultIdOf = (column: Part): string => idOf("column", column.name).replace(/^column/, "default");
