import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, inject } from "vitest";
import { closeDatabase, type Database, migrate, openDatabase, startEmbedded, withConnection } from "@/lib/db";
import { migrateQueue } from "@/lib/orchestrator";
import { newId } from "@/lib/std/ids";
import { silentLog } from "@/lib/std/log";

/** A migrated database of one test file's own, on the server that all files of a run share. */
export interface ControlDatabase {
  readonly connectionString: string;
  /** A client on it; `database()` of lib/db reaches the same one while the file runs. */
  readonly db: Database;
}

/**
 * Gives a test file its own control database: call it once at the top level and read it inside tests.
 *
 *   const control = startControlDatabase();
 *   it("…", async () => { await control().db.project.findMany(); });
 */
export function startControlDatabase(): () => ControlDatabase {
  let control: (ControlDatabase & { drop(): Promise<void> }) | undefined;
  beforeAll(async () => {
    control = await createControlDatabase();
    process.env.DATABASE_URL = control.connectionString;
  });
  afterAll(async () => {
    await closeDatabase();
    await control?.drop();
  });
  return () => {
    if (!control) throw new Error("the control database is there once beforeAll has run");
    return control;
  };
}

const MIGRATIONS = fileURLToPath(new URL("../../prisma/migrations", import.meta.url));
const TEMPLATE = "offshoot_template";
// A crash of the test server loses nothing that anybody wants, so it never waits for the disk.
const FAST = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "300" };

async function createControlDatabase() {
  const dataDir = { path: inject("controlDatabaseDir"), isExplicit: false };
  const server = await startEmbedded({ dataDir, log: silentLog, settings: FAST });
  const name = `test_${newId()}`;
  await withConnection(server.connectionString, async (client) => {
    // One file at a time: the first makes the template, and CREATE DATABASE wants a template that nobody is connected to.
    await client.query("SELECT pg_advisory_lock(1)");
    const { rowCount } = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [TEMPLATE]);
    if (rowCount === 0) await makeTemplate(server.connectionString);
    await client.query(`CREATE DATABASE "${name}" TEMPLATE "${TEMPLATE}"`);
  });
  const connectionString = withName(server.connectionString, name);
  const db = openDatabase(connectionString);
  const drop = async () => {
    await db.$disconnect();
    await withConnection(server.connectionString, (client) => client.query(`DROP DATABASE "${name}" WITH (FORCE)`));
  };
  return { connectionString, db, drop };
}

async function makeTemplate(server: string): Promise<void> {
  const half = `${TEMPLATE}_half`;
  await withConnection(server, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS "${half}"`);
    await client.query(`CREATE DATABASE "${half}"`);
    await migrate(withName(server, half), MIGRATIONS);
    await migrateQueue(withName(server, half));
    await client.query(`ALTER DATABASE "${half}" RENAME TO "${TEMPLATE}"`);
  });
}

const withName = (connectionString: string, name: string): string =>
  connectionString.replace("/postgres?", `/${name}?`);
