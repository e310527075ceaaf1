import { expect, test } from "vitest";
import { computeSuite } from "./compute.suite";

computeSuite("timescaledb-2.23-pg17", (context) => {
  test("a hypertable takes rows, is read by bucket, and its continuous aggregate is kept by a policy", async () => {
    const { sql } = context.service;
    await sql.query("CREATE TABLE readings (at timestamptz NOT NULL, device int, value float8)");
    await sql.query("SELECT create_hypertable('readings', 'at', chunk_time_interval => interval '1 day')");
    await sql.query(
      "INSERT INTO readings SELECT '2026-01-01'::timestamptz + g * interval '10 min', g % 5, g FROM generate_series(0, 1439) g",
    );
    expect(await sql.query("SELECT count(*) FROM show_chunks('readings')")).toEqual([["10"]]);
    const byDay = "SELECT count(*) FROM (SELECT time_bucket('1 day', at), avg(value) FROM readings GROUP BY 1) b";
    expect(await sql.query(byDay)).toEqual([["10"]]);
    await sql.query(
      "CREATE MATERIALIZED VIEW daily WITH (timescaledb.continuous) AS SELECT time_bucket('1 day', at) AS day, sum(value) AS total FROM readings GROUP BY 1 WITH NO DATA",
    );
    const [[job]] = (await sql.query(
      "SELECT add_continuous_aggregate_policy('daily', start_offset => NULL, end_offset => interval '1 hour', schedule_interval => interval '1 hour')",
    )) as [[string]];
    await sql.query(`CALL run_job(${job})`);
    expect(await sql.query("SELECT count(*) > 0, sum(total) FROM daily")).toEqual([["t", "1036080"]]);
    await sql.query("CALL refresh_continuous_aggregate('daily', NULL, NULL)");
    expect(await sql.query("SELECT count(*) FROM daily")).toEqual([["10"]]);
  });

  test("compressed chunks are there after a fork and a crash", async () => {
    const { fixture, service } = context;
    const { sql } = service;
    await sql.query("CREATE TABLE metrics (at timestamptz NOT NULL, device int, value float8)");
    await sql.query("SELECT create_hypertable('metrics', 'at', chunk_time_interval => interval '1 day')");
    await sql.query(
      "INSERT INTO metrics SELECT '2026-01-01'::timestamptz + g * interval '1 min', g % 5, g FROM generate_series(0, 4319) g",
    );
    await sql.query("ALTER TABLE metrics SET (timescaledb.compress, timescaledb.compress_segmentby = 'device')");
    expect(await sql.query("SELECT count(compress_chunk(c)) FROM show_chunks('metrics') c")).toEqual([["3"]]);
    const fork = await fixture.fork(service);
    await fork.sql.query("INSERT INTO metrics VALUES ('2026-01-02', 9, 9)");
    await fork.compute.kill();
    const again = await fixture.start(fork);
    expect(await again.sql.query("SELECT count(*), sum(value) FROM metrics")).toEqual([["4321", "9329049"]]);
    await again.sql.query("SELECT decompress_chunk(c, true) FROM show_chunks('metrics') c");
    expect(await again.sql.query("SELECT count(*) FROM metrics")).toEqual([["4321"]]);
    await again.compute.stop();
  });

  test("a plan reads a table by sequential scan, as the settings of the build would not", async () => {
    const { sql } = context.service;
    await sql.query("CREATE TABLE scanned AS SELECT 1 AS a");
    expect(await sql.query("EXPLAIN (COSTS OFF) SELECT * FROM scanned")).toEqual([["Seq Scan on scanned"]]);
  });
});
