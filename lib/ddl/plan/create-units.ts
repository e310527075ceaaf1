import type { ObjectOf } from "../schema";
import { defineColumn, writeColumn } from "../statements/column";
import { createTable } from "../statements/table";
import { standIn } from "../statements/view";
import { defaultIdOf, type Part, type Parts, rankOf } from "./part";
import type { Unit } from "./unit";

/** That a part is there as it should be in the end. */
export const made = (id: string): string => `made ${id}`;

/** The units that make these parts; a table with its columns, their defaults and its constraints in one statement. */
export function createUnits(parts: readonly Part[]): Unit[] {
  const creating = new Map(parts.map((part) => [part.id, part]));
  const whole = new Map<string, Part[]>();
  for (const part of parts) {
    const root = findRoot(part, creating);
    whole.set(root.id, [...(whole.get(root.id) ?? []), part]);
  }
  return [...whole].map(([id, members]) => toUnit(creating.get(id) as Part, members));
}

/** The part with whose statement it is made. */
function findRoot(part: Part, creating: Parts): Part {
  const parent = part.of === undefined ? undefined : creating.get(part.of);
  return parent && isInline(part) ? findRoot(parent, creating) : part;
}

const isInline = ({ object, kind }: Part): boolean =>
  kind === "default" ||
  (object.kind === "column" && object.facts.inherited === null) ||
  (object.kind === "constraint" && !object.facts.isSeparate && !object.facts.isInherited);

function toUnit(root: Part, members: readonly Part[]): Unit {
  const { object } = root;
  if (root.kind === "table" && object.kind === "table")
    return {
      ...unitOf(root, members, writeTableWith(object, members)),
      split: () => splitTable(object, root, members),
    };
  if (members.length > 1 && object.kind === "column") {
    const facts = { ...object.facts, default: defaultOf(root, members) };
    return { ...unitOf(root, members, writeColumn({ ...object, facts }).create), split: () => members.map(alone) };
  }
  if (object.kind === "view") return { ...alone(root), split: () => splitView(object, root) };
  return alone(root);
}

function unitOf(root: Part, members: readonly Part[], text: string): Unit {
  const provides = members.map(({ id }) => made(id));
  const needs = new Set(members.flatMap((member) => member.needs.map(made)));
  for (const token of provides) needs.delete(token);
  return { rank: [1, ...rankOf(root)], provides, needs, statements: text ? [{ text }] : [] };
}

const alone = (part: Part): Unit => unitOf(part, [part], part.create);

const defaultOf = (column: Part, members: readonly Part[]): string | null => {
  const found = members.find(({ id }) => id === defaultIdOf(column))?.object;
  return found?.kind === "column" ? found.facts.default : null;
};

function writeTableWith(table: ObjectOf<"table">, members: readonly Part[]): string {
  const columns = members
    .flatMap((part) =>
      part.kind === "column" && part.object.kind === "column" ? [{ part, facts: part.object.facts }] : [],
    )
    .sort((a, b) => a.facts.position - b.facts.position)
    .map(({ part, facts }) => defineColumn({ ...facts, default: defaultOf(part, members) }));
  const constraints = members
    .flatMap(({ object }) => (object.kind === "constraint" ? [object.facts.inline] : []))
    .sort((a, b) => Number(b.includes("PRIMARY KEY")) - Number(a.includes("PRIMARY KEY")));
  return createTable(table.name, table.facts, [...columns, ...constraints]);
}

/** Defaults, generated columns and constraints of their own: what they need may need the table. */
function splitTable(table: ObjectOf<"table">, root: Part, members: readonly Part[]): Unit[] {
  const isBare = ({ kind, object }: Part) =>
    kind === "table" || (object.kind === "column" && object.facts.generated === null);
  const bare = members.filter((part) => part.kind !== "default" && isBare(part));
  const others = members.filter((part) => !bare.includes(part));
  return [unitOf(root, bare, writeTableWith(table, bare)), ...others.map(alone)];
}

/** First a view of the same columns without what it needs, then itself. */
function splitView(view: ObjectOf<"view">, root: Part): Unit[] {
  const whole = alone({ ...root, create: root.create.replace(/^CREATE VIEW/, "CREATE OR REPLACE VIEW") });
  const needs = new Set(root.of === undefined ? [] : [made(root.of)]);
  const stand = { ...unitOf(root, [root], standIn(view)), needs };
  const token = made(`${root.id}, all of it`);
  return [stand, { ...whole, provides: [token], needs: new Set([...whole.needs, made(root.id)]) }];
}
