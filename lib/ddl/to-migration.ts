import type { SchemaDiff } from "./diff-schemas";
import { planMigration } from "./plan/migrate";
import { toParts } from "./plan/part";
import { sayLeftOut, sayRoles } from "./to-script";
import { writeScript } from "./write-script";

export interface MigrationOptions {
  readonly heading?: readonly string[];
  /** What to do with statements that lose data: they are comments unless this is `run`. */
  readonly dataLoss?: "comment" | "run";
}

/** The statements that turn a database with the schema before into one with the schema after, in an order that works. */
export function toMigration({ before, after }: SchemaDiff, { heading = [], dataLoss }: MigrationOptions = {}): string {
  const statements = planMigration(toParts(before), toParts(after));
  const isCareful = dataLoss !== "run";
  const losses = statements.filter((statement) => statement.losesData).length;
  const warning = `${losses} ${losses === 1 ? "statement that loses" : "statements that lose"} data: look for "Loses data".`;
  return writeScript({
    heading: [
      ...heading,
      "Review before running on production.",
      ...(losses > 0 && isCareful ? [`Commented out: ${warning}`] : []),
      ...(statements.length === 0 ? ["Nothing to do: the schemas are the same."] : []),
      ...sayRoles(after),
      ...sayLeftOut(after),
    ],
    statements,
    isCareful,
  });
}
