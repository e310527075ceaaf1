import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ensureBootstrapApiKey } from "@/lib/auth";
import type { ServiceState } from "@/lib/services/service-state";
import { HTTP_STATUS } from "@/lib/std/app-error";
import { ID_PATTERN } from "@/lib/std/ids";
import { API_KEY, type Call, callRoute } from "@/lib/testing/call-route";
import { startControlDatabase } from "@/lib/testing/control-database";
import { makeActor } from "@/lib/testing/services-context";
import {
  authInfoRoute,
  binRoute,
  forkServiceRoute,
  healthRoute,
  operationRoute,
  operationsRoute,
  projectsRoute,
  purgeRoute,
  type Route,
  readyRoute,
  replicaSetsRoute,
  restoreRoute,
  serviceRoute,
  servicesRoute,
  unknownRoute,
  updatePasswordRoute,
} from ".";

const control = startControlDatabase();
const dataDir = mkdtempSync(join(tmpdir(), "offshoot-api-"));
let projectId: string;

const call = (route: Route, method: keyof Route, options: Call = {}) =>
  callRoute(route, method, { ...options, params: { project_id: projectId, ...options.params } });

const setState = (serviceId: string, status: ServiceState) =>
  control().db.service.update({ where: { id: serviceId }, data: { status } });

async function aReadyService(name = "prod") {
  const { json } = await call(servicesRoute, "POST", { body: { name } });
  await setState(json.service_id, "READY");
  return json as { service_id: string; name: string; initial_password: string };
}

beforeAll(async () => {
  process.env.OFFSHOOT_DATA_DIR = dataDir;
  await ensureBootstrapApiKey(control().db, API_KEY);
  projectId = (await control().db.project.findFirstOrThrow()).id;
});
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
beforeEach(async () => {
  await control().db.$executeRaw`TRUNCATE services, operations, operation_steps, idempotency_keys CASCADE`;
});

describe("who asks", () => {
  test.each([
    ["no key", { key: null }],
    ["an unknown key", { key: "AKIA_other:correct-horse-battery" }],
    ["a wrong secret", { key: "AKIA_owner:wrong-horse-battery-staple" }],
    ["a bearer token", { key: null, headers: { authorization: "Bearer abc" } }],
  ])("with %s is told to send one, and nothing else", async (_name, options) => {
    const answer = await call(servicesRoute, "GET", options);
    expect(answer.status).toBe(401);
    expect(answer.json.code).toBe("UNAUTHENTICATED");
    expect(answer.headers.get("www-authenticate")).toContain("Basic");
  });

  test("is named by /auth/info, with the project that all paths begin with", async () => {
    const { status, json } = await call(authInfoRoute, "GET");
    expect(status).toBe(200);
    expect(json).toMatchObject({
      type: "apiKey",
      api_key: { public_key: "AKIA_owner", name: "bootstrap", project: { id: projectId }, issuing_user: {} },
    });
    expect(json.api_key.project.id).toMatch(ID_PATTERN);
    expect(Object.keys(json.api_key.issuing_user).sort()).toEqual(["email", "id", "name"]);
    expect(JSON.stringify(json)).not.toContain("horse");
  });

  test("sees its own project only", async () => {
    const other = await makeActor(control().db);
    expect((await call(projectsRoute, "GET")).json).toEqual([{ id: projectId, name: expect.any(String) }]);
    const answer = await call(servicesRoute, "GET", { params: { project_id: other.projectId } });
    expect([answer.status, answer.json.code]).toEqual([404, "NOT_FOUND"]);
  });
});

describe("services", () => {
  test("are created with 202, endpoint and password, and then listed and got without it", async () => {
    const created = await call(servicesRoute, "POST", {
      body: { name: "prod", addons: ["time-series"], cpu_millis: "1000", memory_gbs: "4", region_code: "us-east-1" },
    });
    expect(created.status).toBe(202);
    expect(created.json).toMatchObject({
      name: "prod",
      status: "QUEUED",
      service_type: "TIMESCALEDB",
      resources: [{ spec: { cpu_millis: 1000, memory_gbs: 4 } }],
      endpoint: { host: "127.0.0.1", port: 20000 },
      initial_password: expect.stringMatching(/^\w{24}$/),
    });
    const id = created.json.service_id;
    const got = await call(serviceRoute, "GET", { params: { service_id: id } });
    expect([got.status, got.json.service_id]).toEqual([200, id]);
    const listed = await call(servicesRoute, "GET");
    expect(listed.json.map((one: { service_id: string }) => one.service_id)).toEqual([id]);
    for (const { text } of [got, listed]) expect(text).not.toContain(created.json.initial_password);
  });

  test("are deleted with an empty 202, are then only in the bin, and come back or go for good", async () => {
    const { service_id } = await aReadyService();
    const params = { service_id };
    const deleted = await call(serviceRoute, "DELETE", { params });
    expect([deleted.status, deleted.text]).toEqual([202, ""]);
    await setState(service_id, "DELETED");
    expect((await call(serviceRoute, "GET", { params })).status).toBe(404);
    expect((await call(binRoute, "GET")).json).toMatchObject([{ service_id, status: "DELETED" }]);
    const restored = await call(restoreRoute, "POST", { params });
    expect([restored.status, restored.json.status]).toEqual([202, "QUEUED"]);
    await call(serviceRoute, "DELETE", { params });
    const purged = await call(purgeRoute, "POST", { params, body: {} });
    expect([purged.status, purged.json.service_id]).toEqual([202, service_id]);
    expect((await call(restoreRoute, "POST", { params })).status).toBe(410);
  });

  test("are forked with 202, an end and a password", async () => {
    const source = await aReadyService();
    const answer = await call(forkServiceRoute, "POST", {
      params: { service_id: source.service_id },
      body: { fork_strategy: "NOW", ttl: "4h", name: "incident" },
    });
    expect(answer.status).toBe(202);
    expect(answer.json).toMatchObject({
      name: "incident",
      ttl: "4h",
      forked_from: { project_id: projectId, service_id: source.service_id, is_standby: false },
    });
    expect(answer.json.initial_password).toBeTruthy();
    expect(Date.parse(answer.json.expires_at) - Date.parse(answer.json.created)).toBe(4 * 3_600_000);
  });

  test("asked for twice with one Idempotency-Key are one, with one password", async () => {
    const ask = () =>
      call(servicesRoute, "POST", { body: { name: "prod" }, headers: { "Idempotency-Key": "build-1" } });
    const [first, second] = [await ask(), await ask()];
    expect(second.status).toBe(202);
    expect(second.json.service_id).toBe(first.json.service_id);
    expect(second.json.initial_password).toBe(first.json.initial_password);
  });

  test("take a new password with 204 and no body", async () => {
    const { service_id } = await aReadyService();
    const before = await control().db.service.findUniqueOrThrow({ where: { id: service_id } });
    const answer = await call(updatePasswordRoute, "POST", {
      params: { service_id },
      body: { password: "hunter2hunter2" },
    });
    expect([answer.status, answer.text]).toEqual([204, ""]);
    const after = await control().db.service.findUniqueOrThrow({ where: { id: service_id } });
    expect(after.scramVerifier).not.toBe(before.scramVerifier);
    expect(after.sealedPassword).toBeNull();
  });

  test("have no replica sets, and an unknown one has not even none", async () => {
    const { service_id } = await aReadyService();
    expect((await call(replicaSetsRoute, "GET", { params: { service_id } })).json).toEqual([]);
    expect((await call(replicaSetsRoute, "GET", { params: { service_id: "aaaaaaaaaa" } })).status).toBe(404);
  });

  test("show the operations behind them", async () => {
    const { service_id } = await aReadyService();
    const listed = await call(operationsRoute, "GET", { query: `?service_id=${service_id}` });
    expect(listed.json).toMatchObject([{ service_id, kind: "create", state: "QUEUED", service_name: "prod" }]);
    const got = await call(operationRoute, "GET", { params: { operation_id: listed.json[0].operation_id } });
    expect(got.json.steps.map((step: { title: string }) => step.title)).toEqual([
      "Prepare the image",
      "Clone the image (copy-on-write)",
      "Start Postgres",
      "Health check through the endpoint",
    ]);
  });
});

describe("a bad request", () => {
  const create = (options: Call) => call(servicesRoute, "POST", options);

  test.each([
    ["no name", { body: {} }, [400, "INVALID_REQUEST", "name is missing."]],
    ["an empty name", { body: { name: " " } }, [400, "INVALID_REQUEST", "name: Give the service a name."]],
    [
      "a name with a line break",
      { body: { name: "a\nb" } },
      [400, "INVALID_REQUEST", "name: A name has no control characters."],
    ],
    [
      "an unknown field",
      { body: { name: "x", cpus: 4 } },
      [400, "UNKNOWN_FIELD", "There is no field cpus here. Check how it is spelled."],
    ],
    ["no JSON", { text: "{name:" }, [400, "INVALID_REQUEST", "The body is not JSON."]],
    ["a list", { body: [] }, [400, "INVALID_REQUEST", undefined]],
    [
      "another content type",
      { text: "{}", headers: { "content-type": "text/plain" } },
      [400, "INVALID_REQUEST", "The body must be JSON, sent with Content-Type: application/json."],
    ],
    [
      "a size that is not offered",
      { body: { name: "x", cpu_millis: 4000, memory_gbs: 16 } },
      [422, "SIZE_NOT_OFFERED", undefined],
    ],
    ["the add-on ai", { body: { name: "x", addons: ["ai"] } }, [422, "NOT_OFFERED", undefined]],
    [
      "another region",
      { body: { name: "x", region_code: "moon" } },
      [422, "NOT_OFFERED", "The only region here is us-east-1."],
    ],
    ["a bad key", { body: { name: "x" }, headers: { "idempotency-key": "a b" } }, [400, "INVALID_REQUEST", undefined]],
  ] as const)("with %s is refused, says why, and makes nothing", async (_name, options, [status, code, message]) => {
    const { json, ...answer } = await create(options);
    expect([answer.status, json.code]).toEqual([status, code]);
    if (message !== undefined) expect(json.message).toBe(message);
    expect(await control().db.service.count()).toBe(0);
  });

  test.each([
    ["a strategy that is missing", {}, [400, "INVALID_REQUEST"]],
    [
      "a moment in a fork of now",
      { fork_strategy: "NOW", target_time: "2026-11-23T10:00:00Z" },
      [400, "INVALID_REQUEST"],
    ],
    ["a moment that is missing", { fork_strategy: "PITR" }, [400, "INVALID_REQUEST"]],
    ["a moment, while the engine is silent", { fork_strategy: "PITR", commit: 1 }, [503, "CONTROL_PLANE"]],
    ["a commit that is none", { fork_strategy: "PITR", commit: 0 }, [400, "INVALID_REQUEST"]],
    ["a TTL of zero", { fork_strategy: "NOW", ttl: "0s" }, [422, "TTL_TOO_SHORT"]],
    ["a TTL of a year", { fork_strategy: "NOW", ttl: "365d" }, [422, "TTL_TOO_LONG"]],
    ["two ends", { fork_strategy: "NOW", ttl: "1h", expires_at: "2030-01-01T00:00:00Z" }, [400, "INVALID_REQUEST"]],
  ])("for a fork with %s is refused", async (_name, body, [status, code]) => {
    const { service_id } = await aReadyService();
    const answer = await call(forkServiceRoute, "POST", { params: { service_id }, body });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect(await control().db.service.count()).toBe(1);
  });

  test("larger than 64 KiB is refused, whether it says its length or not", async () => {
    const text = JSON.stringify({ name: "x".repeat(70_000) });
    expect((await create({ text })).status).toBe(413);
    expect((await create({ text, headers: { "content-length": "10" } })).status).toBe(413);
  });

  test("for a fork of a service that is being deleted says so", async () => {
    const { service_id } = await aReadyService();
    await call(serviceRoute, "DELETE", { params: { service_id } });
    const answer = await call(forkServiceRoute, "POST", { params: { service_id }, body: { fork_strategy: "NOW" } });
    expect([answer.status, answer.json.code]).toEqual([409, "SOURCE_BUSY"]);
    expect(answer.json.message).toMatch(/^prod is being deleted/);
  });

  test("for a taken name carries the suggestion and the field", async () => {
    await aReadyService();
    const { status, json } = await create({ body: { name: "prod" } });
    expect(status).toBe(409);
    expect(json).toMatchObject({
      code: "NAME_TAKEN",
      details: { suggestion: "prod-2", field: "name" },
      fix: [{ label: "Use prod-2", set: { name: "prod-2" } }],
    });
  });

  test.each([["aaaaaaaaaa"], ["nope"], ["'; DROP TABLE services; --"], ["\u0000"]])(
    "for the unknown service %j is a 404 in JSON",
    async (service_id) => {
      for (const [route, method] of [
        [serviceRoute, "GET"],
        [serviceRoute, "DELETE"],
        [forkServiceRoute, "POST"],
        [restoreRoute, "POST"],
        [purgeRoute, "POST"],
      ] as const) {
        const body = route === forkServiceRoute ? { fork_strategy: "NOW" } : undefined;
        const answer = await call(route, method, { params: { service_id }, body });
        expect([answer.status, answer.json.code]).toEqual([404, "NOT_FOUND"]);
      }
    },
  );
});

describe("every answer", () => {
  test("says the server's time and its own id", async () => {
    const { service_id } = await aReadyService();
    for (const answer of [
      await call(serviceRoute, "GET", { params: { service_id } }),
      await call(servicesRoute, "GET"),
      await call(servicesRoute, "GET", { key: null }),
      await call(serviceRoute, "DELETE", { params: { service_id } }),
    ]) {
      expect(answer.headers.get("x-request-id")).toMatch(/^req_[a-z0-9]{10}$/);
      expect(Math.abs(Date.parse(answer.headers.get("server-time") ?? "") - Date.now())).toBeLessThan(5_000);
      if (answer.json && !Array.isArray(answer.json))
        expect(answer.json.server_time).toBe(answer.headers.get("server-time"));
      if (answer.json?.code) expect(answer.json.request_id).toBe(answer.headers.get("x-request-id"));
      expect(answer.headers.get("cache-control")).toBe("no-store");
    }
  });

  test("to a method that the address does not take is 405, and names those it takes", async () => {
    const answer = await call(servicesRoute, "PATCH");
    expect([answer.status, answer.json.code, answer.json.details.allowed]).toEqual([
      405,
      "METHOD_NOT_ALLOWED",
      ["GET", "POST"],
    ]);
  });

  test("to an unknown address is 404 in JSON", async () => {
    const answer = await call(unknownRoute, "GET", { key: null });
    expect([answer.status, answer.json.code]).toEqual([404, "NOT_FOUND"]);
    expect(answer.headers.get("content-type")).toContain("json");
  });
});

test("/healthz answers without a key, and says that the engine is silent", async () => {
  const answer = await call(healthRoute, "GET", { key: null });
  expect(answer.status).toBe(200);
  expect(answer.json).toEqual({ status: "ok", engine: "silent", server_time: expect.any(String) });
});

test("/readyz answers without a key which part is not ready, and nothing more", async () => {
  const answer = await call(readyRoute, "GET", { key: null });
  expect(answer.status).toBe(503);
  expect(answer.json).toEqual({
    status: "not ready",
    control_database: "ok",
    engine: "silent",
    server_time: expect.any(String),
  });
});

test("every code has the status that clients and their exit codes know", () => {
  expect(HTTP_STATUS).toMatchObject({ INVALID_REQUEST: 400, UNAUTHENTICATED: 401, FORBIDDEN: 403, NOT_FOUND: 404 });
});
