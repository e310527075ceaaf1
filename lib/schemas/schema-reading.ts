import { z } from "zod";

/** The schema of a service, or how a fork's differs from its source's: as that was when the fork was made, or as it is now. */
const schemaAgainst = z.enum(["source_then", "source_now"]);
export type SchemaAgainst = z.infer<typeof schemaAgainst>;

/** Of `S/schema?against&format`. */
export const schemaQuery = z.strictObject({
  against: schemaAgainst.optional(),
  format: z.enum(["json", "sql"]).optional(),
});
export type SchemaQuery = z.infer<typeof schemaQuery>;

/** What a reading is of: one commit of one service. */
const schemaSide = z.object({
  service_id: z.string(),
  name: z.string(),
  commit: z.number().int(),
  time: z.string(),
});
export type SchemaSide = z.infer<typeof schemaSide>;

const schemaObject = z.object({
  /** `table`, `view`, `function`, … */
  kind: z.string(),
  name: z.string(),
  /** Null where nothing is compared. */
  change: z.enum(["added", "changed", "removed"]).nullable(),
  /** Its statements; where it is compared a unified diff of them. */
  text: z.string(),
});
export type SchemaObjectDto = z.infer<typeof schemaObject>;

const schemaCount = z.object({
  kind: z.string(),
  added: z.number().int(),
  changed: z.number().int(),
  removed: z.number().int(),
});
export type SchemaCount = z.infer<typeof schemaCount>;

export const schemaDto = z.object({
  service_id: z.string(),
  against: schemaAgainst.nullable(),
  /** The operation that read it. */
  operation_id: z.string(),
  read_at: z.string(),
  of: schemaSide,
  /** The source that it is compared with. */
  source: schemaSide.nullable(),
  /** Of what is compared; of a schema alone nothing. */
  counts: z.array(schemaCount),
  objects: z.array(schemaObject),
  /** What people made and the reading lacks. */
  left_out: z.array(z.object({ what: z.string(), count: z.number().int() })),
});
export type SchemaDto = z.infer<typeof schemaDto>;

/** A schema while it is being read: the operation to wait for. */
export interface SchemaPending {
  readonly operation_id: string;
}

/** What no reading has, in words for a page. */
export const NEVER_READ = [
  "owners, roles and passwords",
  "values of sequences",
  "order of columns and names of NOT NULL constraints",
  "settings, tablespaces and statistics targets",
  "whether a job is scheduled, and indexes of continuous aggregates",
  "members of extensions, chunks and whatever else TimescaleDB keeps for itself",
] as const;

/** What the operation writes down. */
export const schemaContent = schemaDto
  .pick({ of: true, source: true, counts: true, objects: true, left_out: true })
  .extend({
    sql: z.string(),
    /** The volumes that were read: a reading of the same commits is the same. */
    volumes: z.array(z.string()),
  });
export type SchemaContent = z.infer<typeof schemaContent>;
