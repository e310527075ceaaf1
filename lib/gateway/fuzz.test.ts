import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Random, seededRandom } from "@/lib/std/random";
import { type GatewayFixture, PASSWORD, startGateway, type TestService } from "../testing/gateway-fixture";
import { type PostgresServer, startPostgres } from "../testing/postgres-backend";
import { encodeStartup, WireClient } from "../testing/wire-client";

const SEED = 20_261_124;
const ROUNDS = 400;
/** Sockets at once: more than may be logging in. */
const HALF_OPEN = 400;
const LOGINS = 200;
const MIB = 1024 ** 2;

let server: PostgresServer;
let fixture: GatewayFixture;
let service: TestService;
let other: TestService;

beforeAll(async () => {
  server = await startPostgres();
  fixture = await startGateway(server, { limits: { loginsInProgressPerService: LOGINS } });
  [service, other] = [await fixture.openService(), await fixture.openService()];
});
afterAll(async () => {
  await fixture.stop();
  await server.stop();
});

const logIn = (port: number) => WireClient.logIn({ port, password: PASSWORD });
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const STARTUP = encodeStartup({ user: "tsdbadmin", database: "tsdb" });
const TLS_HELLO = Buffer.from("1603010200010001fc0303", "hex");

const chance = (random: Random, length: number) => Buffer.from(Array.from({ length }, () => random.int(256)));

function withLength(length: number, body: Uint8Array): Buffer {
  const packet = Buffer.alloc(4 + body.length);
  packet.writeUInt32BE(length);
  packet.set(body, 4);
  return packet;
}

/** First packets as nobody should send them. */
const KINDS: Readonly<Record<string, (random: Random) => Buffer>> = {
  "bytes by chance": (random) => chance(random, random.int(4_096)),
  "a startup packet that is cut off": (random) => STARTUP.subarray(0, random.int(STARTUP.length)),
  "a startup packet with a bit flipped": (random) => {
    const packet = Buffer.from(STARTUP);
    const at = random.int(packet.length);
    packet.writeUInt8(packet.readUInt8(at) ^ (1 << random.int(8)), at);
    return packet;
  },
  "a huge or negative length": (random) =>
    withLength(random.pick([0x7fff_ffff, 0xffff_ffff, 0x8000_0000, 10_001, 0, 7]), chance(random, random.int(20_000))),
  "a request for TLS, then no TLS": (random) => Buffer.concat([SSL_REQUEST, chance(random, random.int(2_048))]),
  "a hello of TLS, then noise": (random) => Buffer.concat([TLS_HELLO, chance(random, random.int(2_048))]),
  "a hello of TLS that promises more than it sends": () => Buffer.from("1603014000", "hex"),
  "a cancel for a key by chance": (random) =>
    withLength(16, Buffer.concat([Buffer.from("04d2162e", "hex"), chance(random, 8)])),
  "many requests for encryption": (random) => Buffer.concat(Array(1 + random.int(50)).fill(SSL_REQUEST)),
};

/** A socket that says this and hangs up, or is reset, or is left to the other side to end. */
async function say(port: number, bytes: Buffer, random: Random): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  const closed = once(socket, "close");
  await once(socket, "connect").catch(() => {});
  socket.resume();
  const cut = random.int(bytes.length + 1);
  socket.write(bytes.subarray(0, cut));
  if (random.int(4) === 0) {
    socket.resetAndDestroy();
    await closed;
    return;
  }
  socket.end(bytes.subarray(cut));
  await closed;
}

describe(`first packets by chance (seed ${SEED})`, () => {
  it.each(Object.entries(KINDS))("end their own connection alone: %s", async (_kind, make) => {
    const random = seededRandom(SEED);
    const [client, neighbour] = [await logIn(service.port), await logIn(other.port)];
    const backends = service.backends.length;
    const before = process.memoryUsage().rss;
    for (let round = 0; round < ROUNDS; round += 20)
      await Promise.all(Array.from({ length: 20 }, () => say(service.port, make(random), random)));
    expect(await client.query("select 'the first'")).toEqual([["the first"]]);
    expect(await neighbour.query("select 'the second'")).toEqual([["the second"]]);
    expect(service.backends.length).toBe(backends);
    expect((process.memoryUsage().rss - before) / MIB).toBeLessThan(100);
    const fresh = await logIn(service.port);
    for (const one of [client, neighbour, fresh]) one.destroy();
  });
});

describe("connections that never say who they are", () => {
  it(`keep nobody out for longer than they are there, and sessions go on: ${HALF_OPEN} at once`, async () => {
    const client = await logIn(service.port);
    const before = process.memoryUsage().rss;
    const sockets = Array.from({ length: HALF_OPEN }, () => openSilently(service.port));
    // Those beyond the limit are turned away at once; the others wait for their deadline.
    await untilClosed(sockets, HALF_OPEN - LOGINS);
    expect(await client.query("select 1")).toEqual([["1"]]);
    const neighbour = await logIn(other.port);
    expect(await neighbour.query("select 2")).toEqual([["2"]]);
    expect((process.memoryUsage().rss - before) / MIB).toBeLessThan(200);
    await Promise.all(sockets.map(hangUp));
    const fresh = await logIn(service.port);
    for (const one of [client, neighbour, fresh]) one.destroy();
  });

  it("are held to a small number of bytes each, however much they send", async () => {
    const flood = Buffer.alloc(4 * MIB, 1);
    const before = process.memoryUsage();
    const sockets = Array.from({ length: 20 }, () => openSilently(other.port));
    // A startup packet of the greatest length that never gets its last byte; and one that is followed by megabytes.
    for (const [index, socket] of sockets.entries())
      socket.write(index % 2 === 0 ? withLength(10_000, Buffer.alloc(9_995)) : flood);
    const client = await logIn(other.port);
    expect(await client.query("select 1")).toEqual([["1"]]);
    const grown = process.memoryUsage().arrayBuffers - before.arrayBuffers;
    expect(grown / MIB).toBeLessThan(8);
    client.destroy();
    await Promise.all(sockets.map(hangUp));
  });
});

/** Four bytes of a first packet, and then nothing. */
function openSilently(port: number): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.resume();
  socket.write(SSL_REQUEST.subarray(0, 4));
  return socket;
}

/** Resolves when so many of them were closed by the other side. */
function untilClosed(sockets: readonly Socket[], count: number): Promise<void> {
  let closed = 0;
  return new Promise((resolve) => {
    for (const socket of sockets)
      socket.once("close", () => {
        closed++;
        if (closed === count) resolve();
      });
  });
}

async function hangUp(socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  const closed = once(socket, "close");
  socket.destroy();
  await closed;
}
