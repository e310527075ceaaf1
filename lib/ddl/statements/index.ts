import type { ConstraintFacts, ObjectOf, SchemaObject } from "../schema";
import { alterColumn, writeColumn } from "./column";
import { alterSequence, writeSequence } from "./sequence";
import { alterTable, writeTable } from "./table";
import { alterComposite, alterDomain, alterEnum, writeComposite, writeDomain, writeEnum } from "./types";
import { alterView } from "./view";

/** An object with the statements that its facts make. What Postgres wrote itself is left as it is. */
export function writeStatements(object: SchemaObject): SchemaObject {
  switch (object.kind) {
    case "enum":
      return { ...object, ...writeEnum(object) };
    case "domain":
      return { ...object, ...writeDomain(object) };
    case "composite type":
      return { ...object, ...writeComposite(object) };
    case "sequence":
      return { ...object, ...writeSequence(object) };
    case "table":
      return { ...object, ...writeTable(object) };
    case "column":
      return { ...object, ...writeColumn(object) };
    case "constraint":
    case "foreign key":
      return { ...object, ...writeConstraint(object.facts) };
    default:
      return object;
  }
}

function writeConstraint({ table, name, inline, isInherited }: ConstraintFacts) {
  if (isInherited) return { create: "", drop: "" };
  return { create: `ALTER TABLE ${table} ADD ${inline}`, drop: `ALTER TABLE ${table} DROP CONSTRAINT ${name}` };
}

/** The statements that make one of the other where it stands; undefined when it has to be made anew. */
export function alter(before: SchemaObject, after: SchemaObject): readonly string[] | undefined {
  if (before.kind !== "column" && (before.create === "" || after.create === "")) return []; // it came, or became its own, with its table
  switch (after.kind) {
    case "extension":
      return alterExtension(before as typeof after, after);
    case "enum":
      return alterEnum(before as typeof after, after);
    case "domain":
      return alterDomain(before as typeof after, after);
    case "composite type":
      return alterComposite(before as typeof after, after);
    case "sequence":
      return alterSequence(before as typeof after, after);
    case "table":
      return alterTable(before as typeof after, after);
    case "column":
      return alterColumn(before as typeof after, after);
    case "view":
      return alterView(before as typeof after, after);
    case "function":
    case "procedure":
      return (before as typeof after).facts.signature === after.facts.signature ? [after.create] : undefined;
    case "hypertable":
      return alterHypertable(before as typeof after, after);
    case "compression":
    case "comment":
    case "sequence owner":
      return [after.create];
    default:
      return undefined;
  }
}

function alterExtension(before: ObjectOf<"extension">, after: ObjectOf<"extension">): readonly string[] | undefined {
  if (before.create !== after.create) return undefined;
  return [`ALTER EXTENSION ${after.name} UPDATE TO '${after.facts.version}'`];
}

/** Its dimensions stay as they are: whoever wants others makes a new table and copies. */
function alterHypertable(before: ObjectOf<"hypertable">, after: ObjectOf<"hypertable">): readonly string[] | undefined {
  const { table, functions, interval, dimensions } = after.facts;
  if (before.facts.dimensions !== dimensions) return undefined;
  return [`SELECT ${functions}.set_chunk_time_interval('${table.replaceAll("'", "''")}', ${interval})`];
}
