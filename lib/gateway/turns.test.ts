import { setImmediate } from "node:timers/promises";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type GatewayFixture, PASSWORD, startGateway, type TestService } from "../testing/gateway-fixture";
import { ManualClock } from "../testing/manual-clock";
import { type PostgresServer, startPostgres } from "../testing/postgres-backend";
import { WireClient } from "../testing/wire-client";
import type { Backend } from "./backend";
import { BACKEND, decodeDataRow, decodeError, decodeParameterStatus } from "./wire/backend";
import { BackendReader } from "./wire/backend-reader";
import {
  encodeBind,
  encodeCloseStatement,
  encodeExecute,
  encodeMessage,
  encodeParse,
  encodeQuery,
  FLUSH,
  FRONTEND,
  SYNC,
} from "./wire/frontend";

let server: PostgresServer;
let fixture: GatewayFixture;
let clock: ManualClock;
let service: TestService;
const clients: WireClient[] = [];

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  clock = new ManualClock();
  fixture = await startGateway(server, { clock });
  service = await fixture.openService();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await fixture.stop();
});

async function logIn(name: string, parameters: Record<string, string> = {}): Promise<WireClient> {
  const login = { port: service.port, password: PASSWORD, parameters: { application_name: name, ...parameters } };
  const client = await WireClient.logIn(login);
  clients.push(client);
  return client;
}

const stateOf = (name: string) =>
  fixture.gateway.connections(service.serviceId).find(({ application }) => application === name)?.state;

/** Resolves when the gateway sees the client in this state. */
async function untilState(name: string, state: string): Promise<void> {
  while (stateOf(name) !== state) await setImmediate();
}

/** A query that has to wait for its turn, and the error it gets when the limit is reached. */
async function waitInVain(name: string, client: WireClient) {
  const answer = client.query("select 'never'");
  await untilState(name, "waiting");
  // The gateway asks what pins the holder before anybody is told.
  while (
    fixture.gateway
      .connections(service.serviceId)
      .every(({ pins, state }) => !pins.length && state !== "in transaction")
  )
    await setImmediate();
  clock.advance(30_000);
  return answer;
}

describe("clients that take turns", () => {
  it("see each other's committed rows and never each other's transactions", async () => {
    const [one, other] = [await logIn("one"), await logIn("other")];
    await one.query("create table seen (n int)");
    await one.query("begin");
    await one.query("insert into seen values (1)");
    const answer = other.query("select count(*) from seen");
    await untilState("other", "waiting");
    await one.query("rollback");
    expect(await answer).toEqual([["0"]]);
    await one.query("insert into seen values (2)");
    expect(await other.query("select n from seen")).toEqual([["2"]]);
  });

  it("are served in the order in which they asked", async () => {
    const holder = await logIn("holder");
    await holder.query("create table orders (name text, n serial)");
    await holder.query("begin");
    const names = ["c", "a", "b"];
    const answers: Promise<unknown>[] = [];
    for (const name of names) {
      const client = await logIn(name);
      answers.push(client.query(`insert into orders values ('${name}')`));
      await untilState(name, "waiting");
    }
    await holder.query("commit");
    await Promise.all(answers);
    expect(await holder.query("select string_agg(name, '' order by n) from orders")).toEqual([["cab"]]);
  });

  it("get their turn although another sends without a pause", async () => {
    const [busy, other] = [await logIn("busy"), await logIn("other")];
    const query = Buffer.concat([
      encodeParse("", "select pg_sleep(0.001)"),
      encodeBind("", ""),
      encodeExecute(""),
      SYNC,
    ]);
    busy.send(Buffer.concat(Array.from({ length: 300 }, () => query)));
    await busy.until(BACKEND.readyForQuery);
    expect(await other.query("select 1")).toEqual([["1"]]);
    expect(busy.received.filter(({ type }) => type === BACKEND.readyForQuery).length).toBeLessThan(250);
  });

  it("each keep the settings they connected with, and are told no others", async () => {
    const one = await logIn("one", { TimeZone: "Asia/Tokyo", options: "-c work_mem=7MB" });
    const other = await logIn("other", { DateStyle: "German" });
    for (let round = 0; round < 3; round++) {
      expect(await one.query("select current_setting('application_name'), current_setting('TimeZone')")).toEqual([
        ["one", "Asia/Tokyo"],
      ]);
      expect(await one.query("show work_mem")).toEqual([["7MB"]]);
      expect(
        await other.query("select current_setting('TimeZone'), current_setting('work_mem'), date '2026-03-01'"),
      ).toEqual([["UTC", "4MB", "01.03.2026"]]);
    }
    expect([...one.received, ...other.received].filter(({ type }) => type === BACKEND.parameterStatus)).toEqual([]);
  });

  it("get back what they connected with after RESET ALL and DISCARD ALL, as on a server of their own", async () => {
    const one = await logIn("one", { DateStyle: "German" });
    await one.query("set work_mem = '9MB'");
    await one.query("reset all");
    expect(
      await one.query(
        "select current_setting('application_name'), current_setting('DateStyle'), current_setting('work_mem')",
      ),
    ).toEqual([["one", "German, DMY", "4MB"]]);
    await one.query("discard all");
    expect(await one.query("select current_setting('application_name'), current_setting('DateStyle')")).toEqual([
      ["one", "German, DMY"],
    ]);
  });

  it("use sequences without seeing each other's last value", async () => {
    const [one, other] = [await logIn("one"), await logIn("other")];
    await one.query("create sequence numbers");
    await one.query("select nextval('numbers')");
    expect(await other.query("select currval('numbers')")).toMatchObject({ code: "55000" });
    expect(await other.query("select lastval()")).toMatchObject({ code: "55000" });
  });

  it("find their own unnamed statement again, and never another's", async () => {
    const [one, other] = [await logIn("one"), await logIn("other")];
    one.send(encodeParse("", "select 'of one'"), SYNC);
    await one.until(BACKEND.readyForQuery);
    other.send(encodeBind("", ""), encodeExecute(""), SYNC);
    const refused = (await other.until(BACKEND.readyForQuery)).find(({ type }) => type === BACKEND.error);
    expect(decodeError(refused?.body ?? Buffer.alloc(0)).code).toBe("26000");
    other.send(encodeParse("", "select 'of other'"), SYNC);
    await other.until(BACKEND.readyForQuery);
    for (const [client, text] of [
      [one, "of one"],
      [other, "of other"],
      [one, "of one"],
      [one, "of one"],
      [other, "of other"],
    ] as const) {
      client.send(encodeBind("", ""), encodeExecute(""), SYNC);
      const messages = await client.until(BACKEND.readyForQuery);
      expect(messages.map(({ type }) => type)).toEqual([
        BACKEND.bindComplete,
        BACKEND.dataRow,
        BACKEND.commandComplete,
        BACKEND.readyForQuery,
      ]);
      expect(decodeDataRow(messages[1]?.body ?? Buffer.alloc(0))).toEqual([text]);
    }
  });

  it("have no unnamed statement after a simple query or after closing it, however often they were swapped", async () => {
    const [one, other] = [await logIn("one"), await logIn("other")];
    for (const end of [encodeQuery("select 1"), Buffer.concat([encodeCloseStatement(""), SYNC])]) {
      one.send(encodeParse("", "select 'gone'"), SYNC);
      await one.until(BACKEND.readyForQuery);
      one.send(end);
      await one.until(BACKEND.readyForQuery);
      await other.query("select 1");
      one.send(encodeBind("", ""), SYNC);
      expect((await one.until(BACKEND.readyForQuery))[0]?.type).toBe(BACKEND.error);
    }
  });

  it("are told of parameters that changed while another had the turn", async () => {
    const [one, other] = [await logIn("one"), await logIn("other")];
    await one.query("select 1");
    await other.query("alter system set IntervalStyle = 'iso_8601'");
    other.send(encodeQuery("select pg_reload_conf()"));
    const told = other.until(BACKEND.parameterStatus);
    while (!(await Promise.race([told, setImmediate()]))) other.send(encodeQuery("select 1"));
    one.send(encodeQuery("show IntervalStyle"));
    const [status] = await one.until(BACKEND.parameterStatus);
    expect(decodeParameterStatus(status?.body ?? Buffer.alloc(0))).toEqual(["IntervalStyle", "iso_8601"]);
    await one.until(BACKEND.readyForQuery);
    await one.query("alter system reset IntervalStyle");
    await one.query("select pg_reload_conf()");
  });
});

describe("a backend that sends no ParameterStatus, as an embedded one", () => {
  beforeEach(async () => {
    service = await fixture.openService({
      async acquireBackend() {
        const backend = await server.openBackend();
        const reader = new BackendReader(() => true);
        const silent: Backend = {
          parameters: backend.parameters,
          exited: backend.exited,
          write: (bytes) => backend.write(bytes),
          cancel: () => backend.cancel(),
          onOutput: (receive) =>
            backend.onOutput((chunk) => {
              const kept: Buffer[] = [];
              reader.read(Buffer.from(chunk), (type, body) => {
                if (type !== BACKEND.parameterStatus) kept.push(encodeMessage(type, body));
              });
              return receive(Buffer.concat(kept));
            }),
        };
        return silent;
      },
    });
  });

  const nextStatus = async (client: WireClient) =>
    decodeParameterStatus((await client.until(BACKEND.parameterStatus)).at(-1)?.body ?? Buffer.alloc(0));

  it("is spoken for: at login, after SET and after RESET", async () => {
    const client = await logIn("one", { DateStyle: "german" });
    expect(fixture.gateway.connections(service.serviceId)).toMatchObject([{ application: "one" }]);
    client.send(encodeQuery("set TimeZone = 'asia/tokyo'"));
    expect(await nextStatus(client)).toEqual(["TimeZone", "Asia/Tokyo"]);
    client.send(encodeQuery("reset all"));
    expect(await nextStatus(client)).toEqual(["TimeZone", "UTC"]);
    expect(await client.query("show datestyle")).toEqual([["German, DMY"]]);
  });

  it("tells nobody of another client's settings", async () => {
    const [one, other] = [await logIn("one"), await logIn("other", { TimeZone: "Asia/Tokyo" })];
    for (const client of [one, other, one]) {
      client.send(encodeQuery("select 1"));
      expect((await client.until(BACKEND.readyForQuery)).map(({ type }) => type)).not.toContain(
        BACKEND.parameterStatus,
      );
    }
    expect(fixture.gateway.connections(service.serviceId).map(({ application }) => application)).toEqual([
      "one",
      "other",
    ]);
  });
});

describe("what cannot be kept apart pins the backend to its client", () => {
  const cases: [what: string, make: string, end: string, pin: string][] = [
    ["a prepared statement", "prepare p as select 1", "deallocate p", "prepared statements"],
    ["a held cursor", "declare c cursor with hold for select 1", "close c", "a held cursor"],
    ["a temporary table", "create temp table t (n int)", "drop table t", "temporary tables"],
    [
      "a temporary function",
      "create function pg_temp.f() returns int return 1",
      "drop function pg_temp.f()",
      "temporary tables",
    ],
    ["a session advisory lock", "select pg_advisory_lock(7)", "select pg_advisory_unlock(7)", "session advisory locks"],
    ["LISTEN", "listen news", "unlisten news", "LISTEN"],
    ["a setting", "set statement_timeout = '1h'", "reset statement_timeout", "settings (statement_timeout)"],
    [
      "a changed value of a setting it connected with",
      "set application_name = 'x'",
      "set application_name = 'pinned'",
      "settings (application_name)",
    ],
    [
      "a setting changed by a function",
      "select set_config('work_mem', '5MB', false)",
      "reset work_mem",
      "settings (work_mem)",
    ],
    ["a custom setting", "set app.tenant = '42'", "reset app.tenant", "settings (app.tenant)"],
    [
      "a custom setting changed by a function",
      "select set_config('app.user', '7', false)",
      "discard all",
      "settings (app.user)",
    ],
    ["a role", "set role pg_monitor", "reset role", "a changed role"],
    [
      "a session authorization",
      "set session authorization pg_monitor",
      "reset session authorization",
      "a changed role",
    ],
  ];

  it.each(cases)("%s: others wait, learn who and why, and go on when it is gone", async (...[, make, end, pin]) => {
    const [holder, other] = [await logIn("pinned"), await logIn("other")];
    await holder.query(make);
    const error = await waitInVain("other", other);
    expect(error).toMatchObject({ severity: "ERROR", code: "55P03" });
    expect(error).toMatchObject({
      message: expect.stringMatching(/ at 127\.0\.0\.1:\d+ has held it since 00:00:00 UTC$/),
    });
    expect(error).toMatchObject({ detail: expect.stringContaining(pin) });
    await holder.query(end);
    expect(await other.query("select 'now'")).toEqual([["now"]]);
  });

  it.each(cases)("%s: nothing of it is left for the next client when its client leaves", async (_what, make) => {
    const [holder, other] = [await logIn("pinned"), await logIn("other")];
    await holder.query(make);
    holder.destroy();
    const state = `select (select count(*) from pg_prepared_statements), (select count(*) from pg_cursors where is_holdable),
      (select count(*) from pg_class where relnamespace = pg_my_temp_schema()),
      (select count(*) from pg_locks where locktype = 'advisory'), (select count(*) from pg_listening_channels()),
      (select string_agg(name, ',') from pg_settings where source = 'session'), session_user, current_user,
      coalesce(current_setting('app.tenant', true), ''), coalesce(current_setting('app.user', true), '')`;
    expect(await other.query(state)).toEqual([
      ["0", "0", "0", "0", "0", "application_name", "tsdbadmin", "tsdbadmin", "", ""],
    ]);
  });

  it("finds custom settings whose names are arguments or are written in a function", async () => {
    const [holder, other] = [await logIn("pinned"), await logIn("other")];
    await holder.query(
      "create function tenant() returns void language plpgsql as $$ begin perform set_config('acme.tenant', '1', false); end $$",
    );
    await holder.query("select tenant()");
    expect(await waitInVain("other", other)).toMatchObject({ detail: expect.stringContaining("acme.tenant") });
    await holder.query("reset all");
    const parameters = Buffer.concat([
      Buffer.from("\0\0\0\0\0\x02\0\0\0\x0b", "latin1"),
      Buffer.from("shop.region"),
      Buffer.from([0, 0, 0, 1, 0x31, 0, 0]),
    ]);
    holder.send(
      encodeParse("", "select set_config($1, $2, false)"),
      encodeMessage(FRONTEND.bind, parameters),
      encodeExecute(""),
      SYNC,
    );
    await holder.until(BACKEND.readyForQuery);
    expect(await waitInVain("other", other)).toMatchObject({ detail: expect.stringContaining("shop.region") });
  });

  it("is no setting of an extension that a function mentions and nobody changed", async () => {
    const [holder, other] = [await logIn("holder"), await logIn("other")];
    await holder.query(
      "create function quiet() returns void language plpgsql as $$ begin perform set_config('plpgsql.extra_warnings', 'none', true); end $$",
    );
    await holder.query("select quiet()");
    expect(await other.query("select 'at once'")).toEqual([["at once"]]);
  });

  it("pins a client with an unnamed statement that is too long to be kept", async () => {
    const [holder, other] = [await logIn("pinned"), await logIn("other")];
    holder.send(encodeParse("", `select length('${"x".repeat(400_000)}')`), SYNC);
    await holder.until(BACKEND.readyForQuery);
    expect(await waitInVain("other", other)).toMatchObject({ detail: expect.stringContaining("a long unnamed") });
    holder.send(encodeBind("", ""), encodeExecute(""), SYNC);
    const [, row] = await holder.until(BACKEND.readyForQuery);
    expect(decodeDataRow(row?.body ?? Buffer.alloc(0))).toEqual(["400000"]);
    await holder.query("select 1");
    expect(await other.query("select 'now'")).toEqual([["now"]]);
  });

  it("gives a pinned client its notifications", async () => {
    const holder = await logIn("pinned");
    await holder.query("listen news");
    holder.send(encodeQuery("notify news, 'hello'"));
    const messages = await holder.until(BACKEND.readyForQuery);
    const notification =
      messages.find(({ type }) => type === BACKEND.notification) ?? (await holder.until(BACKEND.notification)).at(-1);
    expect(notification?.body.toString("latin1", 4)).toBe("news\0hello\0");
  });

  it("does not pin what ends with a transaction", async () => {
    const [one, other] = [await logIn("one"), await logIn("other")];
    await one.query(
      "begin; create temp table t (n int) on commit drop; set local work_mem = '5MB'; set local app.x = '1'; select pg_advisory_xact_lock(3); declare c cursor for select 1; commit",
    );
    expect(await other.query("select 'at once'")).toEqual([["at once"]]);
  });
});

describe("a client that waits", () => {
  it("is told who is in a transaction, and may try again", async () => {
    const [holder, other] = [await logIn("report"), await logIn("other")];
    await holder.query("begin");
    const answer = await waitInVain("other", other);
    expect(answer).toMatchObject({ code: "55P03", detail: "It is in a transaction." });
    expect(answer).toMatchObject({
      message: expect.stringContaining("no turn on this database within 30 s: report at 127.0.0.1:"),
    });
    await holder.query("commit");
    expect(await other.query("select 1")).toEqual([["1"]]);
  });

  it("loses only what it sent up to its next Sync", async () => {
    const [holder, other] = [await logIn("holder"), await logIn("other")];
    await holder.query("begin");
    other.send(
      encodeParse("", "select 1"),
      encodeBind("", ""),
      encodeExecute(""),
      SYNC,
      encodeQuery("select 'second'"),
    );
    await untilState("other", "waiting");
    clock.advance(30_000);
    expect((await other.until(BACKEND.readyForQuery)).map(({ type }) => type)).toEqual([
      BACKEND.error,
      BACKEND.readyForQuery,
    ]);
    await untilState("other", "waiting");
    await holder.query("commit");
    const messages = await other.until(BACKEND.readyForQuery);
    expect(messages.filter(({ type }) => type === BACKEND.dataRow).map(({ body }) => decodeDataRow(body))).toEqual([
      ["second"],
    ]);
  });

  it("keeps waiting when it hangs up no longer, so that its turn is not given to nobody", async () => {
    const [holder, gone, other] = [await logIn("holder"), await logIn("gone"), await logIn("other")];
    await holder.query("create table kept (n int)");
    await holder.query("begin");
    gone.send(encodeQuery("insert into kept values (1)"));
    await untilState("gone", "waiting");
    gone.destroy();
    while (stateOf("gone")) await setImmediate();
    await holder.query("commit");
    expect(await other.query("select count(*) from kept")).toEqual([["0"]]);
  });

  it("waits for its settings already when it logs in, up to the same limit", async () => {
    const holder = await logIn("holder");
    await holder.query("begin");
    const login = logIn("late", { DateStyle: "German" });
    while (fixture.gateway.connections(service.serviceId).length < 2) await setImmediate();
    clock.advance(30_000);
    await expect(login).rejects.toThrow("no turn on this database within 30 s");
  });

  it("is told that extended messages without a Sync keep the turn", async () => {
    const [holder, other] = [await logIn("holder"), await logIn("other")];
    holder.send(encodeParse("", "select generate_series(1, 3)"), encodeBind("", ""), encodeExecute(""), FLUSH);
    await holder.until(BACKEND.commandComplete);
    const answer = other.query("select 1");
    await untilState("other", "waiting");
    clock.advance(30_000);
    expect(await answer).toMatchObject({ code: "55P03" });
    holder.send(SYNC);
    await holder.until(BACKEND.readyForQuery);
    expect(await other.query("select 1")).toEqual([["1"]]);
  });
});

describe("applications", () => {
  const config = () => ({
    host: "127.0.0.1",
    port: service.port,
    user: "tsdbadmin",
    database: "tsdb",
    password: PASSWORD,
    ssl: { ca: fixture.ca },
  });

  it("run transfers from a pool side by side and no money is lost", async () => {
    const pool = new pg.Pool({ ...config(), max: 6 });
    await pool.query("create table accounts (id int primary key, balance int not null)");
    await pool.query("insert into accounts select n, 100 from generate_series(1, 10) n");
    const transfer = async (n: number) => {
      const client = await pool.connect();
      await client.query("begin");
      await client.query("update accounts set balance = balance - 1 where id = $1", [(n % 10) + 1]);
      await client.query("update accounts set balance = balance + 1 where id = $1", [((n * 7) % 10) + 1]);
      await client.query(n % 5 === 0 ? "rollback" : "commit");
      client.release();
    };
    await Promise.all(Array.from({ length: 120 }, (_, n) => transfer(n)));
    expect((await pool.query("select sum(balance)::int, count(*)::int from accounts")).rows).toEqual([
      { sum: 1000, count: 10 },
    ]);
    await pool.end();
    while (fixture.gateway.connections(service.serviceId).length > 0) await setImmediate();
  });
});
