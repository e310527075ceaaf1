import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ensureBootstrapApiKey } from "@/lib/auth";
import type { EngineServer } from "@/lib/engine-client";
import { systemClock } from "@/lib/std/clock";
import { formatMicros } from "@/lib/std/micros";
import { API_KEY, type Call, callRoute } from "@/lib/testing/call-route";
import { startControlDatabase } from "@/lib/testing/control-database";
import { MemoryStore } from "@/lib/testing/memory-store";
import { serveStoreEngine } from "@/lib/testing/store-engine";
import {
  damagesRoute,
  eventsRoute,
  forkServiceRoute,
  freesRoute,
  historySettingsRoute,
  holdRoute,
  holdsRoute,
  projectStorageRoute,
  type Route,
  resolveRoute,
  servicesRoute,
  snapshotRoute,
  snapshotsRoute,
  storageRoute,
  timelineRoute,
  windowRoute,
} from ".";

const control = startControlDatabase();
const dataDir = mkdtempSync(join(tmpdir(), "offshoot-api-"));
const store = new MemoryStore();
let engine: EngineServer;
let projectId: string;
let service: { service_id: string };
let volumeId: string;

const call = (route: Route, method: keyof Route, { params, ...options }: Call = {}) =>
  callRoute(route, method, { ...options, params: { project_id: projectId, ...service, ...params } });
const timeOf = async (commit: number) => formatMicros((await store.resolve(volumeId, { commit })).micros);

beforeAll(async () => {
  process.env.OFFSHOOT_DATA_DIR = dataDir;
  await ensureBootstrapApiKey(control().db, API_KEY);
  projectId = (await control().db.project.findFirstOrThrow()).id;
  engine = (await serveStoreEngine(dataDir, { store, clock: systemClock })).server;
});
afterAll(async () => {
  await engine.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** A READY service with six commits. */
beforeEach(async () => {
  await control().db.$executeRaw`TRUNCATE services, operations, operation_steps, idempotency_keys CASCADE`;
  service = { service_id: "" };
  const { json } = await call(servicesRoute, "POST", { body: { name: "prod" } });
  service = { service_id: json.service_id };
  const row = await control().db.service.update({ where: { id: json.service_id }, data: { status: "READY" } });
  volumeId = row.volumeId;
  await store.create(volumeId);
  for (let count = 0; count < 5; count++) store.write(volumeId, []);
});

describe("the history of a service", () => {
  test("is asked for by window, resolve and timeline", async () => {
    const window = await call(windowRoute, "GET");
    expect([window.status, window.json.earliest, window.json.newest_commit]).toEqual([200, await timeOf(1), 6]);
    expect(window.json.thinning).toEqual([
      { older_than_seconds: 3_600, one_per_seconds: 1 },
      { older_than_seconds: 3_600, one_per_seconds: 60 },
    ]);
    const time = await timeOf(3);
    const byTime = await call(resolveRoute, "GET", { query: `?time=${encodeURIComponent(time)}` });
    expect([byTime.status, byTime.json]).toMatchObject([200, { requested: time, commit: 3, moments_after: 3 }]);
    const byCommit = await call(resolveRoute, "GET", { query: "?commit=4" });
    expect(byCommit.json).toMatchObject({ requested: null, commit: 4, next_time: await timeOf(5) });
    const timeline = await call(timelineRoute, "GET", { query: "?buckets=3" });
    expect([timeline.status, timeline.json.buckets.length, timeline.json.events]).toEqual([200, 3, []]);
  });

  test.each([
    ["?", 400, "INVALID_REQUEST"],
    ["?time=2026-11-23T10:00:00Z&commit=4", 400, "INVALID_REQUEST"],
    ["?time=noon", 400, "INVALID_REQUEST"],
    ["?commit=x", 400, "INVALID_REQUEST"],
    ["?at=2026-11-23T10:00:00Z", 400, "UNKNOWN_FIELD"],
    ["?commit=99", 422, "TARGET_OUTSIDE_WAL_WINDOW"],
    ["?event=aaaaaaaaaa", 404, "NOT_FOUND"],
    ["?event=deploy", 400, "INVALID_REQUEST"],
  ])("resolves nothing that is not said clearly: %s", async (query, status, code) => {
    const { json, ...answer } = await call(resolveRoute, "GET", { query });
    expect([answer.status, json.code]).toEqual([status, code]);
  });

  test.each(["?buckets=0", "?buckets=1001", "?from=noon"])("is not drawn from %s", async (query) => {
    expect((await call(timelineRoute, "GET", { query })).status).toBe(400);
  });

  test("has events that a curl line sets, and a fork can start before one", async () => {
    const event = await call(eventsRoute, "POST", {
      body: { kind: "deploy", what: "web@9f31c2", time: await timeOf(4) },
    });
    expect([event.status, event.json]).toMatchObject([
      201,
      { kind: "deploy", what: "web@9f31c2", rows: null, commit: 4 },
    ]);
    const listed = await call(timelineRoute, "GET");
    expect(listed.json.events).toMatchObject([{ id: event.json.id }]);
    const body = { fork_strategy: "PITR", target_event: event.json.id };
    expect((await call(forkServiceRoute, "POST", { body })).json.receipt.commit).toBe(4);
    const made = await call(eventsRoute, "POST", { body: { kind: "ddl", what: "x" } });
    expect([made.status, made.json.code]).toEqual([400, "INVALID_REQUEST"]);
  });

  test("is not there for an unknown service", async () => {
    for (const [route, method, body] of [
      [windowRoute, "GET", undefined],
      [timelineRoute, "GET", undefined],
      [snapshotsRoute, "GET", undefined],
      [snapshotsRoute, "POST", {}],
      [holdsRoute, "POST", { commit: 1 }],
      [eventsRoute, "POST", { kind: "alert", what: "x" }],
      [storageRoute, "GET", undefined],
      [damagesRoute, "GET", undefined],
    ] as const) {
      const answer = await call(route, method, { params: { service_id: "aaaaaaaaaa" }, body });
      expect([answer.status, answer.json.code]).toEqual([404, "NOT_FOUND"]);
    }
  });
});

describe("forkService", () => {
  const fork = (body: object) => call(forkServiceRoute, "POST", { body });

  test("takes a moment, and answers 202 with its receipt", async () => {
    const target_time = await timeOf(3);
    const { status, json } = await fork({ fork_strategy: "PITR", target_time, ttl: "4h" });
    expect([status, json.strategy, json.receipt]).toEqual([
      202,
      "PITR",
      {
        exact: true,
        moments_missing: 0,
        fork_strategy: "PITR",
        requested_time: target_time,
        commit: 3,
        commit_time: target_time,
        first_left_out_time: await timeOf(4),
        snapshot_id: null,
      },
    ]);
  });

  test("outside of the window is 422 with both ends, and nothing is made", async () => {
    const { status, json } = await fork({ fork_strategy: "PITR", target_time: "2020-01-01T00:00:00Z" });
    expect([status, json.code]).toEqual([422, "TARGET_OUTSIDE_WAL_WINDOW"]);
    expect(json.details).toMatchObject({ earliest: await timeOf(1), latest: expect.stringMatching(/\.\d{6}Z$/) });
    expect(json.fix).toHaveLength(2);
    expect(await control().db.service.count()).toBe(1);
  });

  test("of the last snapshot is 422 without one", async () => {
    const { status, json } = await fork({ fork_strategy: "LAST_SNAPSHOT" });
    expect([status, json.code]).toEqual([422, "NO_SNAPSHOT"]);
    await store.takeSnapshot(volumeId, { snapshotId: "snap000001", name: "x", kind: "manual" });
    expect((await fork({ fork_strategy: "LAST_SNAPSHOT" })).json.receipt).toMatchObject({ snapshot_id: "snap000001" });
  });
});

describe("snapshots and holds", () => {
  test("a snapshot is asked for with 202, listed with 200 and deleted with 204, twice", async () => {
    const asked = await call(snapshotsRoute, "POST", { body: { name: "before" } });
    expect([asked.status, asked.json]).toMatchObject([202, { kind: "snapshot", state: "QUEUED" }]);
    const snapshotId = asked.json.operation_id;
    await store.takeSnapshot(volumeId, { snapshotId, name: "before", kind: "manual" });
    const listed = await call(snapshotsRoute, "GET");
    expect([listed.status, listed.json]).toMatchObject([
      200,
      [{ id: snapshotId, name: "before", commit: 6, forks: 0 }],
    ]);
    for (let round = 0; round < 2; round++) {
      const deleted = await call(snapshotRoute, "DELETE", { params: { snapshot_id: snapshotId } });
      expect([deleted.status, deleted.text]).toEqual([204, ""]);
    }
    expect((await call(snapshotsRoute, "GET")).json).toEqual([]);
  });

  test("a hold is taken with 201, renewed with 200 and released with 204", async () => {
    const taken = await call(holdsRoute, "POST", { body: { time: await timeOf(2), lease_seconds: 30 } });
    expect([taken.status, taken.json]).toMatchObject([201, { commit: 2, time: await timeOf(2) }]);
    const params = { hold_id: taken.json.id };
    const renewed = await call(holdRoute, "PUT", { params, body: { lease_seconds: 900 } });
    expect([renewed.status, renewed.json.until > taken.json.until]).toEqual([200, true]);
    expect((await call(holdsRoute, "GET")).json).toMatchObject([{ id: taken.json.id, until: renewed.json.until }]);
    expect((await call(holdRoute, "DELETE", { params })).status).toBe(204);
    expect((await call(holdRoute, "PUT", { params, body: {} })).status).toBe(404);
    expect((await call(holdRoute, "DELETE", { params })).status).toBe(204);
  });

  test.each([
    [{}, "INVALID_REQUEST"],
    [{ commit: 2, lease_seconds: 86_400 }, "INVALID_REQUEST"],
    [{ commit: 2, lease_seconds: 0 }, "INVALID_REQUEST"],
    [{ commit: 2, seconds: 10 }, "UNKNOWN_FIELD"],
  ])("a hold is not taken by %j", async (body, code) => {
    const { status, json } = await call(holdsRoute, "POST", { body });
    expect([status, json.code]).toEqual([400, code]);
  });
});

describe("the settings of history", () => {
  test("are read, and changed in what is named", async () => {
    const before = await call(historySettingsRoute, "GET");
    expect([before.status, before.json]).toMatchObject([
      200,
      {
        retention_seconds: 86_400,
        retention_bytes: 8 * 1024 ** 3,
        snapshot_interval_seconds: 3_600,
        snapshots_kept: 24,
      },
    ]);
    const body = { retention_seconds: 604_800, snapshot_interval_seconds: null };
    const changed = await call(historySettingsRoute, "PATCH", { body });
    expect([changed.status, changed.json]).toMatchObject([200, { ...body, snapshots_kept: 24 }]);
    expect((await call(historySettingsRoute, "GET")).json).toMatchObject(body);
    expect((await call(historySettingsRoute, "PUT", { body })).status).toBe(405);
  });

  test.each([
    [{}, "INVALID_REQUEST", "Name what is to change: retention_seconds"],
    [{ retention_seconds: 10 }, "INVALID_REQUEST", "retention_seconds: The window is from 10 minutes to 30 days long."],
    [
      { retention_seconds: null },
      "INVALID_REQUEST",
      "retention_seconds: The window is from 10 minutes to 30 days long.",
    ],
    [
      { retention_bytes: "8GiB" },
      "INVALID_REQUEST",
      "retention_bytes: The window's history may take from 64 MiB to 16 TiB.",
    ],
    [{ snapshot_interval_seconds: 0 }, "INVALID_REQUEST", "snapshot_interval_seconds: Snapshots are taken"],
    [{ snapshots_kept: 1.5 }, "INVALID_REQUEST", "snapshots_kept: From 1 to 200 snapshots are kept."],
    [{ retention: 86_400 }, "UNKNOWN_FIELD", "There is no field retention here."],
  ])("are not changed by %j", async (body, code, sentence) => {
    const { status, json } = await call(historySettingsRoute, "PATCH", { body });
    expect([status, json.code]).toEqual([400, code]);
    expect(json.message).toContain(sentence);
  });
});

describe("storage", () => {
  test("is said for a service, for the project, and for what deleting a set would return", async () => {
    const ofService = await call(storageRoute, "GET");
    expect([ofService.status, ofService.json.log.head_bytes]).toEqual([200, 6 * 8192]);
    const ofProject = await call(projectStorageRoute, "GET");
    expect([ofProject.status, ofProject.json.log.head_bytes]).toEqual([200, 6 * 8192]);
    const frees = await call(freesRoute, "POST", { body: { service_ids: [service.service_id] } });
    expect([frees.status, frees.json.frees_bytes]).toEqual([200, 6 * 8192]);
    const unknown = await call(freesRoute, "POST", { body: { service_ids: [service.service_id, "aaaaaaaaaa"] } });
    expect(unknown.status).toBe(404);
    expect((await call(freesRoute, "POST", { body: { service_ids: [] } })).status).toBe(400);
  });
});

test("damage that a scrub found is said with its file and block", async () => {
  store.damage(volumeId);
  const { status, json } = await call(damagesRoute, "GET");
  expect([status, json.count, json.damages[0].path, json.damages[0].block]).toEqual([200, 1, "/base/5/2619", 12]);
});
