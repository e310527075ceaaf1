import { countChanges, describeDiff, describeSchema, diffSchemas, type Schema, toMigration, toScript } from "@/lib/ddl";
import type { SchemaContent, SchemaObjectDto, SchemaSide } from "@/lib/schemas/schema-reading";

/** A schema, and the commit that it is of. */
export interface ReadSide {
  readonly side: SchemaSide;
  readonly schema: Schema;
}

type Written = Omit<SchemaContent, "volumes">;

/** What is told of a schema alone: all of it, as a script. */
export function writeSchema({ side, schema }: ReadSide): Written {
  const objects = describeSchema(schema).map(
    ({ sql, ...object }): SchemaObjectDto => ({ ...object, change: null, text: sql }),
  );
  return {
    of: side,
    source: null,
    counts: [],
    objects,
    left_out: [...schema.leftOut],
    sql: toScript(schema, [`The schema of ${say(side)}.`]),
  };
}

/** What is told of two: what differs, and the script that takes the source there. */
export function writeDifference(service: ReadSide, source: ReadSide): Written {
  const diff = diffSchemas(source.schema, service.schema);
  const heading = [`Makes the schema of ${say(source.side)}`, `that of ${say(service.side)}.`];
  return {
    of: service.side,
    source: source.side,
    counts: countChanges(diff),
    objects: describeDiff(diff).map(({ diff: text, ...object }) => ({ ...object, text })),
    left_out: [...service.schema.leftOut],
    sql: toMigration(diff, { heading }),
  };
}

const say = ({ name, commit, time }: SchemaSide): string => `${name} at commit ${commit} (${time})`;
