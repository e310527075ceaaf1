import type { ObjectOf } from "../schema";

/** Columns can be added at the end; nothing else of them can change while others may read them. */
export function alterView(before: ObjectOf<"view">, after: ObjectOf<"view">): readonly string[] | undefined {
  const keeps = before.facts.columns.every(
    ({ name, type }, index) => after.facts.columns[index]?.name === name && after.facts.columns[index]?.type === type,
  );
  return keeps ? [after.create.replace(/^CREATE VIEW/, "CREATE OR REPLACE VIEW")] : undefined;
}

/** A view of the same columns that needs nothing: stands in while what it needs itself is made. */
export function standIn({ name, facts }: ObjectOf<"view">): string {
  const columns = facts.columns.map((column) => `NULL::${column.type} AS ${column.name}`);
  return `CREATE VIEW ${name} AS SELECT ${columns.join(", ")}`;
}
