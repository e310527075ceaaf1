import { once } from "node:events";
import { connect, createServer } from "node:net";
import { connect as connectTls } from "node:tls";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AppError } from "@/lib/std/app-error";
import { createScramVerifier } from "@/lib/std/scram";
import { type GatewayFixture, PASSWORD, startGateway, type TestService } from "../testing/gateway-fixture";
import { ManualClock } from "../testing/manual-clock";
import { type PostgresServer, startPostgres } from "../testing/postgres-backend";
import { encodePacket, encodeStartup, WireClient } from "../testing/wire-client";
import { BACKEND, decodeError, decodeParameterStatus } from "./wire/backend";
import { encodeMessage, FRONTEND } from "./wire/frontend";

let server: PostgresServer;
let fixture: GatewayFixture;
let service: TestService;
const logged: string[] = [];
const write = (fields: object, message: string) => {
  logged.push(`${JSON.stringify(fields)} ${message}`);
};

beforeAll(async () => {
  server = await startPostgres();
  fixture = await startGateway(server, { log: { debug: write, info: write, warn: write, error: write } });
  service = await fixture.openService();
});
afterAll(async () => {
  await fixture.stop();
  await server.stop();
});

const logIn = (options: Partial<Parameters<typeof WireClient.logIn>[0]> = {}) =>
  WireClient.logIn({ port: service.port, password: PASSWORD, ...options });

/** Sends bytes in the clear; answers everything that came back until the other side closed. */
async function sendPlain(bytes: Uint8Array): Promise<Buffer> {
  const socket = connect(service.port, "127.0.0.1");
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => {});
  socket.write(bytes);
  await once(socket, "close");
  return Buffer.concat(chunks);
}

const readError = (bytes: Buffer) => {
  expect(bytes[0]).toBe(BACKEND.error);
  return decodeError(bytes.subarray(5));
};

describe("a connection before it is encrypted", () => {
  it("is refused with the way out when it goes on without TLS", async () => {
    const error = readError(await sendPlain(encodeStartup({ user: "tsdbadmin", database: "tsdb" })));
    expect(error).toMatchObject({ severity: "FATAL", code: "28000" });
    expect(error.message).toBe("This endpoint accepts TLS only. Add sslmode=require.");
  });

  it("may ask for GSS encryption first, is told no, and gets TLS then", async () => {
    const socket = connect(service.port, "127.0.0.1");
    socket.write(Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30]));
    expect(String((await once(socket, "data"))[0])).toBe("N");
    socket.write(Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]));
    expect(String((await once(socket, "data"))[0])).toBe("S");
    socket.destroy();
  });

  it("is refused when bytes follow the request for TLS in the clear, as somebody in between would add", async () => {
    const stuffed = Buffer.concat([Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]), encodeStartup({ user: "x" })]);
    const answer = await sendPlain(stuffed);
    expect(readError(answer.subarray(answer[0] === 0x53 ? 1 : 0)).code).toBe("08P01");
  });

  it.each([
    ["an HTTP request", Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
    ["a packet longer than 10,000 bytes", encodePacket(Buffer.alloc(10_001))],
    ["a length of zero", Buffer.alloc(8)],
    ["a negative length", Buffer.alloc(8, 0xff)],
    ["parameters without an end", encodePacket(Buffer.from("\0\x03\0\0user\0tsdbadmin", "latin1"))],
    ["a cancel request without a key", encodePacket(Buffer.from([4, 0xd2, 0x16, 0x2e, 0, 0, 0, 1]))],
  ])("is refused cleanly when it sends %s", async (_what, bytes) => {
    expect(readError(await sendPlain(bytes))).toMatchObject({ severity: "FATAL", code: "08P01" });
  });

  it("never crashes the gateway nor reaches the backend, whatever bytes it sends", async () => {
    const before = service.backends.length;
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const socket = connect(service.port, "127.0.0.1");
        socket.on("error", () => {});
        socket.end(bytes);
        socket.resume();
        await once(socket, "close");
      }),
      { numRuns: 100 },
    );
    expect(service.backends.length).toBe(before);
    const client = await logIn();
    expect(await client.query("select 1")).toEqual([["1"]]);
    client.destroy();
  });
});

describe("a login", () => {
  it("works with TLS first (sslnegotiation=direct), and only for the postgresql protocol", async () => {
    const direct = (protocol: string) =>
      connectTls({ port: service.port, host: "127.0.0.1", ca: fixture.ca, ALPNProtocols: [protocol] });
    const socket = direct("postgresql");
    await once(socket, "secureConnect");
    const client = new WireClient(socket);
    await client.authenticate({ port: service.port, password: PASSWORD });
    await client.until(BACKEND.readyForQuery);
    expect(await client.query("select 2")).toEqual([["2"]]);
    client.destroy();
    await expect(once(direct("http/1.1"), "secureConnect")).rejects.toThrow();
  });

  it("is bound to the certificate when the client can, and the certificate is one of the local authority", async () => {
    const client = new pg.Client({
      host: "localhost",
      port: service.port,
      user: "tsdbadmin",
      database: "tsdb",
      password: PASSWORD,
      ssl: { ca: fixture.ca },
      enableChannelBinding: true,
    });
    await client.connect();
    expect((await client.query("select $1::int + 1 as sum", [41])).rows).toEqual([{ sum: 42 }]);
    await client.end();
  });

  it("fails with the same flow and the same words for a wrong password, an unknown role and a role of an unusable verifier", async () => {
    const attempt = async (user: string, password: string) => {
      const client = await WireClient.connect(service.port);
      await client.authenticate({ port: service.port, user, password });
      const error = await client.untilRefused();
      return { ...error, message: error.message.replaceAll(user, "ROLE"), after: client.received.length };
    };
    const wrong = await attempt("tsdbadmin", "wrong");
    expect(wrong).toMatchObject({ severity: "FATAL", code: "28P01" });
    expect(wrong.message).toBe('password authentication failed for user "ROLE"');
    expect(await attempt("nobody", PASSWORD)).toEqual(wrong);
    expect(await attempt("postgres", "")).toEqual(wrong);
  });

  it("tells an unknown role the same salt each time, as a real role would be told", async () => {
    const saltOf = async (user: string) => {
      const client = await WireClient.connect(service.port);
      client.send(encodeStartup({ user, database: "tsdb" }));
      await client.until(BACKEND.authentication);
      client.send(encodeMessage(0x70, Buffer.from("SCRAM-SHA-256\0\0\0\0\x0bn,,n=,r=abc", "latin1")));
      const [challenge] = await client.until(BACKEND.authentication);
      client.destroy();
      return /s=([^,]+),i=4096/.exec(challenge?.body.toString() ?? "")?.[1];
    };
    expect(await saltOf("ghost")).toBe(await saltOf("ghost"));
    expect(await saltOf("ghost")).not.toBe(await saltOf("spook"));
  });

  it("writes neither passwords nor proofs to the log", async () => {
    const client = await WireClient.connect(service.port);
    await client.authenticate({ port: service.port, password: "a secret that was mistyped" });
    await client.untilRefused();
    expect(logged.join("\n")).toContain("password authentication failed");
    expect(logged.join("\n")).not.toMatch(/mistyped|correct horse|p=|SCRAM-SHA/);
  });

  it("names the missing database only to somebody who knows the password", async () => {
    const client = await WireClient.connect(service.port);
    await client.authenticate({ port: service.port, password: PASSWORD, database: "postgres" });
    expect(await client.untilRefused()).toMatchObject({ code: "3D000", message: 'database "postgres" does not exist' });
    const stranger = await WireClient.connect(service.port);
    await stranger.authenticate({ port: service.port, password: "wrong", database: "postgres" });
    expect((await stranger.untilRefused()).code).toBe("28P01");
  });

  it("is refused when it asks for a read-only connection, and accepted when it says it wants none", async () => {
    const options = (value: string) => ({ options: `-c tsdb_admin.read_only_connection=${value}` });
    await expect(logIn({ parameters: options("true") })).rejects.toThrow("read-only connections are not offered here");
    const client = await logIn({ parameters: options("false") });
    client.destroy();
  });

  it("is refused when it asks for replication", async () => {
    await expect(logIn({ parameters: { replication: "database" } })).rejects.toThrow("replication");
  });

  it("agrees on the newest protocol that both speak and names options that nobody here knows", async () => {
    const client = await WireClient.connect(service.port);
    client.send(encodeStartup({ user: "tsdbadmin", "_pq_.future": "1" }, 0x3000f));
    const [negotiated] = await client.until(BACKEND.negotiateProtocolVersion);
    expect(negotiated?.body.readInt32BE(0)).toBe(0x30002);
    expect(negotiated?.body.readInt32BE(4)).toBe(1);
    expect(negotiated?.body.toString("utf8", 8)).toBe("_pq_.future\0");
    client.destroy();
  });

  it("is refused for protocol versions of the past and of the future", async () => {
    for (const version of [0x20000, 0x40000]) {
      const client = await WireClient.connect(service.port);
      client.send(encodeStartup({ user: "tsdbadmin" }, version));
      expect((await client.untilRefused()).code).toBe("0A000");
    }
  });

  it("gets cancel keys of 4 bytes in protocol 3.0 and longer ones in 3.2", async () => {
    const keyBytes = async (version: number) => {
      const client = await WireClient.connect(service.port);
      await client.authenticate({ port: service.port, password: PASSWORD, version });
      const key = (await client.until(BACKEND.backendKeyData)).at(-1);
      client.destroy();
      return (key?.body.length ?? 0) - 4;
    };
    expect(await keyBytes(0x30000)).toBe(4);
    expect(await keyBytes(0x30002)).toBe(32);
  });

  it("reports the parameters that Postgres reports, with the client's own, in Postgres's spelling", async () => {
    const client = await WireClient.connect(service.port);
    const parameters = {
      application_name: "caf\u00e9",
      DateStyle: "german",
      options: "-c TimeZone=europe/berlin -c geqo=off",
    };
    await client.authenticate({ port: service.port, password: PASSWORD, parameters });
    const messages = await client.until(BACKEND.readyForQuery);
    const told = new Map(
      messages.filter(({ type }) => type === BACKEND.parameterStatus).map(({ body }) => decodeParameterStatus(body)),
    );
    expect(told.get("server_version")).toMatch(/^18/);
    expect(told.get("DateStyle")).toBe("German, DMY");
    expect(told.get("TimeZone")).toBe("Europe/Berlin");
    expect(told.get("application_name")).toMatch(/^caf/);
    expect(await client.query("show geqo")).toEqual([["off"]]);
    client.destroy();
  });

  it("is refused with Postgres's own words when a setting is wrong, and the next client is not touched by it", async () => {
    await expect(logIn({ parameters: { DateStyle: "martian" } })).rejects.toThrow(
      'invalid value for parameter "DateStyle"',
    );
    await expect(logIn({ parameters: { options: "-c no_such_setting=1" } })).rejects.toThrow("no_such_setting");
    await expect(logIn({ parameters: { options: "-z" } })).rejects.toThrow("invalid command-line argument");
    const client = await logIn();
    expect(await client.query("show datestyle")).toEqual([["ISO, MDY"]]);
    client.destroy();
  });
});

describe("limits", () => {
  it("ends a login that takes too long and a connection that is idle too long", async () => {
    const clock = new ManualClock();
    const timed = await startGateway(server, { clock, limits: { authenticationMs: 1000, idleMs: 60_000 } });
    const { port } = await timed.openService();
    const silent = await WireClient.connect(port);
    const client = await WireClient.logIn({ port, password: PASSWORD });
    clock.advance(1001);
    await silent.closed;
    clock.advance(59_000);
    expect(await client.untilRefused()).toMatchObject({ severity: "FATAL", code: "57P05" });
    await timed.stop();
  });

  it("refuses one connection too many in Postgres's words and takes it when another has gone", async () => {
    const small = await startGateway(server, { limits: { connectionsPerService: 2 } });
    const { port } = await small.openService();
    const login = { port, password: PASSWORD };
    const [first] = [await WireClient.logIn(login), await WireClient.logIn(login)];
    const third = await WireClient.connect(port);
    await third.authenticate(login);
    expect(await third.untilRefused()).toMatchObject({ code: "53300", message: "sorry, too many clients already" });
    first.send(encodeMessage(FRONTEND.terminate, Buffer.alloc(0)));
    await first.closed;
    const fourth = await WireClient.logIn(login);
    expect(await fourth.query("select 4")).toEqual([["4"]]);
    await small.stop();
  });

  it("takes as many connections as the service says, however few or many any other may have, and asks each time", async () => {
    let limit = 1;
    const { port } = await fixture.openService({ findConnectionLimit: async () => limit });
    const login = { port, password: PASSWORD };
    const refused = async () => {
      const client = await WireClient.connect(port);
      await client.authenticate(login);
      return client.untilRefused();
    };
    await WireClient.logIn(login);
    expect(await refused()).toMatchObject({ code: "53300" });
    limit = 2;
    await WireClient.logIn(login);
    expect(await refused()).toMatchObject({ code: "53300" });
  });

  it("keeps the number of connections that have not logged in below a limit", async () => {
    const small = await startGateway(server, { limits: { loginsInProgressPerService: 3 } });
    const { port } = await small.openService();
    const held = await Promise.all([1, 2, 3].map(() => WireClient.connect(port)));
    await expect(WireClient.connect(port)).rejects.toThrow();
    for (const client of held) client.destroy();
    await Promise.all(held.map(({ closed }) => closed));
    await small.stop();
  });

  it("answers an address slowly that fails again and again, and others at once", async () => {
    const clock = new ManualClock();
    const guarded = await startGateway(server, {
      clock,
      limits: { failedLoginsPerMinute: 2, failedLoginDelayMs: 5000 },
    });
    const { port } = await guarded.openService();
    const fail = async () => {
      const client = await WireClient.connect(port);
      await client.authenticate({ port, password: "wrong" });
      return client;
    };
    expect((await (await fail()).untilRefused()).code).toBe("28P01");
    expect((await (await fail()).untilRefused()).code).toBe("28P01");
    const third = await fail();
    const client = await WireClient.logIn({ port, password: PASSWORD });
    expect(await client.query("select 1")).toEqual([["1"]]);
    expect(third.received).toEqual([]);
    clock.advance(5000);
    expect((await third.untilRefused()).code).toBe("28P01");
    await guarded.stop();
  });
});

describe("a service's port", () => {
  it("that another program has is refused with the way out", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const failure = await fixture.openService({ port }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(AppError);
    expect(failure).toMatchObject({ code: "CONFLICT", message: expect.stringContaining(`Port ${port}`) });
    expect((failure as AppError).message).toContain("OFFSHOOT_GATEWAY_PORTS");
    other.close();
  });

  it("tells clients why there is no backend, and works when there is one again", async () => {
    const verifier = await createScramVerifier(PASSWORD);
    let isPaused = true;
    const paused = await fixture.openService({
      findVerifier: async () => verifier,
      acquireBackend: async () => {
        if (isPaused) throw new AppError("CONFLICT", "This service is paused. Start it in the console.");
        return server.openBackend();
      },
    });
    const login = { port: paused.port, password: PASSWORD };
    await expect(WireClient.logIn(login)).rejects.toThrow("This service is paused. Start it in the console.");
    isPaused = false;
    const client = await WireClient.logIn(login);
    expect(await client.query("select 1")).toEqual([["1"]]);
  });

  it("keeps a role out while there is an obstacle, and never asks for its backend", async () => {
    const obstacle = "This service is being prepared.";
    const prepared = await fixture.openService({ findObstacle: async () => obstacle });
    await expect(WireClient.logIn({ port: prepared.port, password: PASSWORD })).rejects.toThrow(obstacle);
    expect(prepared.backends).toEqual([]);
  });

  it("ends its clients with the reason when it is closed, and is free at once", async () => {
    const closing = await fixture.openService();
    const client = await WireClient.logIn({ port: closing.port, password: PASSWORD });
    const halfway = await WireClient.connect(closing.port);
    await closing.close("This fork has expired.");
    expect(await client.untilRefused()).toMatchObject({ code: "57P01", message: "This fork has expired." });
    expect((await halfway.untilRefused()).message).toBe("This fork has expired.");
    const again = await fixture.openService({ port: closing.port });
    expect(again.port).toBe(closing.port);
  });

  it("lists who is connected", async () => {
    const watched = await fixture.openService();
    const client = await WireClient.logIn({
      port: watched.port,
      password: PASSWORD,
      parameters: { application_name: "report" },
    });
    await client.query("begin");
    expect(fixture.gateway.connections(watched.serviceId)).toMatchObject([
      {
        role: "tsdbadmin",
        application: "report",
        state: "in transaction",
        address: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      },
    ]);
    client.destroy();
  });
});
