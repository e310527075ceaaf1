import { createHash, randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type pg from "pg";
import { AppError } from "@/lib/std/app-error";
import { withConnection } from "./connect";

/**
 * Applies the migrations of `dir` (prisma/migrations) that the database does not have yet, in order, each in a
 * transaction, and answers their names. It keeps Prisma's own table, so Prisma's command line can take over at any time.
 * Several processes may call it at once. Throws when the database is newer than `dir`, or an applied migration was edited.
 * `only`: no others, for what was saved when there were no more.
 */
export async function migrate(connectionString: string, dir: string, only?: readonly string[]): Promise<string[]> {
  const migrations = readMigrations(dir).filter(({ name }) => only?.includes(name) ?? true);
  return withConnection(connectionString, async (client) => {
    await client.query("SELECT pg_advisory_lock($1)", [PRISMA_LOCK]);
    await client.query(MIGRATIONS_TABLE);
    const pending = computePending(migrations, await findApplied(client));
    for (const migration of pending) await apply(client, migration);
    return pending.map(({ name }) => name);
  });
}

// The lock and the table of Prisma's own schema engine: the two never migrate at the same time. The lock ends with the session.
const PRISMA_LOCK = 72707369;
const MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL, "checksum" VARCHAR(64) NOT NULL, "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL, "logs" TEXT, "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(), "applied_steps_count" INTEGER NOT NULL DEFAULT 0)`;

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

interface Applied {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
}

function readMigrations(dir: string): Migration[] {
  const names = readdirSync(dir).filter((name) => existsSync(join(dir, name, "migration.sql")));
  return names.sort().map((name) => {
    const sql = readFileSync(join(dir, name, "migration.sql"), "utf8");
    return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
  });
}

async function findApplied(client: pg.Client): Promise<Applied[]> {
  const { rows } = await client.query<Applied>(
    `SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL`,
  );
  return rows;
}

/** What is left to apply. Pure, so that every way in which the two can disagree is tested without a database. */
export function computePending(migrations: readonly Migration[], applied: readonly Applied[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const row of applied) {
    const migration = known.get(row.migration_name);
    if (!migration)
      throw new AppError(
        "CONTROL_PLANE",
        `The control database was migrated by a newer Offshoot (${row.migration_name}). Start that version, or restore a backup.`,
      );
    if (row.finished_at === null)
      throw new AppError(
        "CONTROL_PLANE",
        `The migration ${row.migration_name} failed earlier and was not resolved. See "prisma migrate resolve".`,
      );
    if (row.checksum !== migration.checksum)
      throw new AppError("CONTROL_PLANE", `The migration ${row.migration_name} was edited after it had been applied.`);
  }
  const done = new Set(applied.map((row) => row.migration_name));
  return migrations.filter(({ name }) => !done.has(name));
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query("BEGIN");
    await client.query(sql);
    await client.query(
      `INSERT INTO "_prisma_migrations" (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
       VALUES ($1, $2, $3, now(), now(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query("COMMIT");
  } catch (cause) {
    await client.query("ROLLBACK").catch(() => {});
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("CONTROL_PLANE", `The migration ${name} failed and was undone: ${reason}.`, { cause });
  }
}
