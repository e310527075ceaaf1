import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newId } from "@/lib/std/ids";
import { startControlDatabase } from "@/lib/testing/control-database";
import { withConnection } from "./connect";
import { migrate } from "./migrate";

const control = startControlDatabase();
const root = fileURLToPath(new URL("../..", import.meta.url));
let dir: string;
let empty: string;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "offshoot-test-migrations-"));
  const name = `empty_${newId()}`;
  await run(control().connectionString, `CREATE DATABASE ${name}`);
  empty = control().connectionString.replace(/\/test_\w+\?/, `/${name}?`);
});

afterEach(async () => {
  rmSync(dir, { recursive: true });
  await run(control().connectionString, `DROP DATABASE ${new URL(empty).pathname.slice(1)}`);
});

const run = (connectionString: string, sql: string) =>
  withConnection(connectionString, async (client) => (await client.query(sql)).rows as unknown[]);

function addMigration(name: string, sql: string): void {
  mkdirSync(join(dir, name), { recursive: true });
  writeFileSync(join(dir, name, "migration.sql"), sql);
}

describe("migrating the control database", () => {
  it("applies what is missing, in order, once", async () => {
    addMigration("2_second", "INSERT INTO a VALUES (1); INSERT INTO a VALUES (2)");
    addMigration("1_first", "CREATE TABLE a (n int)");
    expect(await migrate(empty, dir)).toEqual(["1_first", "2_second"]);
    expect(await migrate(empty, dir)).toEqual([]);
    addMigration("3_third", "INSERT INTO a VALUES (3)");
    expect(await migrate(empty, dir)).toEqual(["3_third"]);
    expect(await run(empty, "SELECT n FROM a ORDER BY n")).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it("is done once when several processes start at the same time", async () => {
    addMigration("1_first", "CREATE TABLE a (n int)");
    const applied = await Promise.all([1, 2, 3].map(() => migrate(empty, dir)));
    expect(applied.flat()).toEqual(["1_first"]);
  });

  it("leaves nothing of a migration that fails, and names it", async () => {
    addMigration("1_first", "CREATE TABLE a (n int)");
    addMigration("2_broken", "INSERT INTO a VALUES (1); SELECT nonsense");
    await expect(migrate(empty, dir)).rejects.toThrow(/^The migration 2_broken failed and was undone: .*nonsense/);
    expect(await run(empty, "SELECT n FROM a")).toEqual([]);
    addMigration("2_broken", "INSERT INTO a VALUES (7)");
    expect(await migrate(empty, dir)).toEqual(["2_broken"]);
  });

  it("refuses a database that a newer version has migrated", async () => {
    addMigration("1_first", "CREATE TABLE a (n int)");
    addMigration("2_newer", "SELECT 1");
    await migrate(empty, dir);
    rmSync(join(dir, "2_newer"), { recursive: true });
    await expect(migrate(empty, dir)).rejects.toThrow(/migrated by a newer Offshoot \(2_newer\)/);
  });

  it("refuses a migration that was edited after it had been applied", async () => {
    addMigration("1_first", "CREATE TABLE a (n int)");
    await migrate(empty, dir);
    addMigration("1_first", "CREATE TABLE a (n bigint)");
    await expect(migrate(empty, dir)).rejects.toThrow(/1_first was edited/);
  });

  it("says which server does not answer, without its password", async () => {
    const asked = migrate("postgresql://ada:hunter2@127.0.0.1:1/offshoot", dir);
    await expect(asked).rejects.toThrow(/control database at 127\.0\.0\.1:1\/offshoot did not accept a connection/);
    await expect(asked).rejects.not.toThrow(/hunter2/);
  });
});

describe("prisma/migrations", () => {
  it("make exactly what prisma/schema.prisma describes", async () => {
    const cli = join(root, "node_modules", "prisma", "build", "index.js");
    const args = ["migrate", "diff", "--from-config-datasource", "--to-schema", "prisma/schema.prisma", "--script"];
    await migrate(empty, join(root, "prisma", "migrations"));
    const env = { ...process.env, DATABASE_URL: empty };
    const { stdout } = await promisify(execFile)(process.execPath, [cli, ...args], { cwd: root, env });
    expect(stdout.trim()).toBe("-- This is an empty migration.");
  });
});
