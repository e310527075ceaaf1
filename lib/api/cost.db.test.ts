import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ensureBootstrapApiKey } from "@/lib/auth";
import type { EngineServer } from "@/lib/engine-client";
import { closeUsage } from "@/lib/metering";
import { systemClock } from "@/lib/std/clock";
import { API_KEY, type Call, callRoute } from "@/lib/testing/call-route";
import { startControlDatabase } from "@/lib/testing/control-database";
import { MemoryStore } from "@/lib/testing/memory-store";
import { serveStoreEngine } from "@/lib/testing/store-engine";
import {
  budgetsRoute,
  estimateRoute,
  pricesRoute,
  projectCostRoute,
  type Route,
  serviceCostRoute,
  servicesRoute,
} from ".";

const control = startControlDatabase();
const dataDir = mkdtempSync(join(tmpdir(), "offshoot-api-cost-"));
const HOUR_MS = 3_600_000;
const PRICES = {
  currency: "EUR",
  vcpu_hour_micro_cents: 4_000_000,
  gib_hour_micro_cents: 1_000_000,
  storage_gib_month_micro_cents: 73_000_000,
  pinned_billed: false,
};
let engine: EngineServer;
let projectId: string;
let serviceId: string;

const call = (route: Route, method: keyof Route, { params, ...options }: Call = {}) =>
  callRoute(route, method, { ...options, params: { project_id: projectId, service_id: serviceId, ...params } });
const hour = (ms: number) => new Date(Math.floor(ms / HOUR_MS) * HOUR_MS).toISOString();

beforeAll(async () => {
  process.env.OFFSHOOT_DATA_DIR = dataDir;
  await ensureBootstrapApiKey(control().db, API_KEY);
  projectId = (await control().db.project.findFirstOrThrow()).id;
  const store = new MemoryStore();
  engine = (await serveStoreEngine(dataDir, { store, clock: systemClock })).server;
  serviceId = "";
  const { json } = await call(servicesRoute, "POST", { body: { name: "prod" } });
  serviceId = json.service_id;
  const row = await control().db.service.update({ where: { id: serviceId }, data: { status: "READY" } });
  await store.create(row.volumeId);
  const nowMs = systemClock.nowMs();
  const used = { projectId, serviceId, size: { cpuMillis: 500, memoryGbs: 2 }, isRunning: true };
  await control().db.$transaction((tx) =>
    closeUsage(tx, [
      { ...used, atMs: nowMs - 2 * HOUR_MS },
      { ...used, atMs: nowMs },
    ]),
  );
});
afterAll(async () => {
  await engine.close();
  rmSync(dataDir, { recursive: true, force: true });
});

describe("what things cost", () => {
  test("is asked for by service and by project, in a span", async () => {
    const put = await call(pricesRoute, "PUT", { body: PRICES });
    expect([put.status, put.json.books.at(-1)]).toMatchObject([200, PRICES]);
    const nowMs = systemClock.nowMs();
    const query = `?from=${hour(nowMs - 3 * HOUR_MS)}&to=${hour(nowMs + HOUR_MS)}`;
    const [one, all] = [await call(serviceCostRoute, "GET", { query }), await call(projectCostRoute, "GET", { query })];
    expect([one.status, all.status]).toEqual([200, 200]);
    expect(one.json).toMatchObject({ currency: "EUR", accrued_micro_cents: 8_000_000, engine: "ok" });
    expect(all.json).toMatchObject({ accrued_micro_cents: 8_000_000, services: [{ service_id: serviceId }] });
    const wrong = await call(projectCostRoute, "GET", { query: "?from=yesterday" });
    expect([wrong.status, wrong.json.details.field]).toEqual([400, "from"]);
  });

  test("is estimated before a fork is made", async () => {
    const { status, json } = await call(estimateRoute, "POST", {
      body: { ttl: "10h", cpu_millis: "1000", memory_gbs: "4" },
    });
    expect([status, json.per_hour_micro_cents, json.to_end_micro_cents.low]).toEqual([200, 8_000_000, 80_000_000]);
  });

  test("is planned by a budget", async () => {
    expect((await call(budgetsRoute, "GET")).json.monthly_micro_cents).toBeNull();
    const put = await call(budgetsRoute, "PUT", { body: { monthly_micro_cents: 100_000_000_000 } });
    expect([put.status, put.json]).toMatchObject([200, { alert_percents: [50, 80, 100], alerted_percent: null }]);
    const wrong = await call(budgetsRoute, "PUT", { body: { monthly_micro_cents: 1.5 } });
    expect([wrong.status, wrong.json.message]).toEqual([
      400,
      "monthly_micro_cents: A budget is a whole number of micro-cents above 0.",
    ]);
  });

  test("of a price that nobody could mean is refused by its field", async () => {
    const { status, json } = await call(pricesRoute, "PUT", { body: { ...PRICES, vcpu_hour_micro_cents: -1 } });
    expect([status, json.details.field]).toEqual([400, "vcpu_hour_micro_cents"]);
  });
});
