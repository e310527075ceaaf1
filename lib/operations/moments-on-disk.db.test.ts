import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Actor } from "@/lib/schemas/actor";
import type { ForkServiceBody, ServiceDto } from "@/lib/schemas/service";
import {
  getProjectStorage,
  getService,
  getStorage,
  getTimeline,
  getWindow,
  listHolds,
  listSnapshots,
  requestCreate,
  requestFork,
  requestSnapshot,
  resolveMoment,
  type ServicesContext,
  takeHold,
} from "@/lib/services";
import { systemClock } from "@/lib/std/clock";
import { formatMicros } from "@/lib/std/micros";
import { startControlDatabase } from "@/lib/testing/control-database";
import { expectRefused } from "@/lib/testing/request-fixture";
import { openTestStore } from "@/lib/testing/row-store";
import { makeActor, servicesContextFor } from "@/lib/testing/services-context";
import { SimulatedEngine } from "@/lib/testing/simulated-engine";
import { serveStoreEngine } from "@/lib/testing/store-engine";

/** The whole way from a request to the bytes: the real block store, its answers over the socket, the real operations. */
const control = startControlDatabase();
const dataDir = mkdtempSync(join(tmpdir(), "offshoot-moments-"));
let shelf: Awaited<ReturnType<typeof openTestStore>>;
let served: Awaited<ReturnType<typeof serveStoreEngine>>;
let engine: SimulatedEngine;
let context: ServicesContext;
let actor: Actor;
let source: ServiceDto;
let times: string[];

beforeAll(async () => {
  shelf = await openTestStore();
  served = await serveStoreEngine(dataDir, { store: shelf.store, clock: systemClock });
  context = { ...servicesContextFor(control().db), clock: systemClock, engine: served.client };
  engine = new SimulatedEngine(control(), shelf.store, systemClock);
  actor = await makeActor(control().db);
  await engine.start();
  source = await done(requestCreate(actor, { name: "prod" }, { context }));
  times = [];
  for (let row = 0; row < 20; row++) {
    engine.plane.insert(source.service_id, `row ${row}`);
    times.push(formatMicros(systemClock.nowMicros()));
  }
});
afterAll(async () => {
  await engine.bury();
  await served.server.close();
  await shelf.remove();
  rmSync(dataDir, { recursive: true, force: true });
});

async function done<Asked>(asked: Promise<Asked>): Promise<Asked> {
  const answer = await asked;
  await engine.settled();
  return answer;
}

const fork = (body: ForkServiceBody, of = source) =>
  done(requestFork(actor, { sourceId: of.service_id, body }, { context }));
const see = ({ service_id }: ServiceDto) => getService(actor, service_id, { context });
const rowsOf = ({ service_id }: ServiceDto) => engine.plane.rows(service_id);

describe("on a store on the disk", () => {
  test("every moment can be forked, and holds what was there then", async () => {
    for (const [index, target_time] of times.entries()) {
      if (index % 5 !== 0) continue;
      const made = await fork({ fork_strategy: "PITR", target_time });
      const { status, receipt } = await see(made);
      expect([status, receipt?.exact, receipt?.requested_time]).toEqual(["READY", true, target_time]);
      expect(rowsOf(made)).toHaveLength(index + 1);
      expect(receipt?.first_left_out_time && receipt.first_left_out_time > target_time).toBe(true);
    }
  });

  test("what resolve says is what a fork gets, by time and by number", async () => {
    const time = times[7] ?? "";
    const resolved = await resolveMoment(actor, { serviceId: source.service_id, query: { time } }, { context });
    expect(resolved).toMatchObject({ requested: time, exact: true, moments_after: 12 });
    const byNumber = await fork({ fork_strategy: "PITR", commit: resolved.commit });
    expect((await see(byNumber)).receipt).toMatchObject({ commit: resolved.commit, commit_time: resolved.time });
    expect(rowsOf(byNumber)).toHaveLength(8);
  });

  test("a fork of a fork has a window of its own, and names its parent for what was before", async () => {
    const child = await fork({ fork_strategy: "PITR", target_time: times[3] ?? "" });
    engine.plane.insert(child.service_id, "own");
    const target_time = formatMicros(systemClock.nowMicros());
    engine.plane.insert(child.service_id, "too late");
    const grandchild = await fork({ fork_strategy: "PITR", target_time }, child);
    expect(rowsOf(grandchild)).toEqual(["row 0", "row 1", "row 2", "row 3", "own"]);
    const before = { fork_strategy: "PITR", target_time: times[1] ?? "" } as const;
    const error = await expectRefused(fork(before, child), "TARGET_OUTSIDE_WAL_WINDOW", "target_time");
    expect(error.details?.parent).toBe(source.service_id);
    expect((await getWindow(actor, child.service_id, { context })).retention_seconds).toBe(86_400);
  });

  test("a snapshot is taken, listed, forked, and held moments are kept", async () => {
    const { operation_id } = await done(requestSnapshot(actor, { serviceId: source.service_id }, { context }));
    expect(await listSnapshots(actor, source.service_id, { context })).toMatchObject([{ id: operation_id }]);
    const made = await fork({ fork_strategy: "LAST_SNAPSHOT" });
    expect((await see(made)).receipt?.snapshot_id).toBe(operation_id);
    expect(rowsOf(made)).toHaveLength(20);
    const body = { time: times[2] ?? "", lease_seconds: 60 };
    const { id } = await takeHold(actor, { serviceId: source.service_id, body }, { context });
    const held = await listHolds(actor, source.service_id, { context });
    expect(held.map((hold) => hold.id)).toEqual([id]);
  });

  test("the timeline counts every moment, and figures add up to the disk", async () => {
    const query = { buckets: 10 };
    const { buckets } = await getTimeline(actor, { serviceId: source.service_id, query }, { context });
    expect(buckets.reduce((sum, { commits }) => sum + commits, 0)).toBe(20);
    const storage = await getStorage(actor, source.service_id, { context });
    expect(storage.written_bytes).toBe(storage.log.head_bytes + storage.log.history_bytes);
    await control().db.$executeRaw`DELETE FROM projects WHERE id <> ${actor.projectId}`;
    const { log, system_bytes, disk_bytes } = await getProjectStorage(actor, { context });
    const ofLogs = Object.values(log).reduce((sum, bytes) => sum + bytes, 0);
    expect(system_bytes).toBeGreaterThanOrEqual(0);
    expect(ofLogs + (system_bytes ?? 0)).toBe(disk_bytes);
  });
});
