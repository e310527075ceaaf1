import pg from "pg";
import { systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import { seededRandom } from "@/lib/std/random";
import { type BenchStack, openBenchStack, PASSWORD, type Target } from "../bench-stack";
import { runClient } from "../client-program";
import type { Report } from "../figure";

const ROUNDS = 20;
const TICKS = 400;
const REST_MS = 1_500;
const GROUND = "volume";

/** From a moment that somebody asks for to the first row of a fork of it: the engine's part of point-in-time recovery. */
export async function pitr(imageId: string, report: Report): Promise<void> {
  const stack = await openBenchStack();
  try {
    const source = await stack.start(GROUND, imageId);
    const { from, to } = await writeTicks(source);
    const random = seededRandom(1);
    const rounds: Steps[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      // The next warm worker has loaded by then, as between two clicks.
      await systemClock.sleep(REST_MS);
      rounds.push(await forkAt(stack, { source, imageId, micros: from + random.int(to - from) }));
    }
    for (const step of Object.keys(rounds[0] as Steps) as (keyof Steps)[])
      report(
        `history/pitr/${imageId}/${step}`,
        "ms",
        rounds.map((steps) => steps[step]),
      );
  } finally {
    await stack.close();
  }
}

interface Steps {
  readonly resolve: number;
  readonly fork: number;
  readonly start: number;
  readonly row: number;
  readonly total: number;
}

/** A table with a row a transaction, so that each moment has another newest row; a table of some size beside it. */
async function writeTicks(source: Target): Promise<{ from: number; to: number }> {
  const file =
    "CREATE TABLE kept AS SELECT generate_series(1, 100000) AS n; CREATE TABLE ticks (n int, at timestamptz)";
  await runClient(source, "psql", ["--quiet", "--command", file]);
  const client = await connect(source);
  const from = systemClock.nowMicros();
  for (let tick = 1; tick <= TICKS; tick++) await client.query(`INSERT INTO ticks VALUES (${tick}, clock_timestamp())`);
  const to = systemClock.nowMicros();
  await client.end();
  return { from, to };
}

async function forkAt(
  { store, startOn }: BenchStack,
  { source, imageId, micros }: { source: Target; imageId: string; micros: number },
): Promise<Steps> {
  const id = newId();
  const asked = performance.now();
  const { commit } = await store.resolve(source.volumeId, { micros });
  const resolved = performance.now();
  await store.fork(source.volumeId, id, { commit });
  const forked = performance.now();
  const target = await startOn(id, GROUND, imageId);
  const started = performance.now();
  const client = await connect(target);
  const { rows } = await client.query("SELECT count(*)::int AS ticks, max(at) AS newest FROM ticks");
  const read = performance.now();
  if (rows[0].newest && rows[0].newest.getTime() * 1000 > micros) throw new Error("a row is from after the moment");
  await client.end();
  await target.compute.stop();
  await store.delete(id);
  return {
    ...{ resolve: resolved - asked, fork: forked - resolved, start: started - forked },
    ...{ row: read - started, total: read - asked },
  };
}

async function connect({ port }: Target): Promise<pg.Client> {
  const client = new pg.Client({
    ...{ host: "127.0.0.1", port, user: "tsdbadmin", database: "tsdb", password: PASSWORD },
    ssl: { rejectUnauthorized: false },
  });
  await client.connect();
  return client;
}
