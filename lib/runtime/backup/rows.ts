import { createReadStream, createWriteStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";

/** A table of the control database in a backup. */
export interface SavedTable {
  readonly name: string;
  readonly columns: string[];
  readonly rows: number;
}

type Client = pg.ClientBase;

/** Writes all rows that the client's transaction sees, a file a table; answers the tables in an order in which they can be filled. */
export async function saveRows(client: Client, dir: string): Promise<SavedTable[]> {
  const saved: SavedTable[] = [];
  for (const table of await listTables(client)) {
    const rows = client.query(copyTo(`COPY ${toTarget(table)} TO STDOUT`));
    await pipeline(rows, createWriteStream(fileOf(dir, table), { mode: 0o600, flags: "wx", flush: true }));
    saved.push({ ...table, rows: rows.rowCount });
  }
  return saved;
}

/** Fills the tables of a database that has no rows of its own. All of them or none: in the client's transaction. */
export async function loadRows(client: Client, dir: string, tables: readonly SavedTable[]): Promise<void> {
  // Migrations may have written some.
  const names = tables.map(({ name }) => quote(name));
  if (names.length > 0) await client.query(`TRUNCATE ${names.join(", ")}`);
  for (const table of tables) {
    const rows = client.query(copyFrom(`COPY ${toTarget(table)} FROM STDIN`));
    await pipeline(createReadStream(fileOf(dir, table)), rows);
    if (rows.rowCount !== table.rows)
      throw new AppError(
        "INVALID_REQUEST",
        `The backup is damaged: ${fileOf(dir, table)} has ${rows.rowCount} rows, and had ${table.rows}.`,
      );
  }
}

const fileOf = (dir: string, { name }: { name: string }): string => join(dir, `${name}.copy`);
const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const toTarget = ({ name, columns }: Omit<SavedTable, "rows">): string =>
  `public.${quote(name)} (${columns.map(quote).join(", ")})`;

type Table = Omit<SavedTable, "rows"> & { readonly needs: readonly string[] };

/** Prisma's own table is not among them: migrating writes it. Nor is the queue: each engine that starts fills it anew. */
async function listTables(client: Client): Promise<Omit<SavedTable, "rows">[]> {
  const { rows } = await client.query<Table>(`
    SELECT c.relname AS name,
      (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
      (SELECT coalesce(array_agg(DISTINCT f.confrelid::regclass::text), '{}') FROM pg_constraint f
        WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid <> c.oid) AS needs
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '_prisma_migrations'
    ORDER BY c.relname`);
  return sortByNeeds(rows).map(({ name, columns }) => ({ name, columns }));
}

/** Each table after those that its foreign keys name. One that names itself is checked at the end of its own COPY. */
function sortByNeeds(tables: readonly Table[]): Table[] {
  const sorted = new Map<string, Table>();
  while (sorted.size < tables.length) {
    const next = tables.filter(({ name, needs }) => !sorted.has(name) && needs.every((need) => sorted.has(need)));
    assert(next.length > 0, "foreign keys of the control database make no circle");
    for (const table of next) sorted.set(table.name, table);
  }
  return [...sorted.values()];
}
