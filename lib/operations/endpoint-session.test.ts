import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createScramVerifier } from "@/lib/std/scram";
import { type GatewayFixture, startGateway, startPostgres, type TestService } from "@/lib/testing/gateway-fixture";
import { checkEndpoint, ENGINE_ROLE, type EndpointLogin, withEndpoint } from "./endpoint-session";
import { loadSample } from "./samples";

let server: Awaited<ReturnType<typeof startPostgres>>;
let fixture: GatewayFixture;
let service: TestService;
let login: EndpointLogin;

beforeAll(async () => {
  server = await startPostgres();
  fixture = await startGateway(server);
  const verifier = await createScramVerifier("engine's own");
  service = await fixture.openService({
    findVerifier: async (role) => (role === ENGINE_ROLE ? verifier : undefined),
  });
  login = { host: "127.0.0.1", port: service.port, password: "engine's own", ca: fixture.ca };
});
afterAll(async () => {
  await fixture.stop();
  await server.stop();
});

// What TimescaleDB has and plain PostgreSQL has not; the sample's own statements were written for the former.
const STANDINS = `
  CREATE FUNCTION by_range(name, interval) RETURNS text LANGUAGE sql AS $$ SELECT $1::text $$;
  CREATE FUNCTION create_hypertable(regclass, text, if_not_exists boolean) RETURNS void LANGUAGE sql AS $$ $$;
`;

describe("the engine's own session", () => {
  test("is a query answered through the gateway, over TLS", async () => {
    await checkEndpoint(login);
  });

  test("does not go on with a certificate of another authority", async () => {
    await expect(checkEndpoint({ ...login, ca: "" })).rejects.toThrow(/certificate/i);
  });

  test("does not open with another password", async () => {
    await expect(checkEndpoint({ ...login, password: "guessed" })).rejects.toThrow();
  });

  test("is no answer when the port is closed", async () => {
    const other = await fixture.openService();
    await other.close();
    await expect(checkEndpoint({ ...login, port: other.port })).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe("the sample prod-telemetry", () => {
  const count = (table: string) =>
    withEndpoint(login, async (client) => {
      const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${table}`);
      return Number(rows[0]?.count);
    });

  beforeAll(() => withEndpoint(login, async (client) => void (await client.query(STANDINS))));

  test("is 20,000 dated flights and the airports between which they went, loaded by COPY", async () => {
    await loadSample(login, "prod-telemetry");
    expect([await count("flights"), await count("airports")]).toEqual([20_000, 3_376]);
    const facts = await withEndpoint(login, async (client) => {
      const { rows } = await client.query(`
        SELECT min(time)::text AS first, max(time)::text AS last, count(DISTINCT origin)::int AS origins,
          (SELECT count(*)::int FROM flights LEFT JOIN airports ON iata = origin WHERE iata IS NULL) AS strays
        FROM flights`);
      return rows[0];
    });
    expect(facts).toEqual({
      first: "2001-01-01 00:47:00+00",
      last: "2001-03-31 22:27:00+00",
      origins: 220,
      strays: 0,
    });
  });

  test("loaded again is there once", async () => {
    await loadSample(login, "prod-telemetry");
    expect([await count("flights"), await count("airports")]).toEqual([20_000, 3_376]);
  });

  test("of another name is not offered", async () => {
    await expect(loadSample(login, "prod-billing")).rejects.toMatchObject({ code: "NOT_OFFERED" });
  });
});
