import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createGateway, ensureCertificates } from "@/lib/gateway";
import { type DataPlane, type EndpointLogin, loadSample } from "@/lib/operations";
import { type DataPlaneUnderTest, describeDataPlane } from "@/lib/operations/data-plane.suite";
import { withEndpoint } from "@/lib/operations/endpoint-session";
import { systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import { silentLog } from "@/lib/std/log";
import { createScramVerifier } from "@/lib/std/scram";
import { openComputeFixture } from "@/lib/testing/compute-fixture";
import { startControlDatabase } from "@/lib/testing/control-database";
import { findFreePort } from "@/lib/testing/gateway-fixture";
import { makeServiceRow } from "@/lib/testing/service-row";
import { makeDataPlane } from "./data-plane";
import { createEngineLogin } from "./engine-login";
import { ServiceHost } from "./service-host";

const control = startControlDatabase();

interface RealPlane {
  readonly plane: DataPlane;
  readonly loginAt: (port: number) => EndpointLogin;
  /** What the meter was told, in order. */
  readonly metered: readonly string[];
  close(): Promise<void>;
}

/** Block store, computes and gateway, composed as the engine does. */
async function openRealPlane(): Promise<RealPlane> {
  const fixture = await openComputeFixture();
  const { key, cert, ca } = await ensureCertificates(join(fixture.dir, "tls"), ["localhost", "127.0.0.1"]);
  const login = await createEngineLogin({ host: "127.0.0.1", ca });
  const parts = { clock: systemClock, log: silentLog };
  const gateway = createGateway({ host: "127.0.0.1", tls: { key, cert }, ...parts });
  const metered: string[] = [];
  const meter = {
    started: (serviceId: string, { cpuMillis }: { cpuMillis: number }) =>
      void metered.push(`${serviceId} runs at ${cpuMillis}`),
    stopped: (serviceId: string) => void metered.push(`${serviceId} stopped`),
  };
  const services = new ServiceHost({ computes: fixture.host, gateway, db: control().db, login, meter, ...parts });
  return {
    plane: makeDataPlane({
      store: fixture.store,
      computes: fixture.host,
      services,
      login,
      clock: systemClock,
    }),
    loginAt: (port) => login.at(port),
    metered,
    async close() {
      await services.shutdown();
      await fixture.close();
    },
  };
}

describeDataPlane("the engine's data plane", async (): Promise<DataPlaneUnderTest> => {
  const { plane, close } = await openRealPlane();
  return { plane, imageId: "postgres-18", nextPort: findFreePort, close };
});

let real: RealPlane;
beforeAll(async () => {
  real = await openRealPlane();
});
afterAll(() => real.close());

test("the sample fills a hypertable of a TimescaleDB service, and a fork of it has every row", async () => {
  const { plane, loginAt } = real;
  const imageId = "timescaledb-2.23-pg17";
  const size = { cpuMillis: 500, memoryGbs: 2 };
  const [source, fork] = [newId(), newId()].map((serviceId) => ({ serviceId, volumeId: newId(), imageId, size }));
  if (!source || !fork) throw new Error("two services");
  const up = async (service: typeof source) => {
    const port = await findFreePort();
    await plane.computes.start(service);
    await plane.endpoints.open({ serviceId: service.serviceId, port });
    return loginAt(port);
  };
  const facts = (login: EndpointLogin) =>
    withEndpoint(login, async (client) => {
      const { rows } = await client.query(`SELECT (SELECT count(*)::int FROM flights) AS flights,
        (SELECT count(*)::int FROM airports) AS airports, (SELECT count(*)::int FROM show_chunks('flights')) AS chunks`);
      return rows[0];
    });
  await plane.volumes.fork(await plane.templates.ensure(imageId), source.volumeId);
  const login = await up(source);
  await loadSample(login, "prod-telemetry");
  await loadSample(login, "prod-telemetry");
  expect(await facts(login)).toEqual({ flights: 20_000, airports: 3_376, chunks: 14 });
  await plane.computes.settle(source.serviceId, "fork");
  await plane.volumes.fork(source.volumeId, fork.volumeId);
  expect(await facts(await up(fork))).toEqual({ flights: 20_000, airports: 3_376, chunks: 14 });
});

test("the meter is told of each start, with its size, and of each end", async () => {
  const { plane, metered } = real;
  const imageId = "postgres-18";
  const service = { serviceId: newId(), volumeId: newId(), imageId, size: { cpuMillis: 500, memoryGbs: 2 } };
  await plane.volumes.fork(await plane.templates.ensure(imageId), service.volumeId);
  await Promise.all([plane.computes.start(service), plane.computes.start(service)]);
  await plane.computes.stop(service.serviceId);
  await plane.computes.start({ ...service, size: { cpuMillis: 1000, memoryGbs: 4 } });
  await plane.computes.stop(service.serviceId);
  expect(metered.filter((one) => one.startsWith(service.serviceId))).toEqual([
    `${service.serviceId} runs at 500`,
    `${service.serviceId} stopped`,
    `${service.serviceId} runs at 1000`,
    `${service.serviceId} stopped`,
  ]);
});

test("who connects to what sleeps is told why, over TLS and after the password; the engine is let past that", async () => {
  const { plane, loginAt } = real;
  const { db } = control();
  const row = await makeServiceRow(db);
  const data = { name: "prod", status: "PAUSED", scramVerifier: await createScramVerifier("hunter2hunter2") } as const;
  await db.service.update({ where: { id: row.id }, data });
  const port = await findFreePort();
  await plane.endpoints.open({ serviceId: row.id, port });
  const { ca } = loginAt(port);
  const connect = (password: string) =>
    new pg.Client({ host: "127.0.0.1", port, user: "tsdbadmin", database: "tsdb", password, ssl: { ca } }).connect();
  await expect(connect("hunter2hunter2")).rejects.toThrow("prod is paused. Start it to connect.");
  await expect(connect("guessed")).rejects.toThrow("password authentication failed");
  await expect(plane.endpoints.check(row.id)).rejects.toThrow("This service is being stopped.");
  await plane.endpoints.close(row.id, "closed by the test");
});
