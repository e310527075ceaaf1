import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { migrate, withConnection } from "@/lib/db";
import { newId } from "@/lib/std/ids";
import { startControlDatabase } from "@/lib/testing/control-database";
import { makeActor } from "@/lib/testing/services-context";
import { loadRows, type SavedTable, saveRows } from "./rows";

const MIGRATIONS = fileURLToPath(new URL("../../../prisma/migrations", import.meta.url));
const control = startControlDatabase();
let dir: string;
let empty: string;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "offshoot-rows-"));
  const name = `empty_${newId()}`;
  await run(control().connectionString, `CREATE DATABASE ${name}`);
  empty = control().connectionString.replace(/\/test_\w+\?/, `/${name}?`);
});
afterEach(async () => {
  rmSync(dir, { recursive: true });
  await run(control().connectionString, `DROP DATABASE ${new URL(empty).pathname.slice(1)}`);
});

const run = (connectionString: string, sql: string) =>
  withConnection(connectionString, async (client) => (await client.query(sql)).rows as Record<string, unknown>[]);

const save = async (connectionString: string, name: string) => {
  mkdirSync(join(dir, name));
  return withConnection(connectionString, (client) => saveRows(client, join(dir, name)));
};
const load = (tables: readonly SavedTable[]) =>
  withConnection(empty, async (client) => {
    await client.query("BEGIN");
    await loadRows(client, join(dir, "saved"), tables);
    await client.query("COMMIT");
  });
const linesOf = (name: string) =>
  readdirSync(join(dir, name)).map((file) => [
    file,
    readFileSync(join(dir, name, file), "utf8")
      .split("\n")
      .sort()
      .join("\n"),
  ]);

/** A source and its fork, which the database may hand out in either order, with what text formats stumble over. */
async function fill() {
  const { projectId } = await makeActor(control().db);
  const at = new Date("2026-11-23T10:00:00.123Z");
  const [source, fork] = [newId(), newId()];
  const common = { projectId, image: "postgres-18", regionCode: "local", cpuMillis: 500, memoryGbs: 2, createdAt: at };
  const secret = { scramVerifier: "SCRAM\\x$\t\n", passwordSetAt: at };
  const base = { ...common, ...secret, status: "READY" as const };
  await control().db.service.create({
    data: {
      ...base,
      id: source,
      name: 'tab\there "quoted" \\N',
      volumeId: newId(),
      labels: { emoji: "🌱", nothing: null },
    },
  });
  await control().db.service.create({
    data: {
      ...base,
      id: fork,
      name: "fork",
      volumeId: newId(),
      forkedFromId: source,
      allowList: ["::1/128", "10.0.0.0/8"],
    },
  });
  return projectId;
}

describe("the rows of a backup", () => {
  test("come back in another database as they were, each one", async () => {
    await fill();
    const tables = await save(control().connectionString, "saved");
    expect(tables.find(({ name }) => name === "services")?.rows).toBe(2);
    await migrate(empty, MIGRATIONS);
    await load(tables);
    await save(empty, "again");
    expect(linesOf("again")).toEqual(linesOf("saved"));
  });

  test("of an older version come back in a newer one, whose migrations then bring them up to date", async () => {
    const names = readdirSync(MIGRATIONS)
      .filter((name) => /^\d/.test(name))
      .sort();
    const older = names.slice(0, -1);

    await migrate(empty, MIGRATIONS, older);
    await run(
      empty,
      `INSERT INTO projects (id, name, created_at, max_ttl_seconds, grace_seconds) VALUES ('abcdefghi1', 'Old', now(), 60, 60)`,
    );
    const tables = await save(empty, "saved");
    const name = `newer_${newId()}`;
    await run(control().connectionString, `CREATE DATABASE ${name}`);
    const newer = control().connectionString.replace(/\/test_\w+\?/, `/${name}?`);
    try {
      await migrate(newer, MIGRATIONS, older);
      await withConnection(newer, (client) => loadRows(client, join(dir, "saved"), tables));
      expect(await migrate(newer, MIGRATIONS)).toEqual(names.slice(-1));
      expect(await run(newer, "SELECT name FROM projects")).toEqual([{ name: "Old" }]);
    } finally {
      await run(control().connectionString, `DROP DATABASE ${name}`);
    }
  });

  test("that were cut off are refused, and nothing of them stays", async () => {
    await fill();
    const tables = await save(control().connectionString, "saved");
    const file = join(dir, "saved", "services.copy");
    const lines = readFileSync(file, "utf8").split("\n");
    writeFileSync(file, `${lines.slice(0, 1).join("\n")}\n`);
    await migrate(empty, MIGRATIONS);
    await expect(load(tables)).rejects.toThrow(/damaged: .*services\.copy has 1 rows, and had \d+/);
    expect(await run(empty, "SELECT count(*)::int FROM services")).toEqual([{ count: 0 }]);
  });
});
