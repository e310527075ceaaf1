/** A database's schema as data: read from the catalogues, written as a script, compared, and turned into a migration. */
export {
  type Count,
  countChanges,
  type Described,
  type DescribedChange,
  describeDiff,
  describeSchema,
} from "./describe";
export { diffSchemas } from "./diff-schemas";
export { type RunSql, readSchema } from "./read-schema";
export type { Schema } from "./schema";
export { toMigration } from "./to-migration";
export { toScript } from "./to-script";
