import { beforeEach, describe, expect, test } from "vitest";
import type { Actor } from "@/lib/schemas/actor";
import type { ServiceDto } from "@/lib/schemas/service";
import { startControlDatabase } from "@/lib/testing/control-database";
import { makeActor, servicesContextFor } from "@/lib/testing/services-context";
import { postponePurge } from "./engine-side";
import { getService } from "./get-service";
import { findNextDue, reapDue } from "./reap";
import { requestCreate } from "./request-create";
import { requestDelete } from "./request-delete";
import { requestFork } from "./request-fork";
import { requestRestore } from "./request-restore";
import type { ServiceState } from "./service-state";

const control = startControlDatabase();
const HOUR = 3_600_000;
let context: ReturnType<typeof servicesContextFor>;
let actor: Actor;

beforeEach(async () => {
  await control().db.$executeRaw`TRUNCATE services, operations, operation_steps, idempotency_keys CASCADE`;
  context = servicesContextFor(control().db);
  actor = await makeActor(control().db);
});

const setState = (service: ServiceDto, status: ServiceState) =>
  control().db.service.update({ where: { id: service.service_id }, data: { status } });
const rowOf = (service: ServiceDto) =>
  control().db.service.findUniqueOrThrow({ where: { id: service.service_id }, include: { operations: true } });
const reap = () => reapDue(context.clock.nowMs(), { context });

async function aFork(ttl: string, status: ServiceState = "READY"): Promise<ServiceDto> {
  const source = await requestCreate(actor, { name: `prod-${ttl}` }, { context });
  await setState(source, "READY");
  const fork = await requestFork(
    actor,
    { sourceId: source.service_id, body: { fork_strategy: "NOW", ttl } },
    { context },
  );
  await setState(fork, status);
  return fork;
}

describe("a fork whose life is over", () => {
  test("expires by its TTL, keeps its name and its data, and not a millisecond before", async () => {
    const fork = await aFork("4h");
    const end = (await rowOf(fork)).expiresAt?.getTime() ?? 0;
    expect(await findNextDue(end - 1, { context })).toBe(end);
    expect((await reapDue(end - 1, { context })).expired).toBe(0);
    expect((await reapDue(end, { context })).expired).toBe(1);
    const row = await rowOf(fork);
    expect(row).toMatchObject({ status: "EXPIRING", deletedAt: null, expiredAt: new Date(end) });
    expect(row.purgeAt?.getTime()).toBe(end + 24 * HOUR);
    expect(row.operations.map(({ kind }) => kind).sort()).toEqual(["expire", "fork"]);
  });

  test.each(["QUEUED", "CONFIGURING", "UNSTABLE"] as const)("ends also while it is %s", async (status) => {
    const fork = await aFork("10s", status);
    context.clock.advance(11_000);
    await reap();
    expect((await rowOf(fork)).status).toBe("EXPIRING");
  });

  test("that failed is purged: nothing of it can be restored", async () => {
    const fork = await aFork("10s", "FAILED");
    context.clock.advance(11_000);
    await reap();
    expect((await rowOf(fork)).status).toBe("PURGING");
  });

  test("ends once, however often and by however many it is reaped", async () => {
    const fork = await aFork("10s");
    context.clock.advance(11_000);
    const passes = await Promise.all([reap(), reap(), reap()]);
    expect(passes.reduce((sum, { expired }) => sum + expired, 0)).toBe(1);
    expect((await rowOf(fork)).operations.filter(({ kind }) => kind === "expire")).toHaveLength(1);
  });

  test("ends although another one cannot, and that one is reported", async () => {
    const [stuck, fine] = [await aFork("10s"), await aFork("20s")];
    await control().db.$executeRawUnsafe(`ALTER TABLE services ADD CONSTRAINT stuck
      CHECK (id <> '${stuck.service_id}' OR status <> 'EXPIRING')`);
    context.clock.advance(21_000);
    await expect(reap()).rejects.toThrow("1 services that are due could not be ended");
    expect([(await rowOf(stuck)).status, (await rowOf(fine)).status]).toEqual(["READY", "EXPIRING"]);
    await control().db.$executeRaw`ALTER TABLE services DROP CONSTRAINT stuck`;
    expect((await reap()).expired).toBe(1);
  });

  test("that could not be ended is ended again, once that operation has given up", async () => {
    const fork = await aFork("10s");
    context.clock.advance(11_000);
    await reap();
    expect((await reap()).expired).toBe(0);
    await control().db.operation.updateMany({
      where: { kind: "expire" },
      data: { state: "FAILED", finishedAt: new Date() },
    });
    expect((await reap()).expired).toBe(1);
    expect((await rowOf(fork)).operations.filter(({ kind }) => kind === "expire")).toHaveLength(2);
  });

  test("is purged after its grace, and comes back with its name until then", async () => {
    const fork = await aFork("10s");
    context.clock.advance(11_000);
    await reap();
    await setState(fork, "EXPIRED");
    const seen = await getService(actor, fork.service_id, { context });
    expect(seen).toMatchObject({ status: "PAUSED", name: fork.name, expired_at: expect.any(String) });
    const restored = await requestRestore(actor, { serviceId: fork.service_id }, { context });
    expect(restored).toMatchObject({ status: "QUEUED", name: fork.name, expired_at: null, ttl: "1h" });
    await setState(fork, "READY");
    context.clock.advance(HOUR);
    await reap();
    await setState(fork, "EXPIRED");
    context.clock.advance(24 * HOUR);
    expect(await reap()).toMatchObject({ purged: 1 });
  });

  test("leaves services that have no end alone", async () => {
    const service = await requestCreate(actor, { name: "forever" }, { context });
    context.clock.advance(1_000 * HOUR);
    expect(await reap()).toMatchObject({ expired: 0, purged: 0 });
    expect((await rowOf(service)).status).toBe("QUEUED");
    expect(await findNextDue(context.clock.nowMs(), { context })).toBeUndefined();
  });
});

describe("a deleted service whose grace is over", () => {
  test("is purged, and not a millisecond before", async () => {
    const fork = await aFork("4h");
    await requestDelete(actor, fork.service_id, { context });
    await setState(fork, "DELETED");
    const purgeAt = (await rowOf(fork)).purgeAt?.getTime() ?? 0;
    expect(await findNextDue(context.clock.nowMs(), { context })).toBe(purgeAt);
    expect((await reapDue(purgeAt - 1, { context })).purged).toBe(0);
    expect((await reapDue(purgeAt, { context })).purged).toBe(1);
    expect((await rowOf(fork)).status).toBe("PURGING");
  });

  test("is not purged when a person brought it back", async () => {
    const fork = await aFork("4h");
    await requestDelete(actor, fork.service_id, { context });
    await setState(fork, "DELETED");
    context.clock.advance(23 * HOUR);
    await requestRestore(actor, { serviceId: fork.service_id, body: { ttl: "30d" } }, { context });
    context.clock.advance(2 * HOUR);
    expect(await reap()).toMatchObject({ purged: 0, expired: 0 });
  });

  test("is purged again after a pause when that gave up", async () => {
    const fork = await aFork("4h");
    await requestDelete(actor, fork.service_id, { context });
    await setState(fork, "DELETED");
    context.clock.advance(24 * HOUR);
    await reap();
    expect((await reap()).purged).toBe(0);
    await control().db.operation.updateMany({
      where: { kind: "purge" },
      data: { state: "FAILED", finishedAt: new Date() },
    });
    await postponePurge(control().db, fork.service_id, context.clock.nowMs());
    expect((await reap()).purged).toBe(0);
    context.clock.advance(HOUR);
    expect((await reap()).purged).toBe(1);
  });
});

test("idempotency keys are forgotten after a day", async () => {
  await requestCreate(actor, { name: "one" }, { context, idempotencyKey: "k" });
  context.clock.advance(23 * HOUR);
  expect((await reap()).keysForgotten).toBe(0);
  context.clock.advance(HOUR);
  expect((await reap()).keysForgotten).toBe(1);
});
