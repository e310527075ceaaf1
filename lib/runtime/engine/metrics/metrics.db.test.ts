import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDatabase } from "@/lib/db";
import { systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import { silentLog } from "@/lib/std/log";
import { startControlDatabase } from "@/lib/testing/control-database";
import { MemoryStore } from "@/lib/testing/memory-store";
import { makeActor } from "@/lib/testing/services-context";
import { EngineMetrics } from "./engine-metrics";
import { type MetricsOptions, serveMetrics } from "./serve-metrics";

const control = startControlDatabase();
const clock = { ...systemClock, nowMs: () => 1_800_000_000_000 };
const client = { role: "tsdbadmin" } as ReturnType<MetricsOptions["gateway"]["connections"]>[number];
const closers: (() => Promise<void>)[] = [];

beforeEach(() => control().db.$executeRaw`TRUNCATE services, operations, operation_steps, deliveries CASCADE`);
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function serve(over: Partial<MetricsOptions> = {}) {
  const metrics = new EngineMetrics({ db: control().db, log: silentLog });
  const served = await serveMetrics({
    at: { host: "127.0.0.1", port: 0 },
    dataDir: tmpdir(),
    metrics,
    db: control().db,
    store: new MemoryStore(clock),
    services: { list: () => ({ running: ["a", "b"], open: ["a", "b", "c"] }) },
    gateway: { connections: (id) => (id === "a" ? [client, { ...client, role: "offshoot_engine" }] : []) },
    clock,
    log: silentLog,
    ...over,
  });
  closers.push(served.close);
  const scrape = async (path = "/metrics") => {
    const answer = await fetch(`http://127.0.0.1:${served.port}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  return { metrics, scrape };
}

const readSeries = (text: string, series: string) => {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${series} `));
  return line && Number(line.slice(series.length));
};

/** A fork that took 1.5 s, with one step, in a project with a service that is READY and one that is overdue. */
async function fill() {
  const { projectId } = await makeActor(control().db);
  const { db } = control();
  const nowMs = clock.nowMs();
  const at = new Date(nowMs - 10_000);
  const place = (name: string, status: "READY" | "EXPIRED", purgeAt: Date | null) =>
    db.service.create({
      data: {
        ...{ id: newId(), volumeId: newId(), projectId, name, status, purgeAt, image: "postgres-18" },
        ...{ regionCode: "local", cpuMillis: 500, memoryGbs: 2, createdAt: at, scramVerifier: "", passwordSetAt: at },
      },
    });
  const ready = await place("ready", "READY", null);
  await place("overdue", "EXPIRED", new Date(nowMs - 7_000));
  const operation = { projectId, serviceId: ready.id, input: {}, requestedAt: at };
  const done = { finishedAt: new Date(at.getTime() + 1_500), startedAt: at };
  const fork = await db.operation.create({
    data: {
      ...{ ...operation, ...done, id: newId(), kind: "fork", state: "SUCCEEDED" },
      steps: { create: { ...done, position: 0, name: "clone", state: "SUCCEEDED" } },
    },
  });
  await db.operation.create({ data: { ...operation, id: newId(), kind: "snapshot", state: "QUEUED" } });
  const message = { projectId, channel: "webhook", target: "t", event: "e", payload: {}, createdAt: at };
  await db.delivery.create({ data: { ...message, id: newId(), nextAt: at } });
  await db.delivery.create({ data: { ...message, id: newId(), error: "Given up." } });
  return fork.id;
}

describe("the engine's metrics", () => {
  test("say what an operator asks: services, operations, queue, reaper, messages, sessions, disk, process", async () => {
    const forkId = await fill();
    const { metrics, scrape } = await serve();
    await metrics.count({ id: forkId });
    const { status, text } = await scrape();
    expect(status).toBe(200);
    expect(readSeries(text, 'offshoot_services{status="READY"}')).toBe(1);
    expect(readSeries(text, 'offshoot_operations{kind="snapshot",state="QUEUED"}')).toBe(1);
    expect(readSeries(text, "offshoot_operation_queue_age_seconds")).toBe(10);
    expect(readSeries(text, "offshoot_reaper_lag_seconds")).toBe(7);
    expect(readSeries(text, 'offshoot_deliveries{state="pending"}')).toBe(1);
    expect(readSeries(text, 'offshoot_deliveries{state="failed"}')).toBe(1);
    expect(readSeries(text, "offshoot_computes")).toBe(2);
    expect(readSeries(text, "offshoot_endpoints")).toBe(3);
    expect(readSeries(text, "offshoot_gateway_sessions")).toBe(1);
    expect(readSeries(text, 'offshoot_operations_ended_total{kind="fork",state="SUCCEEDED"}')).toBe(1);
    expect(readSeries(text, 'offshoot_fork_ready_seconds_bucket{le="1.5"}')).toBe(1);
    expect(readSeries(text, 'offshoot_fork_ready_seconds_bucket{le="1"}')).toBe(0);
    expect(readSeries(text, 'offshoot_operation_step_duration_seconds_count{kind="fork",step="clone"}')).toBe(1);
    expect(readSeries(text, 'offshoot_store_bytes{class="head"}')).toBeGreaterThanOrEqual(0);
    expect(readSeries(text, "offshoot_disk_free_bytes")).toBeGreaterThan(0);
    expect(readSeries(text, "offshoot_damaged_places")).toBe(0);
    expect(text).toContain("nodejs_eventloop_lag_p99_seconds");
  });

  test("are one family a name, as the format wants it, and name no service, project or person", async () => {
    await fill();
    const { scrape } = await serve();
    const { text } = await scrape();
    const families = text.split("\n").flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []);
    expect(new Set(families).size).toBe(families.length);
    const ours = text.split("\n").filter((line) => line.startsWith("offshoot_"));
    const labels = new Set(ours.flatMap((line) => [...line.matchAll(/[{,](\w+)="/g)].map(([, label]) => label)));
    expect([...labels].sort()).toEqual(["class", "kind", "le", "state", "status"]);
    for (const { id, name } of await control().db.service.findMany()) expect(text).not.toMatch(`${id}|${name}"`);
  });

  test("go without what does not answer, and say that the control database is down", async () => {
    const nowhere = openDatabase("postgresql://nobody@127.0.0.1:1/none");
    closers.push(() => nowhere.$disconnect());
    const { scrape } = await serve({ db: nowhere });
    const { text } = await scrape();
    expect(readSeries(text, "offshoot_control_database_up")).toBe(0);
    expect(readSeries(text, "offshoot_computes")).toBe(2);
    expect(text).not.toContain("offshoot_reaper_lag_seconds");
  });

  test("are at one address only", async () => {
    const { scrape } = await serve();
    expect((await scrape("/")).status).toBe(404);
  });

  test("a port that is taken does not keep the engine from its work", async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port));
    });
    closers.push(() => new Promise((resolve) => other.close(() => resolve())));
    await expect(serve({ at: { host: "127.0.0.1", port } })).resolves.toBeDefined();
  });
});
