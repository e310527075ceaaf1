import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { engineClient } from "@/lib/engine-client";
import type { OperationDto } from "@/lib/schemas/operation";
import type { ServiceDto } from "@/lib/schemas/service";
import { makeProductSettings, Product, type ProductSettings, queryService, removeData } from "@/lib/testing/product";
import type { Placed } from "../rest-client";

const END_MS = 60_000;

test.describe.configure({ mode: "serial", timeout: 300_000 });

let settings: ProductSettings;
let product: Product;
let project: string;
const made: Placed[] = [];
let logsOfImage: number;

test.beforeAll(async () => {
  settings = await makeProductSettings();
  product = await Product.start(settings);
  project = (await product.services()).replace(/\/services$/, "");
  const undisturbed = await place(`${project}/services`, { name: "undisturbed", addons: ["time-series"] });
  await product.untilReady(undisturbed.service_id);
  logsOfImage = countLogs() - made.length;
});
test.afterAll(async () => {
  await Product.stopAll();
  removeData(settings);
});

// Four kills in all: after a fifth one in a row a supervisor gives up. What each step does again is tested, step by step, in
// lib/operations; here it is the whole product that comes back.
test("a creation goes on after the engine is killed in the middle of it, and is whole", async () => {
  for (const step of ["clone", "sample"])
    await placeAndKill(
      `${project}/services`,
      {
        name: `created-${step}`,
        addons: ["time-series"],
        sample: "prod-telemetry",
      },
      step,
    );
});

test("a fork goes on after the engine is killed in the middle of it, and has its source's rows", async () => {
  const source = made.at(-1) as Placed;
  for (const step of ["clone", "check"])
    await placeAndKill(
      `${project}/services/${source.service_id}/forkService`,
      {
        name: `forked-${step}`,
        fork_strategy: "NOW",
        ttl: "1h",
      },
      step,
    );
});

test("nothing but what was asked for is left, neither a row nor a volume", async () => {
  const listed = await product.api<ServiceDto[]>(`${project}/services`);
  expect(listed.map(({ name, status }) => `${name} ${status}`).sort()).toEqual(
    made.map(({ name }) => `${name} READY`).sort(),
  );
  // A log each, and those of the image that all of them began as.
  expect(countLogs()).toBe(made.length + logsOfImage);
  for (const { service_id } of listed) await purge(`${project}/services/${service_id}`);
  await expect.poll(countLogs, { timeout: END_MS }).toBe(logsOfImage);
  expect(await product.api<ServiceDto[]>(`${project}/bin`)).toEqual([]);
});

const countLogs = (): number => readdirSync(join(settings.dataDir, "blocks", "logs")).length;

async function place(path: string, body: object): Promise<Placed> {
  const placed = await product.api<Placed>(path, body);
  made.push(placed);
  return placed;
}

/** Asks, kills the engine once the step has begun, and resolves when the service answers with all its rows. */
async function placeAndKill(path: string, body: object, step: string): Promise<void> {
  const placed = await place(path, body);
  await expect.poll(() => hasBegun(placed, step), { timeout: END_MS, intervals: [20] }).toBe(true);
  await killEngine();
  const ready = await product.untilReady(placed.service_id);
  const [row] = await queryService(ready, placed.initial_password, "SELECT count(*)::int AS count FROM flights");
  expect(row, `killed at ${step}`).toEqual({ count: 20_000 });
}

/** Resolves when another engine serves all that was READY. */
async function killEngine(): Promise<void> {
  const { health } = engineClient(settings.dataDir);
  const { pid } = await health();
  process.kill(pid, "SIGKILL");
  const isBack = async () => {
    const found = await health().catch(() => undefined);
    return found !== undefined && found.pid !== pid && found.state === "ready";
  };
  await expect.poll(isBack, { timeout: END_MS }).toBe(true);
}

async function hasBegun({ service_id }: ServiceDto, step: string): Promise<boolean> {
  const [operation] = await product.api<OperationDto[]>(`${project}/operations?service_id=${service_id}`);
  return operation?.steps.some(({ name, state }) => name === step && state !== "PENDING") ?? false;
}

async function purge(path: string): Promise<void> {
  const authorization = `Basic ${Buffer.from(settings.apiKey).toString("base64")}`;
  const url = `${product.url}/public/api/v1${path}`;
  expect((await fetch(url, { method: "DELETE", headers: { authorization } })).status).toBe(202);
  const get = async () => (await fetch(url, { headers: { authorization } })).status;
  await expect.poll(get, { timeout: END_MS }).toBe(404);
  await product.api(`${path}/purge`, {});
}
