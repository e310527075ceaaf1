import { readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ImageId } from "@/lib/schemas/image";
import { OFFERED_SIZES } from "@/lib/schemas/size";
import { systemClock } from "@/lib/std/clock";
import { encode, text } from "@/lib/testing/backend-client";
import type { ComputeFixture, RunningService } from "@/lib/testing/compute-fixture";
import { openComputeFixture } from "@/lib/testing/compute-fixture";
import { getImage } from "./images";
import { momentTests } from "./moments.suite";

const KIB = 1 << 10;
const MIB = 1 << 20;

export interface SuiteContext {
  readonly fixture: ComputeFixture;
  /** A service that tests may write to, each under names of its own. */
  readonly service: RunningService;
}

/** What every image promises. `more` adds an image's own tests, which share the started service. */
export function computeSuite(imageId: ImageId, more: (context: SuiteContext) => void = () => {}): void {
  describe(imageId, () => {
    const context = {} as { fixture: ComputeFixture; service: RunningService };
    beforeAll(async () => {
      context.fixture = await openComputeFixture();
      context.service = await context.fixture.create(imageId);
    });
    afterAll(() => context.fixture?.close());

    clientTests(context);
    durabilityTests(context);
    forkTests(context);
    copyTests(context);
    cancelTests(context);
    sandboxTests(context);
    choreTests(context);
    momentTests(context);
    more(context);
  });
}

function clientTests(context: SuiteContext): void {
  test("a client is tsdbadmin on tsdb, and comes back to it from every reset", async () => {
    const { sql } = context.service;
    const whoami = "SELECT current_user, session_user, current_database()";
    const expected = [["tsdbadmin", "tsdbadmin", "tsdb"]];
    expect(await sql.query(whoami)).toEqual(expected);
    await sql.query("SET ROLE postgres");
    await sql.query("RESET ALL");
    await sql.query("DISCARD ALL");
    expect(await sql.query(whoami)).toEqual(expected);
    expect(await sql.query("SHOW search_path")).toEqual([['"$user", public']]);
  });

  test("the parameters that a client is told at start are Postgres's own", async () => {
    const { sql, compute } = context.service;
    expect([...compute.parameters.keys()]).toContain("server_version");
    for (const [name, value] of compute.parameters)
      if (name !== "session_authorization") expect(await sql.query(`SHOW ${name}`), name).toEqual([[value]]);
    expect(compute.parameters.get("session_authorization")).toBe("tsdbadmin");
  });

  test("Postgres runs with the settings that its volume needs", async () => {
    for (const [name, value] of Object.entries(getImage(context.service.imageId).expected))
      expect(await context.service.sql.query(`SHOW ${name}`), name).toEqual([[value]]);
  });

  test("an error in a transaction is answered, and the transaction ends as the client says", async () => {
    const { sql } = context.service;
    expect((await sql.run("BEGIN; CREATE TABLE failed (a int)")).status).toBe("T");
    expect(await sql.run("SELECT 1/0")).toMatchObject({ status: "E", error: { code: "22012" } });
    expect((await sql.run("ROLLBACK")).status).toBe("I");
    expect(await sql.query("SELECT to_regclass('failed')")).toEqual([[null]]);
  });

  test("statements of the extended protocol run in one batch, errors included", async () => {
    const { sql } = context.service;
    const execute = (query: string) => [
      encode("P", text(""), text(query), Buffer.alloc(2)),
      encode("B", text(""), text(""), Buffer.alloc(6)),
      encode("E", text(""), Buffer.alloc(4)),
    ];
    const good = await sql.exchange(Buffer.concat([...execute("SELECT 1"), ...execute("SELECT 2"), encode("S")]));
    expect(good).toMatchObject({ rows: [["1"], ["2"]], status: "I" });
    const bad = await sql.exchange(Buffer.concat([...execute("SELECT 1/0"), ...execute("SELECT 2"), encode("S")]));
    expect(bad).toMatchObject({ rows: [], error: { code: "22012" }, status: "I" });
  });
}

function durabilityTests(context: SuiteContext): void {
  test("what was answered is there after the thread was ended brutally; what was not, is not", async () => {
    const { fixture } = context;
    const service = await fixture.create(context.service.imageId);
    await service.sql.query("CREATE TABLE kept (a int PRIMARY KEY)");
    await service.sql.query("INSERT INTO kept SELECT generate_series(1, 1000)");
    await service.sql.query("BEGIN");
    await service.sql.query("INSERT INTO kept VALUES (1001)");
    await service.compute.kill();
    const again = await fixture.start(service);
    expect(await again.sql.query("SELECT count(*), max(a) FROM kept")).toEqual([["1000", "1000"]]);
    await again.compute.stop();
  });

  test("a commit that fails ends Postgres without an answer, and the next start goes on from the last commit", async () => {
    const { fixture } = context;
    const service = await fixture.create(context.service.imageId);
    await service.sql.query("CREATE TABLE answered AS SELECT 1 AS a");
    const logs = join(fixture.dir, "store", "logs");
    await rename(logs, `${logs}-away`);
    // A new segment is needed now and then, and its directory is not there.
    const writing = (async () => {
      for (;;) await service.sql.query("INSERT INTO answered SELECT g FROM generate_series(1, 100000) g");
    })();
    await writing.catch(() => {});
    const { message } = await service.compute.exited;
    await rename(`${logs}-away`, logs);
    expect(message).toMatch(/^The disk failed while .* goes on from its last commit/);
    await expect(service.compute.write(encode("S"))).rejects.toThrow("Postgres has ended");
    const again = await fixture.start(service);
    expect(await again.sql.query("SELECT count(*) >= 1, (count(*) - 1) % 100000 FROM answered")).toEqual([["t", "0"]]);
    await again.compute.stop();
  });

  test("a volume has one Postgres at a time", async () => {
    const { fixture, service } = context;
    await expect(fixture.start(service)).rejects.toThrow();
    expect(await service.sql.query("SELECT 1")).toEqual([["1"]]);
  });

  test("with synchronous_commit off a transaction is durable soon after the client falls silent", async () => {
    const { fixture } = context;
    const service = await fixture.create(context.service.imageId);
    await service.sql.query("CREATE TABLE soon (a int)");
    await service.sql.query("SET synchronous_commit = off");
    const before = await fixture.store.find(service.volumeId);
    await service.sql.query("INSERT INTO soon VALUES (1)");
    await expect
      .poll(async () => (await fixture.store.find(service.volumeId))?.head.commit)
      .toBeGreaterThan(before?.head.commit ?? 0);
    await service.compute.kill();
    const again = await fixture.start(service);
    expect(await again.sql.query("SELECT a FROM soon")).toEqual([["1"]]);
    await again.compute.stop();
  });

  test("with synchronous_commit off a transaction is durable before the next statement runs, however long that one takes", async () => {
    const { fixture } = context;
    const service = await fixture.create(context.service.imageId);
    await service.sql.query("CREATE TABLE before_long (a int)");
    await service.sql.query("SET synchronous_commit = off");
    const before = await fixture.store.find(service.volumeId);
    await service.sql.query("INSERT INTO before_long VALUES (1)");
    const long = service.sql.query("DO $$ BEGIN LOOP END LOOP; END $$").catch(() => {});
    await expect
      .poll(async () => (await fixture.store.find(service.volumeId))?.head.commit)
      .toBeGreaterThan(before?.head.commit ?? 0);
    await service.compute.kill();
    await long;
    const again = await fixture.start(service);
    expect(await again.sql.query("SELECT a FROM before_long")).toEqual([["1"]]);
    await again.compute.stop();
  });

  test("a stop makes durable what synchronous_commit=off has only promised", async () => {
    const { fixture } = context;
    const service = await fixture.create(context.service.imageId);
    await service.sql.query("CREATE TABLE promised (a int)");
    await service.sql.query("SET synchronous_commit = off");
    await service.sql.query("INSERT INTO promised VALUES (1)");
    await service.compute.stop();
    const again = await fixture.start(service);
    expect(await again.sql.query("SELECT a FROM promised")).toEqual([["1"]]);
    await again.compute.stop();
  });

  test("a turn that only reads commits nothing", async () => {
    const { fixture, service } = context;
    await service.compute.flush();
    const before = (await fixture.store.find(service.volumeId))?.head.commit;
    await service.sql.query("SELECT count(*) FROM pg_class");
    expect((await fixture.store.find(service.volumeId))?.head.commit).toBe(before);
  });

  test("has the memory settings of its size, which RESET comes back to, and another size's when it is started with that", async () => {
    const { fixture } = context;
    const small = await fixture.create(context.service.imageId);
    await small.compute.stop();
    for (const size of [OFFERED_SIZES[0], OFFERED_SIZES[3]] as const) {
      const { sql, compute } = await fixture.start(small, size);
      await sql.query("SET work_mem = '1MB'");
      await sql.query("RESET work_mem");
      const settings =
        "SELECT name, setting FROM pg_settings WHERE name IN ('work_mem', 'maintenance_work_mem') ORDER BY 1";
      expect(await sql.query(settings)).toEqual([
        ["maintenance_work_mem", String(size?.maintenanceWorkMemKb)],
        ["work_mem", String(size?.workMemKb)],
      ]);
      await compute.stop();
    }
  });

  test("spills of a sort stay out of the volume", async () => {
    const { fixture, service } = context;
    await service.compute.flush();
    const before = (await fixture.store.find(service.volumeId))?.head.commit;
    await service.sql.query("SET work_mem = '64kB'");
    const sorted = "SELECT count(*) FROM (SELECT g FROM generate_series(1, 200000) g ORDER BY md5(g::text)) s";
    expect(await service.sql.query(sorted)).toEqual([["200000"]]);
    await service.sql.query("RESET work_mem");
    expect((await fixture.store.find(service.volumeId))?.head.commit).toBe(before);
    expect(await readdir(join(fixture.dir, "scratch", service.serviceId))).toEqual([]);
  });
}

function forkTests(context: SuiteContext): void {
  test("a fork has the source's rows, and neither sees what the other writes later", async () => {
    const { fixture, service } = context;
    await service.sql.query("CREATE TABLE shared AS SELECT g AS a FROM generate_series(1, 100) g");
    const fork = await fixture.fork(service);
    await service.sql.query("INSERT INTO shared VALUES (101)");
    await fork.sql.query("DELETE FROM shared WHERE a <= 50");
    expect(await fork.sql.query("SELECT count(*) FROM shared")).toEqual([["50"]]);
    expect(await service.sql.query("SELECT count(*) FROM shared")).toEqual([["101"]]);
    await fork.compute.stop();
  });

  test("all extensions of the image can be created, and survive a fork and a restart", async () => {
    const { fixture } = context;
    const { imageId } = context.service;
    const service = await fixture.create(imageId);
    const names = [...getImage(imageId).extensions];
    for (const name of names) await service.sql.query(`CREATE EXTENSION IF NOT EXISTS "${name}" CASCADE`);
    const fork = await fixture.fork(service);
    await fork.compute.kill();
    const again = await fixture.start(fork);
    const rows = await again.sql.query("SELECT extname FROM pg_extension");
    expect(rows.map(([name]) => name).sort()).toEqual(names.sort());
    expect(
      await again.sql.query("SELECT similarity('offshoot', 'offshore') > 0.3, count(*) > 0 FROM pg_stat_statements"),
    ).toEqual([["t", "t"]]);
    await Promise.all([service.compute.stop(), again.compute.stop()]);
  });
}

function copyTests(context: SuiteContext): void {
  test("COPY streams both ways, and a client that does not read holds Postgres up", async () => {
    const { service } = context;
    const rows = 200_000;
    await service.sql.query("CREATE TABLE copied (a int, b text)");
    await service.sql.send(encode("Q", text("COPY copied FROM STDIN")));
    await service.sql.until("G");
    const line = (i: number) => `${i}\t${"x".repeat(80)}\n`;
    for (let i = 0; i < rows; i += 1000)
      await service.sql.send(encode("d", Buffer.from(Array.from({ length: 1000 }, (_, k) => line(i + k)).join(""))));
    expect(await service.sql.exchange(encode("c"))).toMatchObject({ tags: [`COPY ${rows}`], status: "I" });
    expect(await service.sql.query("SELECT count(*), max(a) FROM copied")).toEqual([[String(rows), String(rows - 1)]]);
    expect(await countOutput(context, rows)).toBe(rows);
  });
}

/** Reads COPY TO STDOUT with a receiver that never takes two chunks at once; counts the rows. */
async function countOutput({ fixture, service }: SuiteContext, rows: number): Promise<number> {
  const reader = await fixture.fork(service);
  let lines = 0;
  let taking = 0;
  const done = new Promise<void>((resolve) => {
    reader.compute.onOutput(async (bytes) => {
      expect(++taking).toBe(1);
      expect(bytes.length).toBeLessThanOrEqual(256 * KIB);
      await new Promise(setImmediate);
      taking--;
      for (const byte of bytes) if (byte === 0x0a) lines++;
      if (lines >= rows) resolve();
    });
  });
  await reader.compute.write(encode("Q", text("COPY (SELECT b FROM copied) TO STDOUT")));
  await done;
  await reader.compute.kill();
  return lines;
}

function cancelTests(context: SuiteContext): void {
  test("a cancel ends an endless loop, and the next query is not hit by it", async () => {
    const { sql, compute } = context.service;
    await sql.query("SELECT 1");
    const running = sql.run("DO $$ BEGIN RAISE NOTICE 'looping'; LOOP PERFORM 1; END LOOP; END $$");
    await sql.until("N");
    compute.cancel();
    expect(await running).toMatchObject({ error: { code: "57014" }, status: "I" });
    compute.cancel();
    expect(await sql.query("SELECT count(*) FROM generate_series(1, 100000)")).toEqual([["100000"]]);
  });

  test("a cancel ends a sleep at once", async () => {
    const { sql, compute } = context.service;
    const sleeping = sql.run("DO $$ BEGIN RAISE NOTICE 'asleep'; PERFORM pg_sleep(3600); END $$");
    await sql.until("N");
    // Nothing tells from outside that it sleeps by now, and a cancel that comes before needs nobody to wake it.
    await systemClock.sleep(100);
    const cancelledAt = performance.now();
    compute.cancel();
    expect(await sleeping).toMatchObject({ error: { code: "57014" }, status: "I" });
    expect(performance.now() - cancelledAt).toBeLessThan(500);
  });

  test("a sleep is as long as it should be, and the clock goes on meanwhile", async () => {
    const { sql } = context.service;
    const slept = "SELECT pg_sleep(0.2), clock_timestamp() - statement_timestamp() BETWEEN '0.2 s' AND '2 s'";
    const startedAt = performance.now();
    expect(await sql.query(slept)).toEqual([["", "t"]]);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(200);
  });

  test("a sleep leaves the processor to others", async () => {
    const { sql } = context.service;
    const busyMs = async () => {
      const before = process.cpuUsage();
      await sql.query("SELECT pg_sleep(0.3)");
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    };
    // More than once, because the process may be loading the next warm worker.
    await expect.poll(busyMs, { timeout: 20_000 }).toBeLessThan(150);
  });

  test("a recursion without end is an error of the query or an end without a commit, never damage", async () => {
    const { fixture } = context;
    const service = await fixture.create(context.service.imageId);
    await service.sql.query("CREATE TABLE sound AS SELECT 1 AS a");
    await service.sql.query(
      "CREATE FUNCTION deeper(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN deeper(n + 1) + 1; END $$",
    );
    const outcome = await service.sql.run("SELECT deeper(0)").catch((error: Error) => error);
    if (outcome instanceof Error) await service.compute.exited;
    else {
      expect(outcome.error?.code).toBe("54001");
      await service.compute.stop();
    }
    const again = await fixture.start(service);
    expect(await again.sql.query("SELECT a FROM sound")).toEqual([["1"]]);
    expect(await again.sql.query("SELECT count(*) > 0 FROM pg_proc WHERE proname = 'deeper'")).toEqual([["t"]]);
    await again.compute.stop();
  });

  test("plpgsql 300 deep runs", async () => {
    const { sql } = context.service;
    await sql.query(
      "CREATE FUNCTION down(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN CASE WHEN n = 0 THEN 0 ELSE 1 + down(n - 1) END; END $$",
    );
    expect(await sql.query("SELECT down(300)")).toEqual([["300"]]);
  });
}

function sandboxTests(context: SuiteContext): void {
  test.each([
    ["a program of the host", "COPY (SELECT 1) TO PROGRAM 'touch /tmp/offshoot-escaped'"],
    ["a program's output", "CREATE TEMP TABLE o (t text); COPY o FROM PROGRAM 'id'"],
    ["a file of the host", "SELECT pg_read_file('/etc/passwd')"],
    ["a library of the host", "LOAD '/lib/x86_64-linux-gnu/libc.so.6'"],
    ["the environment of the host", "SELECT pg_read_file('/proc/self/environ')"],
    ["a file outside the volume", "COPY (SELECT 1) TO '/tmp/offshoot-escaped'"],
    ["much memory in files", "COPY (SELECT repeat('x', 1000000) FROM generate_series(1, 100)) TO '/dev/shm/full'"],
    ["what PGlite keeps for its own client", "COPY (SELECT 1) TO '/dev/blob'"],
    ["a server", "CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port=5432 dbname=x' PUBLICATION p"],
    ["a file of the image", "COPY (SELECT 1) TO '/pglite/share/postgresql/extension/pg_trgm.control'"],
    ["a restart as a restore", "COPY (SELECT 1) TO '/pglite/data/recovery.signal'"],
  ])("SQL does not reach %s", async (_what, statement) => {
    const { sql } = context.service;
    const { prefix, dataDir } = getImage(context.service.imageId);
    const result = await sql.run(
      statement.replace("/pglite/data", dataDir).replace("/pglite/share", `${prefix}/share`),
    );
    expect(result.error?.code).toMatch(/^(08006|38000|42501|53100|58P01|58000|XX000)$/);
    expect(await sql.query("SELECT 1")).toEqual([["1"]]);
  });

  test("code that a client brings along is not loaded", async () => {
    const { sql, imageId } = context.service;
    const { dataDir } = getImage(imageId);
    // The smallest WebAssembly module with the section that makes it a library.
    const library = "0061736d01000000000f0864796c696e6b2e30010400000000";
    const [[oid]] = (await sql.query(`SELECT lo_from_bytea(0, '\\x${library}')`)) as [[string]];
    await sql.query(`SELECT lo_export(${oid}, '${dataDir}/evil.so')`);
    expect((await sql.run(`LOAD '${dataDir}/evil.so'`)).error?.message).toMatch(/no part of this service's image/);
  });
}

function choreTests(context: SuiteContext): void {
  test("a checkpoint is done when asked for, and leaves nothing to replay", async () => {
    const { sql, compute } = context.service;
    await sql.query("CREATE TABLE logged AS SELECT g AS a, repeat('x', 100) AS b FROM generate_series(1, 5000) g");
    expect(compute.pendingWalBytes()).toBeGreaterThan(64 * KIB);
    expect(await compute.checkpoint()).toBe(true);
    expect(compute.pendingWalBytes()).toBe(0);
    expect(await sql.query("SELECT count(*) FROM pg_prepared_statements")).toEqual([["0"]]);
  });

  test("a checkpoint waits for the client's transaction to end", async () => {
    const { sql, compute } = context.service;
    await sql.query("CREATE TABLE waiting (a int)");
    await sql.query("BEGIN");
    await sql.query("INSERT INTO waiting VALUES (1)");
    const order: string[] = [];
    const checkpoint = compute.checkpoint().then(() => order.push("checkpoint"));
    await sql.query("SELECT 1");
    order.push("client");
    await sql.query("COMMIT");
    await checkpoint;
    expect(order).toEqual(["client", "checkpoint"]);
  });

  test("a client's unnamed statement survives the host's own", async () => {
    const { sql, compute } = context.service;
    const parse = Buffer.concat([encode("P", text(""), text("SELECT 42"), Buffer.alloc(2)), encode("S")]);
    await sql.exchange(parse);
    await compute.checkpoint();
    await compute.flush();
    const bind = [
      encode("B", text(""), text(""), Buffer.alloc(6)),
      encode("E", text(""), Buffer.alloc(4)),
      encode("S"),
    ];
    expect((await sql.exchange(Buffer.concat(bind))).rows).toEqual([["42"]]);
  });

  test("a start after much work replays a bounded log", async () => {
    const { sql, compute } = context.service;
    await sql.query("CREATE TABLE much (a int, b text)");
    for (let i = 0; i < 12; i++)
      await sql.query("INSERT INTO much SELECT g, repeat('x', 100) FROM generate_series(1, 10000) g");
    await compute.flush();
    expect(compute.pendingWalBytes()).toBeLessThan(12 * MIB);
  });
}
