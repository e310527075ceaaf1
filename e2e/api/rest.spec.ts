import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type APIResponse, expect, test } from "@playwright/test";
import pg from "pg";
import type { ServiceDto } from "@/lib/schemas/service";
import { newName } from "../names";
import { BASE, basic, headers, openProject, type Placed, type Project, queryAt, toConfig } from "../rest-client";

const key = process.env.OFFSHOOT_E2E_API_KEY ?? "";

let project: Project;
let services: string;
let source: Placed;

test.beforeAll(async () => {
  project = await openProject();
  services = project.services;
  source = await project.place(services, { name: newName("rest") });
  await project.untilReady(source);
  await queryAt(source, "CREATE TABLE kept AS SELECT generate_series(1, 100) AS n");
});

test.afterAll(() => project.close());

test("healthz says, without a key, that web and engine answer", async ({ request }) => {
  const answer = await request.get("/healthz");
  expect(answer.status()).toBe(200);
  expect(await answer.json()).toMatchObject({ status: "ok", engine: "ok" });
});

test("readyz says, without a key, that the control database and the engine are ready", async ({ request }) => {
  const answer = await request.get("/readyz");
  expect(answer.status()).toBe(200);
  expect(await answer.json()).toMatchObject({ status: "ready", control_database: "ok", engine: "ready" });
});

test("auth/info names the key and its project", async ({ request }) => {
  const answer = await request.get(`${BASE}/auth/info`, { headers });
  expect(answer.status()).toBe(200);
  expect(await answer.json()).toMatchObject({
    type: "apiKey",
    api_key: { public_key: key.split(":")[0], project: { id: expect.stringMatching(/^[a-z0-9]{10}$/) } },
  });
});

test("a service created with an address and a password at once is one that a client can trust when READY", async () => {
  const ca = readFileSync(join(process.env.OFFSHOOT_E2E_DATA_DIR ?? "", "tls", "ca.crt"), "utf8");
  const client = new pg.Client({ ...toConfig(source), ssl: { ca } });
  await client.connect();
  expect((await client.query("SELECT sum(n)::int AS sum FROM kept")).rows).toEqual([{ sum: 5050 }]);
  await client.end();
});

test("a fork has the rows of its source, an end, and a life of its own: deleted, restored, purged", async ({
  request,
}) => {
  const fork = await project.place(`${services}/${source.service_id}/forkService`, {
    fork_strategy: "NOW",
    ttl: "2h",
  });
  expect(fork).toMatchObject({
    name: `${source.name}-fork`,
    status: expect.stringMatching(/^(QUEUED|CONFIGURING)$/),
    forked_from: { project_id: project.id, service_id: source.service_id, is_standby: false },
    metadata: { environment: "DEV" },
    ttl: "2h",
  });
  expect(Date.parse(fork.expires_at ?? "") - Date.parse(fork.created)).toBe(2 * 3_600_000);
  const ready = await project.untilReady(fork);
  expect(ready.receipt).toMatchObject({ fork_strategy: "NOW", commit: expect.any(Number) });
  expect(ready).not.toHaveProperty("initial_password");
  expect(await queryAt(fork, "DELETE FROM kept WHERE n > 10 RETURNING n")).toHaveLength(90);
  expect(await queryAt(source, "SELECT count(*)::int AS count FROM kept")).toEqual([{ count: 100 }]);

  const path = `${services}/${fork.service_id}`;
  const bin = async (): Promise<ServiceDto[]> =>
    (await request.get(`${BASE}/projects/${project.id}/bin`, { headers })).json();
  const isInBin = async () => (await bin()).some(({ service_id }) => service_id === fork.service_id);

  await project.remove(path);
  expect(await bin()).toContainEqual(expect.objectContaining({ service_id: fork.service_id, status: "DELETED" }));
  await expect(queryAt(fork, "SELECT 1")).rejects.toThrow();

  expect((await request.post(`${path}/restore`, { headers, data: {} })).status()).toBe(202);
  await project.untilReady(fork);
  expect(await queryAt(fork, "SELECT count(*)::int AS count FROM kept")).toEqual([{ count: 10 }]);

  await expectError(request.post(`${path}/purge`, { headers, data: {} }), 409, "CONFLICT");
  await project.remove(path);
  expect((await request.post(`${path}/purge`, { headers, data: {} })).status()).toBe(202);
  await expect.poll(isInBin, { timeout: 60_000 }).toBe(false);
  await expectError(request.post(`${path}/restore`, { headers, data: {} }), 410, "GONE");
});

test("the same Idempotency-Key makes one fork", async ({ request }) => {
  const ask = () =>
    request.post(`${services}/${source.service_id}/forkService`, {
      headers: { ...headers, "idempotency-key": `e2e-${source.service_id}` },
      data: { fork_strategy: "NOW", ttl: "1h" },
    });
  const answers = await Promise.all([ask(), ask()]);
  const [first, second] = await Promise.all(answers.map(async (answer) => (await answer.json()) as Placed));
  expect(answers.map((answer) => answer.status())).toEqual([202, 202]);
  expect(second?.service_id).toBe(first?.service_id);
  expect(second?.initial_password).toBe(first?.initial_password);
  await project.untilReady(first as Placed);
});

test("a key that is missing, wrong or of another kind is 401 on every route", async ({ request }) => {
  const [publicKey] = key.split(":");
  for (const authorization of [undefined, basic(`${publicKey}:${"x".repeat(32)}`), basic("nobody:x"), "Bearer abc"])
    for (const path of [`${BASE}/auth/info`, services, `${services}/${source.service_id}`])
      await expectError(request.get(path, { headers: authorization ? { authorization } : {} }), 401, "UNAUTHENTICATED");
});

test("bad input is refused with its exact code, and makes nothing", async ({ request }) => {
  const list = async () => ((await (await request.get(services, { headers })).json()) as ServiceDto[]).length;
  const before = await list();
  const fork = (data: object, id = source.service_id) =>
    request.post(`${services}/${id}/forkService`, { headers, data: { fork_strategy: "NOW", ...data } });
  const create = (data: object) => request.post(services, { headers, data });

  await expectError(fork({ ttl: "1h" }, "zzzzzzzzzz"), 404, "NOT_FOUND");
  await expectError(fork({ ttl: "1h" }, "not-an-id"), 404, "NOT_FOUND");
  await expectError(fork({ ttl: "0s" }), 422, "TTL_TOO_SHORT");
  await expectError(fork({ expires_at: "2001-01-01T00:00:00Z" }), 422, "TTL_TOO_SHORT");
  await expectError(fork({ ttl: "365d" }), 422, "TTL_TOO_LONG");
  await expectError(fork({ ttl: "soon" }), 400, "INVALID_REQUEST");
  await expectError(fork({ ttl: "1h", name: source.name }), 409, "NAME_TAKEN");
  await expectError(fork({ ttl: "1h", colour: "red" }), 400, "UNKNOWN_FIELD");
  const before2026 = { fork_strategy: "PITR", target_time: "2025-12-31T00:00:00Z" };
  await expectError(fork(before2026), 422, "TARGET_OUTSIDE_WAL_WINDOW");
  await expectError(fork({ fork_strategy: "PITR" }), 400, "INVALID_REQUEST");
  await expectError(create({ name: source.name }), 409, "NAME_TAKEN");
  await expectError(create({ name: "x", cpus: 4 }), 400, "UNKNOWN_FIELD");
  await expectError(create({}), 400, "INVALID_REQUEST");
  await expectError(create({ name: "x", addons: ["ai"] }), 422, "NOT_OFFERED");
  await expectError(create({ name: "x", cpu_millis: "32000", memory_gbs: "128" }), 422, "SIZE_NOT_OFFERED");
  await expectError(create({ name: "x".repeat(70_000) }), 413, "PAYLOAD_TOO_LARGE");
  await expectError(request.put(services, { headers, data: {} }), 405, "METHOD_NOT_ALLOWED");
  await expectError(request.get(`${BASE}/nothing`, { headers }), 404, "NOT_FOUND");
  await expectError(request.get(`${BASE}/projects/zzzzzzzzzz/services`, { headers }), 404, "NOT_FOUND");
  expect(await list()).toBe(before);
});

test("a service that was deleted cannot be forked", async ({ request }) => {
  const gone = await project.place(services, { name: newName("gone") });
  await project.untilReady(gone);
  const path = `${services}/${gone.service_id}`;
  expect((await request.delete(path, { headers })).status()).toBe(202);
  const answer = await request.post(`${path}/forkService`, { headers, data: { fork_strategy: "NOW", ttl: "1h" } });
  // Busy while it is being deleted, unknown once it is.
  expect([409, 404]).toContain(answer.status());
  expect((await answer.json()).code).toMatch(/^(SOURCE_BUSY|NOT_FOUND)$/);
});

async function expectError(asked: Promise<APIResponse>, status: number, code: string): Promise<void> {
  const answer = await asked;
  const body = await answer.json();
  expect([answer.status(), body.code], JSON.stringify(body)).toEqual([status, code]);
  expect(body).toMatchObject({ message: expect.stringMatching(/\w/), request_id: expect.stringMatching(/^req_/) });
}
