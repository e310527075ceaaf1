import type { ColumnFacts, ObjectOf } from "../schema";
import { setOptions, writeOptions } from "./sequence";

export function writeColumn({ facts }: ObjectOf<"column">) {
  const { table, column } = facts;
  if (facts.inherited) {
    const { inherited } = facts;
    const create = alterTo({ ...facts, ...inherited }, facts).join(";\n");
    return { create, drop: alterTo(facts, { ...facts, ...inherited }).join(";\n") };
  }
  return {
    create: `ALTER TABLE ${table} ADD COLUMN ${defineColumn(facts)}`,
    drop: `ALTER TABLE ${table} DROP COLUMN ${column}`,
  };
}

/** A column as CREATE TABLE takes it. */
export function defineColumn(facts: ColumnFacts): string {
  const options = facts.identityOptions ? writeOptions(facts.identityOptions, facts.type) : [];
  return [
    `${facts.column} ${facts.type}`,
    facts.storage && `STORAGE ${facts.storage}`,
    facts.compression && `COMPRESSION ${facts.compression}`,
    facts.collation && `COLLATE ${facts.collation}`,
    facts.default !== null && `DEFAULT ${withoutCast(facts.default, facts.type)}`,
    facts.generated !== null && `GENERATED ALWAYS AS (${facts.generated}) ${facts.isVirtual ? "VIRTUAL" : "STORED"}`,
    facts.identity && `GENERATED ${facts.identity} AS IDENTITY${options.length ? ` (${options.join(" ")})` : ""}`,
    facts.notNull && "NOT NULL",
  ]
    .filter(Boolean)
    .join(" ");
}

/** A literal alone where it is cast to the column's own type: TimescaleDB adds only such to a compressed hypertable. */
function withoutCast(expression: string, type: string): string {
  const [, literal, cast] = /^('(?:[^']|'')*')::(.+)$/.exec(expression) ?? [];
  return literal !== undefined && cast === type.replace(/\(.*\)$/, "") ? literal : expression;
}

/** What its table has from another is changed here only as far as it differs from there. */
export function alterColumn(before: ObjectOf<"column">, after: ObjectOf<"column">): readonly string[] | undefined {
  const [old, now] = [before.facts, after.facts];
  const isGenerated = (facts: ColumnFacts) => facts.generated !== null;
  if (isGenerated(old) !== isGenerated(now) || old.isVirtual !== now.isVirtual) return undefined;
  return alterTo(old, now);
}

/** Whether what is read of it may be something else afterwards. */
export const changesType = (old: ColumnFacts, now: ColumnFacts): boolean =>
  old.type !== now.type || old.collation !== now.collation || old.generated !== now.generated;

/** A default has to be away while the type changes. */
function alterTo(old: ColumnFacts, now: ColumnFacts): string[] {
  const isRetyped = old.type !== now.type || old.collation !== now.collation;
  const dropsDefault = old.default !== null && (now.default === null || isRetyped);
  const setsDefault = now.default !== null && (old.default !== now.default || dropsDefault);
  const using = old.type === now.type ? "" : ` USING ${now.column}::${now.type}`;
  const actions = [
    dropsDefault && "DROP DEFAULT",
    old.identity && !now.identity && "DROP IDENTITY",
    isRetyped && `TYPE ${now.type}${now.collation ? ` COLLATE ${now.collation}` : ""}${using}`,
    old.generated !== now.generated && `SET EXPRESSION AS (${now.generated})`,
    (old.storage !== now.storage || (isRetyped && now.storage)) && `SET STORAGE ${now.storage ?? "DEFAULT"}`,
    old.compression !== now.compression && `SET COMPRESSION ${now.compression ?? "DEFAULT"}`,
    old.notNull !== now.notNull && now.notNull && "SET NOT NULL",
    ...alterIdentity(old, now),
    old.notNull !== now.notNull && !now.notNull && "DROP NOT NULL",
    setsDefault && `SET DEFAULT ${now.default}`,
  ];
  return actions
    .filter((action) => typeof action === "string")
    .map((action) => `ALTER TABLE ${now.table} ALTER COLUMN ${now.column} ${action}`);
}

function alterIdentity(old: ColumnFacts, now: ColumnFacts): string[] {
  if (!now.identity || !now.identityOptions) return [];
  const options = writeOptions(now.identityOptions, now.type);
  if (!old.identity)
    return [`ADD GENERATED ${now.identity} AS IDENTITY${options.length ? ` (${options.join(" ")})` : ""}`];
  const sets = [
    ...(old.identity === now.identity ? [] : [`SET GENERATED ${now.identity}`]),
    ...(JSON.stringify(old.identityOptions) === JSON.stringify(now.identityOptions)
      ? []
      : setOptions(now.identityOptions)),
  ];
  return sets.length ? [sets.join(" ")] : [];
}
