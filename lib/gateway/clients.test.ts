import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import Cursor from "pg-cursor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, PASSWORD, startGateway, type TestService } from "../testing/gateway-fixture";
import { type PostgresServer, startPostgres } from "../testing/postgres-backend";
import { WireClient } from "../testing/wire-client";
import type { Backend } from "./backend";
import { BACKEND } from "./wire/backend";
import { encodeMessage, encodeQuery, FRONTEND } from "./wire/frontend";

const run = promisify(execFile);

let server: PostgresServer;
let fixture: GatewayFixture;
let service: TestService;
let dir: string;

beforeAll(async () => {
  server = await startPostgres();
  fixture = await startGateway(server);
  service = await fixture.openService();
  dir = mkdtempSync(join(tmpdir(), "gw-clients-"));
});
afterAll(async () => {
  await fixture.stop();
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

const findTool = (name: string) => ["/usr/bin", "/usr/local/bin"].map((path) => join(path, name)).find(existsSync);
const psqlPath = findTool("psql");
const pgbenchPath = findTool("pgbench");
if (!psqlPath || !pgbenchPath) console.log("psql or pgbench is not installed: their tests are skipped");

const environment = () => ({
  ...process.env,
  PGHOST: "localhost",
  PGPORT: String(service.port),
  PGUSER: "tsdbadmin",
  PGDATABASE: "tsdb",
  PGPASSWORD: PASSWORD,
  PGSSLMODE: "verify-full",
  PGSSLROOTCERT: fixture.caPath,
  PGCHANNELBINDING: "require",
});

async function psql(...commands: string[]) {
  const args = ["-X", "-A", "-t", ...commands.flatMap((command) => ["-c", command])];
  return run(psqlPath ?? "", args, { env: environment() });
}

describe.skipIf(!psqlPath)("psql", () => {
  it("verifies the certificate, binds its login to it, and describes tables", async () => {
    const { stdout } = await psql(
      "create table described (n int primary key, t text)",
      "\\d described",
      "\\di",
      "\\conninfo",
    );
    expect(stdout).toContain("described_pkey");
    expect(stdout).toContain("SSL connection (protocol: TLSv1.3");
  });

  it("copies a file in and out", async () => {
    const [source, target] = [join(dir, "in.csv"), join(dir, "out.csv")];
    writeFileSync(source, Array.from({ length: 20_000 }, (_, n) => `${n},"line ${n}"\n`).join(""));
    await psql(
      "create table copied (n int, t text)",
      `\\copy copied from '${source}' csv`,
      `\\copy (select * from copied order by n) to '${target}' (format csv, force_quote (t))`,
    );
    expect(readFileSync(target, "utf8")).toBe(readFileSync(source, "utf8"));
  });

  it("goes on after errors in and outside of transactions", async () => {
    const script = "begin; select 1/0; select 1; rollback; select 'after'; \\echo done\n";
    const child = spawn(psqlPath ?? "", ["-X", "-A", "-t"], { env: environment() });
    child.stdin.end(script);
    const [out, err] = await readAll(child);
    expect(err).toContain("division by zero");
    expect(err).toContain("current transaction is aborted");
    expect(out).toBe("BEGIN\nROLLBACK\nafter\ndone\n");
  });

  it("stops a statement on Ctrl-C", async () => {
    const child = spawn(psqlPath ?? "", ["-X", "-A", "-t"], { env: environment() });
    child.stdin.write("select pg_sleep(3600);\n");
    const output = readAll(child);
    while (!fixture.gateway.connections(service.serviceId).some(({ state }) => state === "active"))
      await setImmediate();
    child.kill("SIGINT");
    child.stdin.end();
    expect((await output)[1]).toContain("canceling statement due to user request");
  });

  it("is told in one sentence how to connect when it refuses TLS", async () => {
    const plain = run(psqlPath ?? "", ["-X", "-c", "select 1"], {
      env: { ...environment(), PGSSLMODE: "disable", PGCHANNELBINDING: "prefer" },
    });
    await expect(plain).rejects.toThrow("This endpoint accepts TLS only. Add sslmode=require.");
  });
});

async function readAll(child: ChildProcess): Promise<[out: string, err: string]> {
  const texts = ["", ""] as [string, string];
  child.stdout?.on("data", (chunk) => {
    texts[0] += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    texts[1] += chunk;
  });
  await once(child, "close");
  return texts;
}

describe.skipIf(!pgbenchPath)("pgbench", () => {
  const pgbench = (...args: string[]) => run(pgbenchPath ?? "", args, { env: environment() });

  it("fills its tables by COPY", async () => {
    await pgbench("-i", "-q", "-s", "2");
    expect((await psqlOrPool("select count(*)::int as n from pgbench_accounts"))[0]).toEqual({ n: 200_000 });
  });

  it.each([
    ["simple", 1],
    ["extended", 1],
    ["prepared", 1],
    ["simple", 8],
    ["extended", 8],
  ])("runs TPC-B and selects in mode %s with %i clients, and every transaction counts", async (mode, clients) => {
    await psqlOrPool(
      "truncate pgbench_history; update pgbench_accounts set abalance = 0; update pgbench_branches set bbalance = 0",
    );
    const load = ["-n", "-M", mode, "-c", String(clients), "-t", String(160 / clients)];
    const { stdout } = await pgbench(...load);
    expect(stdout).toContain("number of transactions actually processed: 160/160");
    expect(stdout).toContain("number of failed transactions: 0");
    const sums = `select (select count(*)::int from pgbench_history) as n,
      (select sum(delta) from pgbench_history) = (select sum(abalance) from pgbench_accounts) as accounts,
      (select sum(delta) from pgbench_history) = (select sum(bbalance) from pgbench_branches) as branches`;
    expect((await psqlOrPool(sums))[0]).toEqual({ n: 160, accounts: true, branches: true });
    expect((await pgbench(...load, "-S")).stdout).toContain("processed: 160/160");
  });
});

async function psqlOrPool(text: string): Promise<unknown[]> {
  return withClient(async (client) => (await client.query(text)).rows);
}

async function withClient<Result>(use: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const { port } = service;
  const client = new pg.Client({
    host: "127.0.0.1",
    port,
    user: "tsdbadmin",
    database: "tsdb",
    password: PASSWORD,
    ssl: { ca: fixture.ca },
  });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

describe("node-postgres", () => {
  it("reads with a cursor, in portions, while nobody else gets in between", () =>
    withClient(async (client) => {
      const cursor = client.query(new Cursor<{ n: number }>("select generate_series(1, 1000) as n"));
      const sizes: number[] = [];
      for (let rows = await cursor.read(300); rows.length > 0; rows = await cursor.read(300)) sizes.push(rows.length);
      expect(sizes).toEqual([300, 300, 300, 100]);
      await cursor.close();
      expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    }));

  it("streams COPY in both directions", () =>
    withClient(async (client) => {
      await client.query("create table streamed (n int, t text)");
      const lines = function* () {
        for (let n = 0; n < 50_000; n++) yield `${n}\tline ${n}\n`;
      };
      await pipeline(Readable.from(lines()), client.query(copyFrom("copy streamed from stdin")));
      let bytes = 0;
      const count = new Writable({
        write(chunk: Buffer, _encoding, done) {
          bytes += chunk.length;
          done();
        },
      });
      await pipeline(client.query(copyTo("copy streamed to stdout")), count);
      expect(bytes).toBe([...lines()].reduce((sum, line) => sum + line.length, 0));
    }));

  it("uses prepared statements with a name, and another client works as soon as it has left", async () => {
    await withClient(async (client) => {
      for (let n = 0; n < 3; n++)
        expect((await client.query({ name: "doubled", text: "select $1::int * 2 as n", values: [n] })).rows).toEqual([
          { n: n * 2 },
        ]);
    });
    await withClient(async (client) => {
      expect((await client.query("select count(*)::int as n from pg_prepared_statements")).rows).toEqual([{ n: 0 }]);
    });
  });
});

describe("big messages", () => {
  it("pass through in parts and arrive whole: a query, a parameter, a row and COPY data of 20 MB", () =>
    withClient(async (client) => {
      const size = 20_000_000;
      const text = "x".repeat(size);
      expect((await client.query(`select length('${text}') as n`)).rows).toEqual([{ n: size }]);
      expect((await client.query("select length($1) as n", [text])).rows).toEqual([{ n: size }]);
      expect((await client.query<{ t: string }>(`select repeat('x', ${size}) as t`)).rows[0]?.t.length).toBe(size);
      await client.query("create table big (t text)");
      await pipeline(Readable.from([Buffer.from(`${text}\n`)]), client.query(copyFrom("copy big from stdin")));
      expect((await client.query("select length(t) as n from big")).rows).toEqual([{ n: size }]);
    }));

  /** A service whose backend counts what it gives out and takes in, and can stop to take in. */
  async function openCounted() {
    const counts = { out: 0, in: 0, isFull: false };
    const counted = await fixture.openService({
      async acquireBackend(): Promise<Backend> {
        const backend = await server.openBackend();
        return {
          parameters: backend.parameters,
          exited: backend.exited,
          cancel: () => backend.cancel(),
          onOutput: (receive) =>
            backend.onOutput((bytes) => {
              counts.out += bytes.length;
              return receive(bytes);
            }),
          async write(bytes) {
            counts.in += bytes.length;
            await (counts.isFull ? backend.exited : backend.write(bytes));
          },
        };
      },
    });
    return { counts, client: await WireClient.logIn({ port: counted.port, password: PASSWORD }) };
  }

  /** Resolves when a number has not grown for a while of the event loop. */
  async function untilStill(read: () => number): Promise<number> {
    for (let last = -1, same = 0; same < 2000; last = read()) {
      same = read() === last ? same + 1 : 0;
      await setImmediate();
    }
    return read();
  }

  it("a client that does not read holds its backend back instead of filling memory", async () => {
    const { counts, client } = await openCounted();
    client.socket.pause();
    client.send(encodeQuery("select repeat('x', 1000) from generate_series(1, 30000)"));
    while (counts.out < 500_000) await setImmediate();
    expect(await untilStill(() => counts.out)).toBeLessThan(15_000_000);
    client.socket.resume();
    await client.until(BACKEND.readyForQuery);
    expect(counts.out).toBeGreaterThan(30_000_000);
    client.destroy();
  });

  it("a backend that is slow holds its client back instead of filling memory", async () => {
    const { counts, client } = await openCounted();
    await client.query("create table if not exists slow (t text)");
    client.send(encodeQuery("copy slow from stdin"));
    await client.until(BACKEND.copyIn);
    counts.isFull = true;
    const before = counts.in;
    const data = encodeMessage(FRONTEND.copyData, Buffer.from(`${"x".repeat(50_000)}\n`));
    for (let n = 0; n < 1000; n++) client.socket.write(data);
    expect((await untilStill(() => counts.in)) - before).toBeLessThan(1_000_000);
    expect(client.socket.writableLength).toBeGreaterThan(20_000_000);
    client.destroy();
  });
});
