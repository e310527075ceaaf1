import { beforeEach, describe, expect, test } from "vitest";
import type { Actor } from "@/lib/schemas/actor";
import type { ServiceDto } from "@/lib/schemas/service";
import type { AppError } from "@/lib/std/app-error";
import { ID_PATTERN } from "@/lib/std/ids";
import { startControlDatabase } from "@/lib/testing/control-database";
import { expectRefused, operationsOf, refusal, rowOf, setState } from "@/lib/testing/request-fixture";
import { makeActor, type ProjectRules, servicesContextFor } from "@/lib/testing/services-context";
import { getService, listServices } from "./get-service";
import { requestCreate } from "./request-create";
import { requestFork } from "./request-fork";

const control = startControlDatabase();
const NOW = { fork_strategy: "NOW" } as const;
const HOUR = 3_600_000;

let context: ReturnType<typeof servicesContextFor>;
let actor: Actor;

async function project(rules: ProjectRules = {}): Promise<Actor> {
  return makeActor(control().db, rules);
}

async function aReadyService(name = "prod"): Promise<ServiceDto> {
  const service = await requestCreate(actor, { name }, { context });
  await setState(control().db, service, "READY");
  return service;
}

beforeEach(async () => {
  await control().db.$executeRaw`TRUNCATE services, operations, operation_steps, idempotency_keys CASCADE`;
  context = servicesContextFor(control().db);
  actor = await project();
});

describe("creating a service", () => {
  test("answers with endpoint and password, while row and operation are already written", async () => {
    const service = await requestCreate(actor, { name: "prod", environment_tag: "PROD" }, { context });
    expect(service).toMatchObject({
      project_id: actor.projectId,
      name: "prod",
      status: "QUEUED",
      service_type: "POSTGRES",
      region_code: "us-east-1",
      metadata: { environment: "PROD" },
      resources: [{ spec: { cpu_millis: 500, memory_gbs: 2 } }],
      endpoint: { host: "127.0.0.1", port: 20000 },
      forked_from: null,
      expires_at: null,
      password_sealed: true,
      progress: { operation: "create", step: null, error: null },
      storage: null,
    });
    expect(service.service_id).toMatch(ID_PATTERN);
    expect(service.initial_password).toMatch(/^[A-Za-z0-9]{24}$/);
    const [operation] = await operationsOf(control().db, service);
    expect(operation).toMatchObject({ kind: "create", state: "QUEUED", requestedBy: actor.name });
    expect(operation?.steps.map(({ name }) => name)).toEqual(["template", "clone", "start", "check"]);
  });

  test("keeps no password that could be read: a verifier, and a sealed value", async () => {
    const service = await requestCreate(actor, { name: "prod" }, { context });
    const row = Object.values(await rowOf(control().db, service)).join();
    expect(row).not.toContain(service.initial_password);
    expect(row).toContain("SCRAM-SHA-256$4096:");
  });

  test("never answers the password again", async () => {
    const service = await requestCreate(actor, { name: "prod" }, { context });
    expect(await getService(actor, service.service_id, { context })).not.toHaveProperty("initial_password");
    expect((await listServices(actor, { context }))[0]).not.toHaveProperty("initial_password");
  });

  test("with a sample gets the image that the sample needs, and the step that loads it", async () => {
    const service = await requestCreate(actor, { name: "prod-telemetry", sample: "prod-telemetry" }, { context });
    expect(service.service_type).toBe("TIMESCALEDB");
    expect((await operationsOf(control().db, service))[0]?.steps.map(({ name }) => name)).toContain("sample");
  });

  test("with the add-on time-series gets TimescaleDB, with ai a refusal", async () => {
    const service = await requestCreate(actor, { name: "ts", addons: ["time-series"] }, { context });
    expect(service.image.id).toBe("timescaledb-2.23-pg17");
    await expectRefused(requestCreate(actor, { name: "x", addons: ["ai"] }, { context }), "NOT_OFFERED", "addons");
  });

  test.each([
    [{ region_code: "eu-central-1" }, "NOT_OFFERED", "region_code"],
    [{ replica_count: 1 }, "NOT_OFFERED", "replica_count"],
    [{ cpu_millis: 4000, memory_gbs: 16 }, "SIZE_NOT_OFFERED", "cpu_millis"],
  ] as const)("%j is refused and nothing is written", async (body, code, field) => {
    await expectRefused(requestCreate(actor, { name: "x", ...body }, { context }), code, field);
    expect(await control().db.service.count()).toBe(0);
    expect(await control().db.operation.count()).toBe(0);
  });

  test("under a taken name is refused with one that is free", async () => {
    await requestCreate(actor, { name: "prod" }, { context });
    const error = await expectRefused(requestCreate(actor, { name: "prod" }, { context }), "NAME_TAKEN", "name");
    expect(error.details).toEqual({ suggestion: "prod-2" });
    expect(error.fix).toEqual([{ label: "Use prod-2", set: { name: "prod-2" } }]);
    expect(error.message).toBe("prod is taken by another service.");
  });

  test("under a name that another project uses is fine", async () => {
    await requestCreate(actor, { name: "prod" }, { context });
    expect((await requestCreate(await project(), { name: "prod" }, { context })).name).toBe("prod");
  });

  test("under the name of one that failed is fine: that is how a person tries again", async () => {
    const failed = await requestCreate(actor, { name: "prod" }, { context });
    await setState(control().db, failed, "FAILED");
    const again = await requestCreate(actor, { name: "prod" }, { context });
    expect(again.endpoint?.port).not.toBe(failed.endpoint?.port);
  });

  test("twice at once under one name makes one; the other is told", async () => {
    const asked = await Promise.allSettled(
      Array.from({ length: 8 }, () => requestCreate(actor, { name: "prod" }, { context })),
    );
    const refused = asked.flatMap((one) => (one.status === "rejected" ? [one.reason as AppError] : []));
    expect(refused.map(({ code }) => code)).toEqual(Array(7).fill("NAME_TAKEN"));
    expect(await control().db.service.count()).toBe(1);
  });

  test("many at once gives each a port of its own, the lowest ones", async () => {
    const names = Array.from({ length: 12 }, (_, index) => `s${index}`);
    const services = await Promise.all(names.map((name) => requestCreate(actor, { name }, { context })));
    const ports = services.map((service) => service.endpoint?.port).sort();
    expect(ports).toEqual(names.map((_, index) => 20000 + index));
  });

  test("is refused when all ports are given out, and leaves nothing behind", async () => {
    const small = { ...context, ports: { firstPort: 20000, lastPort: 20000 } };
    await requestCreate(actor, { name: "one" }, { context: small });
    const error = await expectRefused(requestCreate(actor, { name: "two" }, { context: small }), "PORTS_EXHAUSTED");
    expect(error.status).toBe(503);
    expect(await control().db.service.count()).toBe(1);
  });
});

describe("forking a service", () => {
  test("takes image, size and region of the source, a name after it, DEV, and the project's end", async () => {
    const source = await requestCreate(
      actor,
      { name: "prod", addons: ["time-series"], cpu_millis: 1000, memory_gbs: 4, environment_tag: "PROD" },
      { context },
    );
    await setState(control().db, source, "READY");
    const fork = await requestFork(actor, { sourceId: source.service_id, body: NOW }, { context });
    expect(fork).toMatchObject({
      name: "prod-fork",
      status: "QUEUED",
      service_type: "TIMESCALEDB",
      resources: [{ spec: { cpu_millis: 1000, memory_gbs: 4 } }],
      metadata: { environment: "DEV" },
      forked_from: { service_id: source.service_id, name: "prod", is_standby: false, deleted: false },
      strategy: "NOW",
      ttl: "1d",
      endpoint: { port: 20001 },
    });
    expect(fork.initial_password).not.toBe(source.initial_password);
    const row = await rowOf(control().db, fork);
    expect(row.expiresAt?.getTime()).toBe(row.createdAt.getTime() + 24 * HOUR);
    expect((await getService(actor, source.service_id, { context })).forks).toBe(1);
  });

  test("numbers the default name when it is taken", async () => {
    const source = await aReadyService();
    const names = [];
    for (let count = 0; count < 3; count++)
      names.push((await requestFork(actor, { sourceId: source.service_id, body: NOW }, { context })).name);
    expect(names).toEqual(["prod-fork", "prod-fork-2", "prod-fork-3"]);
  });

  test("under a taken name says whose it is", async () => {
    const source = await aReadyService();
    const body = { ...NOW, name: "incident-0412" };
    await requestFork(actor, { sourceId: source.service_id, body }, { context });
    const again = requestFork(actor, { sourceId: source.service_id, body }, { context });
    const error = await expectRefused(again, "NAME_TAKEN", "name");
    expect(error.message).toBe("incident-0412 is taken by a fork of prod.");
  });

  test("stores the end in the transaction that makes the fork, and refuses what the policy does not allow", async () => {
    const source = await aReadyService();
    const ask = (body: object) =>
      requestFork(actor, { sourceId: source.service_id, body: { ...NOW, ...body } }, { context });
    expect((await ask({ ttl: "4h" })).ttl).toBe("4h");
    await expectRefused(ask({ ttl: "0s" }), "TTL_TOO_SHORT", "ttl");
    await expectRefused(ask({ ttl: "365d" }), "TTL_TOO_LONG", "ttl");
    await expectRefused(ask({ expires_at: "2020-01-01T00:00:00Z" }), "TTL_TOO_SHORT", "expires_at");
    expect(await control().db.service.count({ where: { forkedFromId: source.service_id } })).toBe(1);
  });

  test("without an end, in a project that has no default, is refused", async () => {
    actor = await project({ defaultTtlSeconds: null });
    const source = await aReadyService();
    await expectRefused(
      requestFork(actor, { sourceId: source.service_id, body: NOW }, { context }),
      "TTL_REQUIRED",
      "ttl",
    );
  });

  test.each([
    ["QUEUED", "SOURCE_BUSY"],
    ["CONFIGURING", "SOURCE_BUSY"],
    ["DELETING", "SOURCE_BUSY"],
    ["FAILED", "SOURCE_BUSY"],
    ["DELETED", "NOT_FOUND"],
    ["PURGING", "NOT_FOUND"],
    ["PURGED", "NOT_FOUND"],
  ] as const)("that is %s answers %s in a sentence, and nothing is made", async (status, code) => {
    const source = await aReadyService();
    await setState(control().db, source, status);
    const asked = requestFork(actor, { sourceId: source.service_id, body: NOW }, { context });
    const error = await refusal(asked);
    expect(error.code).toBe(code);
    expect(error.message).toMatch(/^prod .+\.$/);
    expect(await control().db.service.count()).toBe(1);
  });

  test.each(["aaaaaaaaaa", "no-such-id", "", "x'; --"])("that is unknown (%j) is NOT_FOUND", async (sourceId) => {
    await expectRefused(requestFork(actor, { sourceId, body: NOW }, { context }), "NOT_FOUND");
  });

  test("a fork can be forked", async () => {
    const source = await aReadyService();
    const fork = await requestFork(actor, { sourceId: source.service_id, body: NOW }, { context });
    await setState(control().db, fork, "READY");
    const second = await requestFork(actor, { sourceId: fork.service_id, body: NOW }, { context });
    expect(second.name).toBe("prod-fork-fork");
  });
});

describe("a repeated request", () => {
  const twice = (sourceId: string, key: string) => {
    const ask = () => requestFork(actor, { sourceId, body: NOW }, { context, idempotencyKey: key });
    return Promise.all([ask(), ask()]);
  };

  test("of a double click makes one fork, and both answers hold its password", async () => {
    const source = await aReadyService();
    const [first, second] = await twice(source.service_id, "click-1");
    expect(second.service_id).toBe(first.service_id);
    expect(second.initial_password).toBe(first.initial_password);
    expect(await control().db.service.count({ where: { forkedFromId: source.service_id } })).toBe(1);
    expect(await operationsOf(control().db, first)).toHaveLength(1);
  });

  test("answers as the first one did even when its name and its source are taken and gone by then", async () => {
    const source = await aReadyService();
    const body = { ...NOW, name: "incident" };
    const ask = () => requestFork(actor, { sourceId: source.service_id, body }, { context, idempotencyKey: "build-7" });
    const first = await ask();
    await setState(control().db, source, "DELETED");
    expect((await ask()).service_id).toBe(first.service_id);
  });

  test("holds the password only while it is sealed, an hour at most", async () => {
    const source = await aReadyService();
    const [first] = await twice(source.service_id, "k");
    context.clock.advance(HOUR + 1);
    const [late] = await twice(source.service_id, "k");
    expect(late.service_id).toBe(first.service_id);
    expect(late).not.toHaveProperty("initial_password");
  });

  test("with the same key for something else is a conflict", async () => {
    await requestCreate(actor, { name: "one" }, { context, idempotencyKey: "k" });
    await expectRefused(
      requestCreate(actor, { name: "two" }, { context, idempotencyKey: "k" }),
      "IDEMPOTENCY_CONFLICT",
    );
    expect(await control().db.service.count()).toBe(1);
  });

  test("a day later is a new one", async () => {
    const first = await requestCreate(actor, { name: "one" }, { context, idempotencyKey: "k" });
    context.clock.advance(24 * HOUR);
    const second = await requestCreate(actor, { name: "two" }, { context, idempotencyKey: "k" });
    expect(second.service_id).not.toBe(first.service_id);
  });

  test("with another project's key has nothing to do with it", async () => {
    const first = await requestCreate(actor, { name: "one" }, { context, idempotencyKey: "k" });
    const other = await project();
    const second = await requestCreate(other, { name: "one" }, { context, idempotencyKey: "k" });
    expect(second.service_id).not.toBe(first.service_id);
    expect(second.project_id).toBe(other.projectId);
  });

  test("that was refused leaves the key free", async () => {
    await expectRefused(
      requestCreate(actor, { name: "x", region_code: "moon" }, { context, idempotencyKey: "k" }),
      "NOT_OFFERED",
      "region_code",
    );
    expect((await requestCreate(actor, { name: "x" }, { context, idempotencyKey: "k" })).name).toBe("x");
  });
});
