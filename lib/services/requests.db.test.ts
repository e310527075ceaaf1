import { beforeEach, describe, expect, test } from "vitest";
import type { Actor } from "@/lib/schemas/actor";
import type { ServiceDto } from "@/lib/schemas/service";
import { AppError, type ErrorCode } from "@/lib/std/app-error";
import { ID_PATTERN } from "@/lib/std/ids";
import { startControlDatabase } from "@/lib/testing/control-database";
import { makeActor, type ProjectRules, servicesContextFor } from "@/lib/testing/services-context";
import { getService, listBin, listServices } from "./get-service";
import { requestCreate } from "./request-create";
import { requestDelete } from "./request-delete";
import { requestFork } from "./request-fork";
import { requestPurge } from "./request-purge";
import { requestRestore } from "./request-restore";
import type { ServiceState } from "./service-state";

const control = startControlDatabase();
const NOW = { fork_strategy: "NOW" } as const;
const HOUR = 3_600_000;

let context: ReturnType<typeof servicesContextFor>;
let actor: Actor;

async function project(rules: ProjectRules = {}): Promise<Actor> {
  return makeActor(control().db, rules);
}

/** As if its operation had brought it there. */
async function setState(service: ServiceDto, status: ServiceState): Promise<void> {
  await control().db.service.update({ where: { id: service.service_id }, data: { status } });
}

async function aReadyService(name = "prod"): Promise<ServiceDto> {
  const service = await requestCreate(actor, { name }, { context });
  await setState(service, "READY");
  return service;
}

async function refusal(asked: Promise<unknown>): Promise<AppError> {
  try {
    await asked;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("this was accepted");
}

const expectRefused = async (asked: Promise<unknown>, code: ErrorCode, field?: string) => {
  const error = await refusal(asked);
  expect([error.code, error.field]).toEqual([code, field]);
  return error;
};

const operationsOf = (service: ServiceDto) =>
  control().db.operation.findMany({
    where: { serviceId: service.service_id },
    orderBy: { requestedAt: "asc" },
    include: { steps: { orderBy: { position: "asc" } } },
  });

const rowOf = (service: ServiceDto) => control().db.service.findUniqueOrThrow({ where: { id: service.service_id } });

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
    const [operation] = await operationsOf(service);
    expect(operation).toMatchObject({ kind: "create", state: "QUEUED", requestedBy: actor.name });
    expect(operation?.steps.map(({ name }) => name)).toEqual(["template", "clone", "start", "check"]);
  });

  test("keeps no password that could be read: a verifier, and a sealed value", async () => {
    const service = await requestCreate(actor, { name: "prod" }, { context });
    const row = JSON.stringify(await rowOf(service));
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
    expect((await operationsOf(service))[0]?.steps.map(({ name }) => name)).toContain("sample");
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
    await setState(failed, "FAILED");
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
    await setState(source, "READY");
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
    const row = await rowOf(fork);
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
    ["LAST_SNAPSHOT", "Forks of the last snapshot are not available yet. Fork the service as it is now."],
    ["PITR", "Forks of a moment in the past are not available yet. Fork the service as it is now."],
  ] as const)("by %s says that it is not there yet", async (fork_strategy, message) => {
    const source = await aReadyService();
    const asked = requestFork(actor, { sourceId: source.service_id, body: { fork_strategy } }, { context });
    const error = await expectRefused(asked, "NOT_OFFERED", "fork_strategy");
    expect(error.message).toBe(message);
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
    await setState(source, status);
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
    await setState(fork, "READY");
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
    expect(await operationsOf(first)).toHaveLength(1);
  });

  test("answers as the first one did even when its name and its source are taken and gone by then", async () => {
    const source = await aReadyService();
    const body = { ...NOW, name: "incident" };
    const ask = () => requestFork(actor, { sourceId: source.service_id, body }, { context, idempotencyKey: "build-7" });
    const first = await ask();
    await setState(source, "DELETED");
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

describe("deleting a service", () => {
  test("frees its name at once and keeps it restorable for the project's grace", async () => {
    const service = await aReadyService();
    const deleted = await requestDelete(actor, service.service_id, { context });
    expect(deleted).toMatchObject({ status: "DELETING", deleted_by: actor.name, progress: { operation: "delete" } });
    const row = await rowOf(service);
    expect(row.purgeAt?.getTime()).toBe((row.deletedAt?.getTime() ?? 0) + 24 * HOUR);
    expect(row.directPort).toBe(20000);
    expect((await requestCreate(actor, { name: "prod" }, { context })).endpoint?.port).toBe(20001);
  });

  test("shows it in Recently deleted from then on, and no longer as a service once it is done", async () => {
    const service = await aReadyService();
    await requestDelete(actor, service.service_id, { context });
    expect((await listBin(actor, { context })).map(({ name }) => name)).toEqual(["prod"]);
    await setState(service, "DELETED");
    expect(await listServices(actor, { context })).toEqual([]);
    await expectRefused(getService(actor, service.service_id, { context }), "NOT_FOUND");
    expect((await getService(actor, service.service_id, { context, deletedToo: true })).status).toBe("DELETED");
    await expectRefused(requestDelete(actor, service.service_id, { context }), "NOT_FOUND");
  });

  test("twice asks once", async () => {
    const service = await aReadyService();
    await Promise.all([1, 2, 3].map(() => requestDelete(actor, service.service_id, { context })));
    expect((await operationsOf(service)).filter(({ kind }) => kind === "delete")).toHaveLength(1);
  });

  test("asks anew when the operation had given up", async () => {
    const service = await aReadyService();
    await requestDelete(actor, service.service_id, { context });
    await control().db.operation.updateMany({
      where: { serviceId: service.service_id },
      data: { state: "FAILED", finishedAt: new Date() },
    });
    await requestDelete(actor, service.service_id, { context });
    expect((await operationsOf(service)).filter(({ kind }) => kind === "delete")).toHaveLength(2);
  });

  test("leaves its forks alone, which still say where they come from", async () => {
    const source = await aReadyService();
    const fork = await requestFork(actor, { sourceId: source.service_id, body: NOW }, { context });
    await requestDelete(actor, source.service_id, { context });
    const after = await getService(actor, fork.service_id, { context });
    expect(after.status).toBe("QUEUED");
    expect(after.forked_from).toMatchObject({ name: "prod", deleted: true });
  });

  test("of one that failed purges it: there is nothing to keep", async () => {
    const service = await requestCreate(actor, { name: "prod" }, { context });
    await setState(service, "FAILED");
    await requestDelete(actor, service.service_id, { context });
    expect((await rowOf(service)).status).toBe("PURGING");
    expect((await operationsOf(service)).map(({ kind }) => kind)).toEqual(["create", "purge"]);
    await expectRefused(getService(actor, service.service_id, { context }), "NOT_FOUND");
  });
});

describe("restoring a service", () => {
  async function aDeletedFork(ttl: string) {
    const source = await aReadyService();
    const fork = await requestFork(actor, { sourceId: source.service_id, body: { ...NOW, ttl } }, { context });
    await setState(fork, "READY");
    await requestDelete(actor, fork.service_id, { context });
    await setState(fork, "DELETED");
    return fork;
  }

  test("brings it back with the endpoint and password it had", async () => {
    const fork = await aDeletedFork("4h");
    const before = await rowOf(fork);
    const restored = await requestRestore(actor, { serviceId: fork.service_id }, { context });
    expect(restored).toMatchObject({
      status: "QUEUED",
      deleted_at: null,
      purge_at: null,
      endpoint: fork.endpoint,
      progress: { operation: "restore" },
    });
    const after = await rowOf(fork);
    expect([after.scramVerifier, after.volumeId]).toEqual([before.scramVerifier, before.volumeId]);
    expect(await listBin(actor, { context })).toEqual([]);
  });

  test("gives it what was left of its life, an hour at least, or what is asked for", async () => {
    const long = await aDeletedFork("4h");
    const row = await rowOf(long);
    const leftMs = (row.expiresAt?.getTime() ?? 0) - (row.deletedAt?.getTime() ?? 0);
    context.clock.advance(10 * HOUR);
    const restored = await requestRestore(actor, { serviceId: long.service_id }, { context });
    const now = context.clock.nowMs();
    expect(Math.abs(Date.parse(restored.expires_at ?? "") - (now + leftMs))).toBeLessThan(5_000);

    await requestDelete(actor, long.service_id, { context });
    const asked = await requestRestore(actor, { serviceId: long.service_id, body: { ttl: "10m" } }, { context });
    expect(asked.ttl).toBe("10m");
    await requestDelete(actor, long.service_id, { context });
    const least = await requestRestore(actor, { serviceId: long.service_id }, { context });
    expect(least.ttl).toBe("1h");
  });

  test("refuses a life that the policy does not allow, and leaves it where it is", async () => {
    const fork = await aDeletedFork("4h");
    const ask = (ttl: string) => requestRestore(actor, { serviceId: fork.service_id, body: { ttl } }, { context });
    await expectRefused(ask("365d"), "TTL_TOO_LONG", "ttl");
    expect((await rowOf(fork)).status).toBe("DELETED");
  });

  test("works while it is still being deleted: the operations wait in line", async () => {
    const service = await aReadyService();
    await requestDelete(actor, service.service_id, { context });
    const restored = await requestRestore(actor, { serviceId: service.service_id }, { context });
    expect(restored.status).toBe("QUEUED");
    expect((await operationsOf(service)).map(({ kind }) => kind)).toEqual(["create", "delete", "restore"]);
    expect(restored.progress?.operation).toBe("restore");
  });

  test("twice asks once, and of a living one is a conflict", async () => {
    const fork = await aDeletedFork("4h");
    const ask = () => requestRestore(actor, { serviceId: fork.service_id }, { context });
    await Promise.all([ask(), ask()]);
    expect((await operationsOf(fork)).filter(({ kind }) => kind === "restore")).toHaveLength(1);
    await control().db.operation.updateMany({ where: { kind: "restore" }, data: { finishedAt: new Date() } });
    await setState(fork, "READY");
    await expectRefused(ask(), "CONFLICT");
  });

  test("is refused when its name was given away, and works under another", async () => {
    const fork = await aDeletedFork("4h");
    const source = (await listServices(actor, { context }))[0] as ServiceDto;
    await requestFork(actor, { sourceId: source.service_id, body: { ...NOW, name: fork.name } }, { context });
    const refused = requestRestore(actor, { serviceId: fork.service_id }, { context });
    const error = await expectRefused(refused, "NAME_TAKEN", "name");
    const name = error.fix[0]?.set?.name;
    const restored = await requestRestore(actor, { serviceId: fork.service_id, body: { name } }, { context });
    expect(restored.name).toBe("prod-fork-2");
  });

  test.each(["PURGING", "PURGED"] as const)("that is %s is GONE", async (status) => {
    const fork = await aDeletedFork("4h");
    await setState(fork, status);
    await expectRefused(requestRestore(actor, { serviceId: fork.service_id }, { context }), "GONE");
  });

  test("takes no ttl for a service that has no end", async () => {
    const service = await aReadyService();
    await requestDelete(actor, service.service_id, { context });
    const asked = requestRestore(actor, { serviceId: service.service_id, body: { ttl: "4h" } }, { context });
    await expectRefused(asked, "INVALID_REQUEST", "ttl");
  });
});

describe("purging a service", () => {
  test("is for deleted ones, also while they are being deleted, and final", async () => {
    const service = await aReadyService();
    await expectRefused(requestPurge(actor, service.service_id, { context }), "CONFLICT");
    await requestDelete(actor, service.service_id, { context });
    const purged = await requestPurge(actor, service.service_id, { context });
    expect(purged).toMatchObject({ status: "DELETED", progress: { operation: "purge" } });
    await expectRefused(requestRestore(actor, { serviceId: service.service_id }, { context }), "GONE");
    expect((await operationsOf(service)).map(({ kind }) => kind)).toEqual(["create", "delete", "purge"]);
  });

  test("twice asks once; of what was purged, it is GONE", async () => {
    const service = await aReadyService();
    await requestDelete(actor, service.service_id, { context });
    await Promise.all([1, 2].map(() => requestPurge(actor, service.service_id, { context })));
    expect((await operationsOf(service)).filter(({ kind }) => kind === "purge")).toHaveLength(1);
    await setState(service, "PURGED");
    await expectRefused(requestPurge(actor, service.service_id, { context }), "GONE");
  });
});

test("operations keep the order in which they were asked for, also on a clock that stands still or was set back", async () => {
  const service = await aReadyService();
  const setBack = { ...context, clock: { ...context.clock, nowMs: () => 1_000_000_000_000 } };
  for (let round = 0; round < 5; round++) {
    await requestDelete(actor, service.service_id, { context: setBack });
    await requestRestore(actor, { serviceId: service.service_id }, { context: setBack });
  }
  const operations = await operationsOf(service);
  expect(operations.map(({ kind }) => kind)).toEqual(["create", ...Array(5).fill(["delete", "restore"]).flat()]);
  // Equal times would leave it to chance.
  expect(new Set(operations.map(({ requestedAt }) => requestedAt.getTime())).size).toBe(operations.length);
});
