import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createGateway, ensureCertificates } from "@/lib/gateway";
import type { DataPlane, EndpointLogin } from "@/lib/operations";
import { withEndpoint } from "@/lib/operations/endpoint-session";
import type { Actor } from "@/lib/schemas/actor";
import { requestCreate, setAllowList, updatePassword } from "@/lib/services";
import { systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import { silentLog } from "@/lib/std/log";
import { type ComputeFixture, openComputeFixture } from "@/lib/testing/compute-fixture";
import { startControlDatabase } from "@/lib/testing/control-database";
import { findFreePort } from "@/lib/testing/gateway-fixture";
import { makeActor, servicesContextFor } from "@/lib/testing/services-context";
import { makeDataPlane } from "./data-plane";
import { createEngineLogin, type EngineLogin } from "./engine-login";
import { ServiceHost } from "./service-host";

const control = startControlDatabase();
const SIZE = { cpuMillis: 500, memoryGbs: 2 };
let fixture: ComputeFixture;
let services: ServiceHost;
let plane: DataPlane;
let login: EngineLogin;
let ca: string;
let context: ReturnType<typeof servicesContextFor>;
let actor: Actor;

beforeAll(async () => {
  context = servicesContextFor(control().db);
  actor = await makeActor(control().db);
  fixture = await openComputeFixture();
  const tls = await ensureCertificates(join(fixture.dir, "tls"), ["localhost", "127.0.0.1"]);
  ca = tls.ca;
  login = await createEngineLogin({ host: "127.0.0.1", ca });
  const parts = { clock: systemClock, log: silentLog };
  const gateway = createGateway({ host: "127.0.0.1", tls, ...parts });
  const meter = { started() {}, stopped() {} };
  services = new ServiceHost({ computes: fixture.host, gateway, db: control().db, login, meter, ...parts });
  plane = makeDataPlane({ store: fixture.store, computes: fixture.host, services, login, clock: systemClock });
});
afterAll(async () => {
  await services.shutdown();
  await fixture.close();
});

interface Running {
  readonly serviceId: string;
  readonly volumeId: string;
  readonly imageId: string;
  readonly at: EndpointLogin;
}

/** A running service with a row, whose data comes from another volume. */
async function up(imageId: string, originId: string): Promise<Running> {
  const { service_id: serviceId } = await requestCreate(actor, { name: newId() }, { context });
  await control().db.service.update({ where: { id: serviceId }, data: { status: "READY" } });
  const [volumeId, port] = [newId(), await findFreePort()];
  await plane.volumes.fork(originId, volumeId);
  await plane.computes.start({ serviceId, volumeId, imageId, size: SIZE });
  await plane.endpoints.open({ serviceId, port });
  return { serviceId, volumeId, imageId, at: login.at(port) };
}

const run = ({ at }: Running, text: string) => withEndpoint(at, async (client) => (await client.query(text)).rows);
const isOn = async ({ serviceId }: Running) =>
  Object.fromEntries((await plane.switches.list(serviceId)).map(({ name, isOn: on }) => [name, on]));
const writtenBytes = async ({ volumeId }: Running) =>
  (await fixture.store.storage([volumeId])).get(volumeId)?.writtenBytes ?? 0;

async function turnAllOff({ serviceId }: Running): Promise<void> {
  const on = (await plane.switches.list(serviceId)).filter((one) => one.isOn);
  if (on.length > 0) await plane.switches.turnOff(serviceId, on);
}

describe.each(["postgres-18", "timescaledb-2.23-pg17"])("in the image %s", (imageId) => {
  test("a fork of an empty service has nothing to switch off, and looking writes a block of hint bits at most", async () => {
    const service = await up(imageId, await plane.templates.ensure(imageId));
    await plane.endpoints.check(service.serviceId);
    const before = await writtenBytes(service);
    expect(Object.values(await isOn(service))).not.toContain(true);
    for (let round = 0; round < 3; round++) await plane.switches.list(service.serviceId);
    expect((await writtenBytes(service)) - before).toBeLessThanOrEqual(8_192);
  });

  test("roles lose the passwords of their source and get others, which last over a start", async () => {
    const source = await up(imageId, await plane.templates.ensure(imageId));
    await run(source, "CREATE ROLE app LOGIN PASSWORD 'the password of production'");
    await plane.computes.settle(source.serviceId, "fork");
    const fork = await up(imageId, source.volumeId);
    expect(await isOn(fork)).toMatchObject({ app: true });
    await turnAllOff(fork);
    expect([await isOn(fork), await isOn(source)]).toMatchObject([{ app: false }, { app: true }]);
    await plane.computes.stop(fork.serviceId);
    await plane.computes.start({ ...fork, size: SIZE });
    expect(await isOn(fork)).toMatchObject({ app: false });
    const [item] = (await plane.switches.list(fork.serviceId)).filter(({ name }) => name === "app");
    if (!item) throw new Error("the role is listed");
    await plane.switches.turnOn(fork.serviceId, { item, verifier: "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy" });
    expect(await isOn(fork)).toMatchObject({ app: true });
  });
});

test("policies of TimescaleDB run no more in a fork, until one is switched on; those that were off stay off", async () => {
  const imageId = "timescaledb-2.23-pg17";
  const source = await up(imageId, await plane.templates.ensure(imageId));
  await run(source, "CREATE TABLE flights (at timestamptz NOT NULL, miles int)");
  await run(source, "SELECT create_hypertable('flights', 'at')");
  await run(source, "SELECT add_retention_policy('flights', interval '30 days')");
  await run(source, "ALTER TABLE flights SET (timescaledb.compress)");
  await run(source, "SELECT add_compression_policy('flights', interval '7 days')");
  await run(source, "SELECT alter_job(1001, scheduled => false)");
  await plane.computes.settle(source.serviceId, "fork");
  const fork = await up(imageId, source.volumeId);
  const before = await plane.switches.list(fork.serviceId);
  expect(before).toContainEqual({
    kind: "job",
    name: "Retention Policy [1000]",
    details: { job_id: 1000, runs: "_timescaledb_functions.policy_retention", every: "1 day", on: "public.flights" },
    isOn: true,
  });
  const names = Object.keys(await isOn(fork));
  expect(names.filter((name) => name.includes("["))).toHaveLength(2);
  await turnAllOff(fork);
  expect(new Set(Object.values(await isOn(fork)))).toEqual(new Set([false]));
  expect(await isOn(source)).toMatchObject({ "Retention Policy [1000]": true });
  const item = before.find(({ name }) => name === "Retention Policy [1000]");
  if (!item) throw new Error("the policy is listed");
  await plane.switches.turnOn(fork.serviceId, { item, verifier: undefined });
  const scheduled = await run(
    fork,
    "SELECT job_id FROM timescaledb_information.jobs WHERE scheduled AND job_id >= 1000",
  );
  expect(scheduled).toEqual([{ job_id: 1000 }]);
  await run(fork, "SELECT delete_job(1000)");
  await expect(plane.switches.turnOn(fork.serviceId, { item, verifier: undefined })).rejects.toMatchObject({
    code: "GONE",
  });
});

describe("an allow list", () => {
  test("keeps people out who are not on it, at once, and ends their sessions; the engine itself goes on", async () => {
    const service = await up("postgres-18", await plane.templates.ensure("postgres-18"));
    const { serviceId } = service;
    await updatePassword(actor, { serviceId, password: "hunter2hunter2" }, { context });
    const connect = async () => {
      const { host, port } = service.at;
      const client = new pg.Client({
        host,
        port,
        user: "tsdbadmin",
        password: "hunter2hunter2",
        database: "tsdb",
        ssl: { ca },
      });
      const ended = new Promise<Error>((resolve) => client.on("error", resolve));
      await client.connect();
      return { client, ended };
    };
    const set = (allow_list: string[]) => setAllowList(actor, { serviceId, body: { allow_list } }, { context });
    const { client, ended } = await connect();
    await set(["203.0.113.0/24"]);
    await expect(connect()).rejects.toThrow(/allow list/);
    expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    await plane.endpoints.recheck(serviceId);
    expect((await ended).message).toMatch(/allow list/);
    await plane.endpoints.check(serviceId);
    await set(["203.0.113.0/24", "127.0.0.0/8"]);
    const again = await connect();
    await plane.endpoints.recheck(serviceId);
    expect((await again.client.query("SELECT 2 AS two")).rows).toEqual([{ two: 2 }]);
    await again.client.end();
  });
});
