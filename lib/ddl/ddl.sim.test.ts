import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ImageId } from "@/lib/schemas/image";
import { type Random, seededRandom } from "@/lib/std/random";
import type { ComputeFixture, RunningService } from "@/lib/testing/compute-fixture";
import { openComputeFixture } from "@/lib/testing/compute-fixture";
import { RICH_POSTGRES, RICH_TIMESCALEDB, SCHEMA_CHANGES, TIMESCALEDB_CHANGES } from "@/lib/testing/rich-schemas";
import { diffSchemas } from "./diff-schemas";
import { readSchema } from "./read-schema";
import type { Schema } from "./schema";
import { toMigration } from "./to-migration";
import { toScript } from "./to-script";

let fixture: ComputeFixture;
beforeAll(async () => {
  fixture = await openComputeFixture();
});
afterAll(() => fixture.close());

const read = ({ sql }: RunningService): Promise<Schema> => readSchema((text) => sql.query(text));

/** Roles are no part of a schema. */
const ROLES = `CREATE ROLE reporting; CREATE ROLE "App User"`;

async function anEmpty(imageId: ImageId): Promise<RunningService> {
  const service = await fixture.create(imageId);
  await service.sql.query(ROLES);
  return service;
}

describe.each([
  ["postgres-18", RICH_POSTGRES],
  ["timescaledb-2.23-pg17", `${RICH_POSTGRES.replace(/CREATE TABLE virt .*\n/, "")}${RICH_TIMESCALEDB}`],
] as const)("%s", (imageId, rich) => {
  test("a schema's script makes the same schema in an empty database, and migrations lead there and back", async () => {
    const [source, target] = [await fixture.create(imageId), await anEmpty(imageId)];
    const empty = await read(target);
    await source.sql.query(rich);
    const schema = await read(source);
    await target.sql.query(toScript(schema));
    const again = await read(target);
    expect(differences(schema, again)).toEqual([]);
    expect(toScript(again)).toBe(toScript(schema));

    await target.sql.query(toMigration(diffSchemas(again, empty), { dataLoss: "run" }));
    expect(differences(empty, await read(target))).toEqual([]);
    await target.sql.query(toMigration(diffSchemas(empty, schema), { dataLoss: "run" }));
    expect(differences(schema, await read(target))).toEqual([]);
  });
});

// A round takes a quarter of a second.
const SEEDS = [1, 2];
const ROUNDS = 10;

test.each(SEEDS)(
  "whatever a few changes made of a schema, its migration makes of the schema before, and back (seed %i)",
  async (seed) => {
    const random = seededRandom(seed);
    const changed = await fixture.create("postgres-18");
    await changed.sql.query(RICH_POSTGRES);
    const migrated = await fixture.fork(changed);
    let before = await read(changed);
    for (let round = 0; round < ROUNDS; round++) {
      const made = await change(changed, random);
      const after = await read(changed);
      const [there, back] = [migrate(before, after), migrate(after, before)];
      const told = `round ${round}\n${made.join("\n")}\n`;
      await apply(migrated, there, told);
      expect(differences(await read(migrated), after), told + there).toEqual([]);
      await apply(migrated, back, told);
      expect(differences(await read(migrated), before), told + back).toEqual([]);
      await apply(migrated, there, told);
      before = after;
    }
    await changed.compute.stop();
    await migrated.compute.stop();
  },
);

test("what changed in hypertables, continuous aggregates and policies is migrated too", async () => {
  const changed = await fixture.create("timescaledb-2.23-pg17");
  await changed.sql.query(RICH_TIMESCALEDB);
  const migrated = await fixture.fork(changed);
  const before = await read(changed);
  for (const statement of TIMESCALEDB_CHANGES) for (const one of statement.split("; ")) await changed.sql.query(one);
  const after = await read(changed);
  const script = migrate(before, after);
  await apply(migrated, script, "");
  expect(differences(await read(migrated), after), script).toEqual([]);
});

test("what loses data is a comment, and the rest is written so that it runs all the same", async () => {
  const service = await fixture.create("postgres-18");
  const empty = await read(service);
  await service.sql.query(RICH_POSTGRES);
  await service.sql.query("INSERT INTO app.users (name, mood, email, balance) VALUES ('ada', 'sad', 'a@b', 5)");
  const careful = toMigration(diffSchemas(await read(service), empty));
  expect(careful).toMatch(/^-- Commented out: \d+ statements that lose data/m);
  await apply(service, careful, "");
  expect(await service.sql.query("SELECT name, mood, balance FROM app.users")).toEqual([["ada", "sad", "5"]]);
  expect(await service.sql.query("SELECT count(*) FROM pg_views WHERE schemaname IN ('app', 'public')")).toEqual([
    ["0"],
  ]);
});

test("a label taken from an enum moves the columns that have it over to the new type, with their rows", async () => {
  const service = await fixture.create("postgres-18");
  await service.sql.query("CREATE TYPE mood AS ENUM ('sad', 'happy')");
  await service.sql.query("CREATE TABLE t (a mood DEFAULT 'happy', b mood[]); CREATE VIEW v AS SELECT a FROM t");
  await service.sql.query("CREATE INDEX ON t (a); INSERT INTO t (b) VALUES ('{happy,happy}')");
  const fewer = await read(service);
  await service.sql.query("ALTER TYPE mood ADD VALUE 'meh'");
  await apply(service, migrate(await read(service), fewer), "");
  expect(differences(await read(service), fewer)).toEqual([]);
  expect(await service.sql.query("SELECT v.a, b FROM v, t")).toEqual([["happy", "{happy,happy}"]]);
});

/** Those of one to three changes that were possible. */
async function change({ sql }: RunningService, random: Random): Promise<string[]> {
  const made: string[] = [];
  for (let count = 1 + random.int(3); count > 0; ) {
    const statement = random.pick(SCHEMA_CHANGES);
    const { error } = await sql.run(statement);
    if (error) continue;
    made.push(statement);
    count--;
  }
  return made;
}

const migrate = (before: Schema, after: Schema) => toMigration(diffSchemas(before, after), { dataLoss: "run" });

async function apply({ sql }: RunningService, script: string, told: string): Promise<void> {
  const { error } = await sql.run(script);
  expect(error, told + script).toBeUndefined();
}

const differences = (one: Schema, other: Schema) =>
  diffSchemas(one, other).changes.map(({ id, change }) => {
    const find = (schema: Schema) => schema.objects.find((object) => object.id === id)?.create;
    return [id, change, find(one), find(other)];
  });
