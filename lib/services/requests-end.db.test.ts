import { beforeEach, describe, expect, test } from "vitest";
import type { Actor } from "@/lib/schemas/actor";
import type { ServiceDto } from "@/lib/schemas/service";
import { startControlDatabase } from "@/lib/testing/control-database";
import { expectRefused, operationsOf, rowOf, setState } from "@/lib/testing/request-fixture";
import { makeActor, type ProjectRules, servicesContextFor } from "@/lib/testing/services-context";
import { getService, listBin, listServices } from "./get-service";
import { requestCreate } from "./request-create";
import { requestDelete } from "./request-delete";
import { requestFork } from "./request-fork";
import { requestPurge } from "./request-purge";
import { requestRestore } from "./request-restore";

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

describe("deleting a service", () => {
  test("frees its name at once and keeps it restorable for the project's grace", async () => {
    const service = await aReadyService();
    const deleted = await requestDelete(actor, service.service_id, { context });
    expect(deleted).toMatchObject({ status: "DELETING", deleted_by: actor.name, progress: { operation: "delete" } });
    const row = await rowOf(control().db, service);
    expect(row.purgeAt?.getTime()).toBe((row.deletedAt?.getTime() ?? 0) + 24 * HOUR);
    expect(row.directPort).toBe(20000);
    expect((await requestCreate(actor, { name: "prod" }, { context })).endpoint?.port).toBe(20001);
  });

  test("shows it in Recently deleted from then on, and no longer as a service once it is done", async () => {
    const service = await aReadyService();
    await requestDelete(actor, service.service_id, { context });
    expect((await listBin(actor, { context })).map(({ name }) => name)).toEqual(["prod"]);
    await setState(control().db, service, "DELETED");
    expect(await listServices(actor, { context })).toEqual([]);
    await expectRefused(getService(actor, service.service_id, { context }), "NOT_FOUND");
    expect((await getService(actor, service.service_id, { context, deletedToo: true })).status).toBe("DELETED");
    await expectRefused(requestDelete(actor, service.service_id, { context }), "NOT_FOUND");
  });

  test("twice asks once", async () => {
    const service = await aReadyService();
    await Promise.all([1, 2, 3].map(() => requestDelete(actor, service.service_id, { context })));
    expect((await operationsOf(control().db, service)).filter(({ kind }) => kind === "delete")).toHaveLength(1);
  });

  test("asks anew when the operation had given up", async () => {
    const service = await aReadyService();
    await requestDelete(actor, service.service_id, { context });
    await control().db.operation.updateMany({
      where: { serviceId: service.service_id },
      data: { state: "FAILED", finishedAt: new Date() },
    });
    await requestDelete(actor, service.service_id, { context });
    expect((await operationsOf(control().db, service)).filter(({ kind }) => kind === "delete")).toHaveLength(2);
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
    await setState(control().db, service, "FAILED");
    await requestDelete(actor, service.service_id, { context });
    expect((await rowOf(control().db, service)).status).toBe("PURGING");
    expect((await operationsOf(control().db, service)).map(({ kind }) => kind)).toEqual(["create", "purge"]);
    await expectRefused(getService(actor, service.service_id, { context }), "NOT_FOUND");
  });
});

describe("restoring a service", () => {
  async function aDeletedFork(ttl: string) {
    const source = await aReadyService();
    const fork = await requestFork(actor, { sourceId: source.service_id, body: { ...NOW, ttl } }, { context });
    await setState(control().db, fork, "READY");
    await requestDelete(actor, fork.service_id, { context });
    await setState(control().db, fork, "DELETED");
    return fork;
  }

  test("brings it back with the endpoint and password it had", async () => {
    const fork = await aDeletedFork("4h");
    const before = await rowOf(control().db, fork);
    const restored = await requestRestore(actor, { serviceId: fork.service_id }, { context });
    expect(restored).toMatchObject({
      status: "QUEUED",
      deleted_at: null,
      purge_at: null,
      endpoint: fork.endpoint,
      progress: { operation: "restore" },
    });
    const after = await rowOf(control().db, fork);
    expect([after.scramVerifier, after.volumeId]).toEqual([before.scramVerifier, before.volumeId]);
    expect(await listBin(actor, { context })).toEqual([]);
  });

  test("gives it what was left of its life, an hour at least, or what is asked for", async () => {
    const long = await aDeletedFork("4h");
    const row = await rowOf(control().db, long);
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
    expect((await rowOf(control().db, fork)).status).toBe("DELETED");
  });

  test("works while it is still being deleted: the operations wait in line", async () => {
    const service = await aReadyService();
    await requestDelete(actor, service.service_id, { context });
    const restored = await requestRestore(actor, { serviceId: service.service_id }, { context });
    expect(restored.status).toBe("QUEUED");
    expect((await operationsOf(control().db, service)).map(({ kind }) => kind)).toEqual([
      "create",
      "delete",
      "restore",
    ]);
    expect(restored.progress?.operation).toBe("restore");
  });

  test("twice asks once, and of a living one is a conflict", async () => {
    const fork = await aDeletedFork("4h");
    const ask = () => requestRestore(actor, { serviceId: fork.service_id }, { context });
    await Promise.all([ask(), ask()]);
    expect((await operationsOf(control().db, fork)).filter(({ kind }) => kind === "restore")).toHaveLength(1);
    await control().db.operation.updateMany({ where: { kind: "restore" }, data: { finishedAt: new Date() } });
    await setState(control().db, fork, "READY");
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
    await setState(control().db, fork, status);
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
    expect((await operationsOf(control().db, service)).map(({ kind }) => kind)).toEqual(["create", "delete", "purge"]);
  });

  test("twice asks once; of what was purged, it is GONE", async () => {
    const service = await aReadyService();
    await requestDelete(actor, service.service_id, { context });
    await Promise.all([1, 2].map(() => requestPurge(actor, service.service_id, { context })));
    expect((await operationsOf(control().db, service)).filter(({ kind }) => kind === "purge")).toHaveLength(1);
    await setState(control().db, service, "PURGED");
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
  const operations = await operationsOf(control().db, service);
  expect(operations.map(({ kind }) => kind)).toEqual(["create", ...Array(5).fill(["delete", "restore"]).flat()]);
  // Equal times would leave it to chance.
  expect(new Set(operations.map(({ requestedAt }) => requestedAt.getTime())).size).toBe(operations.length);
});
