import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createScramVerifier } from "@/lib/std/scram";
import { type GatewayFixture, PASSWORD, startGateway, type TestService } from "../testing/gateway-fixture";
import { type PostgresServer, startPostgres } from "../testing/postgres-backend";
import { WireClient } from "../testing/wire-client";
import { BACKEND, decodeError } from "./wire/backend";

let server: PostgresServer;
let fixture: GatewayFixture;
let service: TestService;
/** Addresses that may come in, and roles that may in spite of theirs. */
let addresses: string[];
let roles: string[];
let verifiersAsked: number;

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

beforeAll(async () => {
  server = await startPostgres();
  fixture = await startGateway(server);
  const verifier = await createScramVerifier(PASSWORD);
  service = await fixture.openService({
    allows: async (address, role) =>
      addresses.includes(address) || (roles.length > 0 && (role === undefined || roles.includes(role))),
    findVerifier: async () => {
      verifiersAsked++;
      return verifier;
    },
  });
});
afterAll(async () => {
  await fixture.stop();
  await server.stop();
});
beforeEach(() => {
  addresses = ["127.0.0.1"];
  roles = [];
  verifiersAsked = 0;
});

const logIn = (user = "tsdbadmin") => WireClient.logIn({ port: service.port, password: PASSWORD, user });

/** Everything that comes back in the clear to a client at this address. */
async function answersTo(localAddress: string): Promise<Buffer> {
  const socket = connect({ port: service.port, host: "127.0.0.1", localAddress });
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => {});
  socket.write(SSL_REQUEST);
  await once(socket, "close");
  return Buffer.concat(chunks);
}

describe("an address that is not on the list", () => {
  it("is told so in Postgres's own form, before TLS and before anybody is looked up", async () => {
    const answer = await answersTo("127.0.0.2");
    expect(answer[0]).toBe(BACKEND.error);
    expect(decodeError(answer.subarray(5))).toMatchObject({
      severity: "FATAL",
      code: "28000",
      message: "connections from 127.0.0.2 are not allowed by this service's allow list",
    });
    expect([verifiersAsked, service.backends.length]).toEqual([0, 0]);
  });

  it("cannot cancel either", async () => {
    const before = service.backends.length;
    addresses = [];
    await expect(WireClient.connect(service.port)).rejects.toThrow();
    expect(service.backends.length).toBe(before);
  });

  it("lets in a role that may come from anywhere, and no other one, before its password is judged", async () => {
    addresses = [];
    roles = ["engine"];
    const engine = await logIn("engine");
    expect(await engine.query("select 1")).toEqual([["1"]]);
    verifiersAsked = 0;
    const other = await WireClient.connect(service.port);
    await expect(other.authenticate({ port: service.port, password: PASSWORD })).rejects.toThrow(/not allowed/);
    expect(verifiersAsked).toBe(0);
    engine.destroy();
  });
});

describe("a changed list", () => {
  it("is in force for who comes next, and ends the sessions of those it leaves out, when it is told", async () => {
    const client = await logIn();
    roles = ["engine"];
    const engine = await logIn("engine");
    addresses = [];
    expect(await client.query("select 1")).toEqual([["1"]]);
    await fixture.gateway.recheck(service.serviceId);
    expect(await client.untilRefused()).toMatchObject({ code: "57P01" });
    await expect(logIn()).rejects.toThrow(/not allowed/);
    expect(await engine.query("select 2")).toEqual([["2"]]);
    engine.destroy();
    addresses = ["127.0.0.1"];
    const again = await logIn();
    again.destroy();
  });

  it("is nobody's harm for a service that is not open", async () => {
    await fixture.gateway.recheck("unknown");
  });
});
