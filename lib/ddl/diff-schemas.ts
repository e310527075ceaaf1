import { isSame } from "./plan/part";
import type { ObjectKind, Schema, SchemaObject } from "./schema";
import { alter } from "./statements";

/** What happened to one object: a table's columns and constraints are objects too. */
export interface Change {
  readonly id: string;
  readonly kind: ObjectKind;
  readonly name: string;
  readonly of: string | undefined;
  readonly change: "added" | "removed" | "changed";
}

export interface SchemaDiff {
  readonly before: Schema;
  readonly after: Schema;
  /** In the order of their ids. */
  readonly changes: readonly Change[];
}

/** What differs between two schemas. The order of a table's columns does not, nor does what only follows from something else. */
export function diffSchemas(before: Schema, after: Schema): SchemaDiff {
  const [old, now] = [byId(before), byId(after)];
  const changes = [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((id) => {
    const change = compare(old.get(id), now.get(id));
    const { kind, name, of } = (now.get(id) ?? old.get(id)) as SchemaObject;
    return change ? [{ id, kind, name, of, change }] : [];
  });
  return { before, after, changes };
}

const byId = ({ objects }: Schema) => new Map(objects.map((object) => [object.id, object]));

/** What comes and goes with something else is told by that. */
function compare(before: SchemaObject | undefined, after: SchemaObject | undefined): Change["change"] | undefined {
  if (!before) return after?.create ? "added" : undefined;
  if (!after) return before.create ? "removed" : undefined;
  return isSame(before, after) || alter(before, after)?.length === 0 ? undefined : "changed";
}
