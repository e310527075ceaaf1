import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createScramVerifier } from "@/lib/std/scram";
import { type GatewayFixture, startGateway, startPostgres } from "@/lib/testing/gateway-fixture";
import { ENGINE_ROLE, type EndpointLogin, withEndpoint } from "./endpoint-session";
import { listSwitches, turnOff, turnOn } from "./switches";

/** A PostgreSQL that can do what the embedded ones cannot: it has subscriptions, and triggers on events. */
let server: Awaited<ReturnType<typeof startPostgres>>;
let fixture: GatewayFixture;
let login: EndpointLogin;

beforeAll(async () => {
  server = await startPostgres();
  fixture = await startGateway(server);
  const verifier = await createScramVerifier("engine's own");
  const service = await fixture.openService({ findVerifier: async () => verifier });
  login = { host: "127.0.0.1", port: service.port, password: "engine's own", ca: fixture.ca };
  expect(ENGINE_ROLE).toBe("offshoot_engine");
  await run(`CREATE ROLE app LOGIN PASSWORD 'the password of production'`);
  await run(`CREATE ROLE "odd ""name';--" PASSWORD 'x'`);
  await run("CREATE ROLE nobody LOGIN");
  await run(
    `CREATE SUBSCRIPTION feed CONNECTION 'host=prod' PUBLICATION one, two WITH (connect = false, slot_name = 'feed')`,
  );
  await run("ALTER SUBSCRIPTION feed ENABLE");
  await run("CREATE SUBSCRIPTION asleep CONNECTION 'host=prod' PUBLICATION one WITH (connect = false)");
});
afterAll(async () => {
  // A subscription holds the server's end up while its worker looks for its publisher.
  await turnOff(login, [await find("feed")]);
  await fixture.stop();
  await server.stop();
});

const run = (text: string) => withEndpoint(login, async (client) => (await client.query(text)).rows);
const isOn = async () => Object.fromEntries((await listSwitches(login)).map(({ name, isOn: on }) => [name, on]));
const find = async (name: string) => {
  const found = (await listSwitches(login)).find((one) => one.name === name);
  if (!found) throw new Error(`${name} is listed`);
  return found;
};

describe("what acts by itself in a service", () => {
  test("is found, on or off; tsdbadmin is not among it", async () => {
    expect(await isOn()).toEqual({ app: true, "odd \"name';--": true, nobody: false, feed: true, asleep: false });
    expect((await find("feed")).details).toEqual({ on: "one, two" });
  });

  test("is switched off at once and as often as asked, whatever its name and whatever the owner's event triggers say", async () => {
    await run(`CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused'; END $$`);
    await run("CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION refuse()");
    await run("ALTER DATABASE tsdb SET default_transaction_read_only = on");
    const on = (await listSwitches(login)).filter((one) => one.isOn);
    await turnOff(login, on);
    await turnOff(login, on);
    expect(new Set(Object.values(await isOn()))).toEqual(new Set([false]));
    const [{ hashes }] = (await run("SELECT count(rolpassword)::int AS hashes FROM pg_authid")) as [{ hashes: number }];
    expect(hashes).toBe(0);
  });

  test("is switched on one by one, a role with the password that it is given", async () => {
    const [app, feed] = [await find("app"), await find("feed")];
    const verifier = await createScramVerifier("its own from here on");
    await turnOn(login, { item: app, verifier });
    await turnOn(login, { item: feed, verifier: undefined });
    expect(await isOn()).toMatchObject({ app: true, feed: true });
    const rows = await run("SELECT rolpassword FROM pg_authid WHERE rolname = 'app'");
    expect(rows).toEqual([{ rolpassword: verifier }]);
  });

  test("cannot be switched on once it is gone, and that is said", async () => {
    const item = { ...(await find("app")), name: "dropped" };
    await expect(turnOn(login, { item, verifier: "x" })).rejects.toMatchObject({ code: "GONE" });
    const job = { kind: "job" as const, name: "Policy [1000]", details: { job_id: 1000 } };
    await expect(turnOn(login, { item: job, verifier: undefined })).rejects.toMatchObject({ code: "GONE" });
  });

  test("nothing of it is on when one of them cannot be switched off", async () => {
    const before = await isOn();
    const gone = { ...(await find("app")), name: "dropped" };
    await expect(turnOff(login, [await find("app"), gone])).rejects.toThrow(/dropped/);
    expect(await isOn()).toEqual(before);
  });
});
