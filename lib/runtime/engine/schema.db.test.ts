import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createGateway, ensureCertificates } from "@/lib/gateway";
import { operationHandlers } from "@/lib/operations";
import { withEndpoint } from "@/lib/operations/endpoint-session";
import { type Orchestrator, startOrchestrator } from "@/lib/orchestrator";
import type { Actor } from "@/lib/schemas/actor";
import type { SchemaAgainst } from "@/lib/schemas/schema-reading";
import type { ServiceDto } from "@/lib/schemas/service";
import { getOperation, getSchema, getService, requestCreate, requestFork, requestPause } from "@/lib/services";
import { systemClock } from "@/lib/std/clock";
import { silentLog } from "@/lib/std/log";
import { type ComputeFixture, openComputeFixture } from "@/lib/testing/compute-fixture";
import { startControlDatabase } from "@/lib/testing/control-database";
import { findFreePort } from "@/lib/testing/gateway-fixture";
import { makeActor, servicesContextFor } from "@/lib/testing/services-context";
import { serveStoreEngine } from "@/lib/testing/store-engine";
import { makeDataPlane } from "./data-plane";
import { createEngineLogin, type EngineLogin } from "./engine-login";
import { ServiceHost } from "./service-host";

const control = startControlDatabase();
let fixture: ComputeFixture;
let services: ServiceHost;
let login: EngineLogin;
let orchestrator: Orchestrator;
let server: { close(): Promise<void> };
let context: ReturnType<typeof servicesContextFor>;
let actor: Actor;
const endings: (() => void)[] = [];

/** The engine's parts as it composes them, on a store of its own. */
beforeAll(async () => {
  const { db, connectionString } = control();
  fixture = await openComputeFixture();
  const { store, host: computes, dir } = fixture;
  const tls = await ensureCertificates(join(dir, "tls"), ["localhost", "127.0.0.1"]);
  login = await createEngineLogin({ host: "127.0.0.1", ca: tls.ca });
  const parts = { clock: systemClock, log: silentLog };
  const gateway = createGateway({ host: "127.0.0.1", tls, ...parts });
  services = new ServiceHost({ computes, gateway, db, login, meter: { started() {}, stopped() {} }, ...parts });
  const served = await serveStoreEngine(dir, { store, clock: systemClock });
  server = served.server;
  const firstPort = await findFreePort();
  context = servicesContextFor(db, { engine: served.client, ports: { firstPort, lastPort: firstPort + 9 } });
  const plane = makeDataPlane({ store, computes, services, login, clock: systemClock });
  orchestrator = await startOrchestrator({
    db,
    connectionString,
    handlers: operationHandlers({ plane, db, clock: context.clock }),
    clock: systemClock,
    log: silentLog,
    isOnlyWorker: true,
    onEnded: () => {
      for (const tell of endings.splice(0)) tell();
    },
  });
});
beforeEach(async () => {
  actor ??= await makeActor(control().db);
});
afterAll(async () => {
  await orchestrator.stop();
  await services.shutdown();
  await server.close();
  await fixture.close();
});

/** Resolves when nothing that was asked for is unfinished. */
async function settled(): Promise<void> {
  for (;;) {
    const ended = new Promise<void>((resolve) => endings.push(resolve));
    if ((await control().db.operation.count({ where: { finishedAt: null } })) === 0) return;
    await ended;
  }
}

const run = async ({ service_id }: ServiceDto, text: string) =>
  withEndpoint(login.at(services.getPort(service_id)), async (client) => {
    await client.query(text);
  });

/** As a client asks: again, until it is there. */
async function read({ service_id: serviceId }: ServiceDto, against?: SchemaAgainst) {
  for (;;) {
    const answer = await getSchema(actor, { serviceId, against }, { context });
    if ("schema" in answer) return answer;
    await settled();
    const { state, error } = await getOperation(actor, answer.operation_id, { context });
    if (state !== "SUCCEEDED") throw new Error(error ?? state);
  }
}

const countReadings = () => control().db.operation.count({ where: { kind: "schema" } });
const later = () => context.clock.advance(11_000);

describe("the schema of a fork", () => {
  let source: ServiceDto;
  let fork: ServiceDto;
  beforeAll(async () => {
    actor = await makeActor(control().db);
    source = await requestCreate(actor, { name: "prod" }, { context });
    await settled();
    await run(source, "CREATE TABLE flights (id int PRIMARY KEY, miles int); CREATE INDEX by_miles ON flights (miles)");
    const asked = { sourceId: source.service_id, body: { fork_strategy: "NOW" as const } };
    fork = await requestFork(actor, asked, { context });
    await settled();
    await run(
      fork,
      "ALTER TABLE flights ADD COLUMN note text; DROP INDEX by_miles; CREATE VIEW far AS SELECT id FROM flights",
    );
    await run(source, "CREATE TABLE later (id int)");
  });

  test("is its script, read once as long as nothing is written", async () => {
    const { schema, sql } = await read(fork);
    expect(schema.of).toMatchObject({ service_id: fork.service_id, name: fork.name });
    expect(schema.objects.map(({ kind, name }) => `${kind} ${name}`)).toEqual(
      expect.arrayContaining(["table public.flights", "view public.far"]),
    );
    expect(sql).toMatch(
      /CREATE TABLE public\.flights \(\n {2}id integer NOT NULL,\n {2}miles integer,\n {2}note text,/,
    );
    const readings = await countReadings();
    later();
    expect((await read(fork)).schema.operation_id).toBe(schema.operation_id);
    expect(await countReadings()).toBe(readings);
    await run(fork, "CREATE TABLE another (id int)");
    later();
    expect((await read(fork)).sql).toContain("public.another");
    await run(fork, "DROP TABLE another");
    later();
  });

  test("is compared with what its source was when it was made", async () => {
    const { schema, sql } = await read(fork, "source_then");
    expect(schema.counts).toEqual([
      { kind: "column", added: 1, changed: 0, removed: 0 },
      { kind: "index", added: 0, changed: 0, removed: 1 },
      { kind: "view", added: 1, changed: 0, removed: 0 },
    ]);
    expect(schema.source).toMatchObject({ service_id: source.service_id, name: "prod" });
    const [table] = schema.objects;
    expect(table).toMatchObject({ kind: "table", name: "public.flights", change: "changed" });
    expect(table?.text).toMatch(/^\+ {2}note text,$/m);
    expect(sql).toContain("Review before running on production.");
    expect(sql).toContain("ALTER TABLE public.flights ADD COLUMN note text;");
  });

  test("is compared with what its source is now, and the script makes the source like it", async () => {
    const { schema, sql } = await read(fork, "source_now");
    expect(schema.objects.map(({ name, change }) => [name, change])).toContainEqual(["public.later", "removed"]);
    expect(sql).toContain("-- DROP TABLE public.later;");
    await run(source, sql.replaceAll(/^-- (DROP TABLE)/gm, "$1"));
    later();
    expect((await read(fork, "source_now")).schema.objects).toEqual([]);
  });

  test("is read of a paused one too, and leaves nothing in the store but the services' own volumes", async () => {
    await requestPause(actor, fork.service_id, { context });
    await settled();
    later();
    expect((await read(fork)).sql).toContain("public.far");
    expect((await getService(actor, fork.service_id, { context })).status).toBe("PAUSED");
    const rows = await control().db.service.findMany({ select: { volumeId: true } });
    const own = new Set(rows.map(({ volumeId }) => volumeId));
    const all = (await fixture.store.list()).map(({ volumeId }) => volumeId);
    const others = all.filter((volumeId) => !own.has(volumeId) && !volumeId.startsWith("tpl"));
    expect(others).toEqual([]);
  });

  test("cannot be compared where there is no source", async () => {
    await expect(read(source, "source_then")).rejects.toMatchObject({ code: "INVALID_REQUEST", field: "against" });
  });
});
