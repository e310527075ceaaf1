import { AppError } from "@/lib/std/app-error";
import { assemble } from "./assemble";
import { SCHEMA_QUERIES } from "./queries";
import { ALIASES, DEPENDENCIES } from "./queries/dependencies";
import { LEFT_OUT, SIZE } from "./queries/left-out";
import { AGGREGATE_ALIASES, CHUNKS } from "./queries/timescaledb";
import type { Row } from "./row";
import type { LeftOut, Schema } from "./schema";

/** Runs one statement and answers its rows, values as Postgres writes them. */
export type RunSql = (sql: string) => Promise<readonly (readonly (string | null)[])[]>;

/** Relations, columns and routines: more than anybody reads, and what a page can still hold. */
export const OBJECTS_MAX = 20_000;
/** Of statements: what a row of the control database and a download hold without trouble. */
export const SCHEMA_MAX_BYTES = 8 * 1024 * 1024;

/**
 * Reads the schema of the database behind `run`, at one moment: it needs a session of its own that is in no transaction, and leaves
 * nothing there. A schema beyond the limits is an AppError.
 */
export async function readSchema(run: RunSql): Promise<Schema> {
  await run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  try {
    for (const setting of SETTINGS) await run(`SET LOCAL ${setting}`);
    await assertReadable(run);
    return await readAll(run);
  } finally {
    await run("ROLLBACK");
  }
}

/** Names come with their schemas, and literals the same wherever this runs. */
const SETTINGS = [
  "search_path = ''",
  "quote_all_identifiers = off",
  "IntervalStyle = postgres",
  "DateStyle = ISO",
  "TimeZone = 'UTC'",
  "bytea_output = hex",
  "extra_float_digits = 1",
];

async function assertReadable(run: RunSql): Promise<void> {
  const [[count] = []] = await run(SIZE);
  if (Number(count ?? 0) > OBJECTS_MAX) throw tooLarge(`${count} relations, columns and functions`, `${OBJECTS_MAX}`);
}

async function readAll(run: RunSql): Promise<Schema> {
  const hasTimescale = (await run("SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'")).length > 0;
  const rows: Row[] = [];
  let bytes = 0;
  for (const query of [...SCHEMA_QUERIES.postgres, ...(hasTimescale ? SCHEMA_QUERIES.timescaledb : [])]) {
    const [[text] = []] = await run(`SELECT coalesce(json_agg(q), '[]') FROM (${query}) q`);
    bytes += text?.length ?? 0;
    if (bytes > SCHEMA_MAX_BYTES) throw tooLarge(`${bytes} bytes of definitions`, `${SCHEMA_MAX_BYTES}`);
    rows.push(...(JSON.parse(text ?? "[]") as Row[]));
  }
  const pairs = (query: string) => readPairs(run, query);
  return assemble({
    rows,
    aliases: [...(await pairs(ALIASES)), ...(hasTimescale ? await pairs(AGGREGATE_ALIASES) : [])],
    dependencies: await pairs(DEPENDENCIES),
    hidden: hasTimescale ? (await run(CHUNKS)).map(([address]) => address ?? "") : [],
    leftOut: (await run(LEFT_OUT)).map(toLeftOut).filter(({ count }) => count > 0),
  });
}

async function readPairs(run: RunSql, query: string): Promise<[string, string][]> {
  const [[text] = []] = await run(`SELECT coalesce(json_agg(json_build_array(a, b)), '[]') FROM (${query}) q (a, b)`);
  return JSON.parse(text ?? "[]") as [string, string][];
}

const toLeftOut = ([what, count]: readonly (string | null)[]): LeftOut => ({ what: what ?? "", count: Number(count) });

const tooLarge = (found: string, limit: string) =>
  new AppError(
    "PAYLOAD_TOO_LARGE",
    `This schema is too large to be read here: ${found}, where the limit is ${limit}. Use pg_dump --schema-only.`,
  );
