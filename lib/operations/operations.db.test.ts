import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Actor } from "@/lib/schemas/actor";
import type { ServiceDto } from "@/lib/schemas/service";
import {
  getService,
  listOperations,
  requestCreate,
  requestDelete,
  requestFork,
  requestPurge,
  requestRestore,
} from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import { startControlDatabase } from "@/lib/testing/control-database";
import { openTestStore, type RowStore } from "@/lib/testing/row-store";
import { makeActor, servicesContextFor } from "@/lib/testing/services-context";
import { SimulatedEngine } from "@/lib/testing/simulated-engine";

const control = startControlDatabase();
let shelf: Awaited<ReturnType<typeof openTestStore>>;
let store: RowStore;
let context: ReturnType<typeof servicesContextFor>;
let actor: Actor;
let engine: SimulatedEngine;

beforeAll(async () => {
  shelf = await openTestStore();
  store = shelf.store;
});
afterAll(() => shelf.remove());
beforeEach(async () => {
  await control().db.$executeRaw`TRUNCATE services, operations, operation_steps, idempotency_keys CASCADE`;
  await control().db.$executeRaw`DELETE FROM graphile_worker._private_jobs`;
  context = servicesContextFor(control().db);
  actor = await makeActor(control().db);
  engine = new SimulatedEngine(control(), store, context.clock);
});
afterEach(() => engine.bury());

const rowOf = ({ service_id }: ServiceDto) => control().db.service.findUniqueOrThrow({ where: { id: service_id } });
const see = ({ service_id }: ServiceDto) => getService(actor, service_id, { context, deletedToo: true });
const create = (name = "prod", sample?: "prod-telemetry") =>
  requestCreate(actor, { name, ...(sample && { sample }) }, { context });
const fork = (source: ServiceDto) =>
  requestFork(actor, { sourceId: source.service_id, body: { fork_strategy: "NOW" } }, { context });
const remove = ({ service_id }: ServiceDto) => requestDelete(actor, service_id, { context });
const restore = ({ service_id }: ServiceDto) => requestRestore(actor, { serviceId: service_id }, { context });
const purge = ({ service_id }: ServiceDto) => requestPurge(actor, service_id, { context });

/** Asks for something and waits until it is done. */
async function done(asked: Promise<ServiceDto>): Promise<ServiceDto> {
  const service = await asked;
  await engine.settled();
  return service;
}

/** Running, open, or neither; never one without the other. */
function isUp({ service_id }: ServiceDto): boolean {
  const isOpen = engine.plane.findPort(service_id) !== undefined;
  expect(engine.plane.isRunning(service_id)).toBe(isOpen);
  return isOpen;
}

const hasVolume = async (service: ServiceDto) => (await store.find((await rowOf(service)).volumeId)) !== undefined;

describe("the life of a service", () => {
  beforeEach(() => engine.start());

  test("begins READY, once a query was answered through its own port", async () => {
    const service = await done(create());
    expect(await see(service)).toMatchObject({ status: "READY", progress: null });
    expect(engine.plane.findPort(service.service_id)).toBe(service.endpoint?.port);
    const acts = engine.plane.acts.filter((act) => act.endsWith(service.service_id));
    expect(acts.at(-1)).toBe(`endpoints.check ${service.service_id}`);
  });

  test("begins with its sample", async () => {
    const service = await done(create("prod-telemetry", "prod-telemetry"));
    expect(engine.plane.rows(service.service_id)).toEqual(["prod-telemetry 1", "prod-telemetry 2"]);
  });

  test("goes on in a fork from the moment it was made, and neither sees what the other does then", async () => {
    const source = await done(create());
    engine.plane.insert(source.service_id, "before");
    const copy = await done(fork(source));
    engine.plane.insert(source.service_id, "in the source");
    engine.plane.insert(copy.service_id, "in the fork");
    expect(engine.plane.rows(source.service_id)).toEqual(["before", "in the source"]);
    expect(engine.plane.rows(copy.service_id)).toEqual(["before", "in the fork"]);
    expect(engine.plane.acts).toContain(`computes.settle ${source.service_id}`);
  });

  test("leaves the fork a receipt that names the commit it starts from", async () => {
    const source = await done(create());
    engine.plane.insert(source.service_id, "before");
    const head = await store.find((await rowOf(source)).volumeId);
    const { receipt } = await see(await done(fork(source)));
    expect(receipt).toMatchObject({ fork_strategy: "NOW", commit: head?.head.commit });
    expect(receipt?.commit_time).toMatch(/\.\d{6}Z$/);
  });

  test("pauses when it is deleted, goes on when that is undone, and ends when it is purged", async () => {
    const service = await done(create());
    engine.plane.insert(service.service_id, "kept");
    await done(remove(service));
    expect([(await see(service)).status, isUp(service), await hasVolume(service)]).toEqual(["DELETED", false, true]);
    await done(restore(service));
    expect(await see(service)).toMatchObject({ status: "READY", endpoint: service.endpoint, deleted_at: null });
    expect(engine.plane.rows(service.service_id)).toEqual(["kept"]);
    await done(remove(service));
    await done(purge(service));
    expect(await hasVolume(service)).toBe(false);
    expect(await rowOf(service)).toMatchObject({ status: "PURGED", directPort: null });
    expect((await create("next")).endpoint?.port).toBe(service.endpoint?.port);
  });

  test("ends for a source while its forks live on, and they can be forked", async () => {
    const source = await done(create());
    engine.plane.insert(source.service_id, "shared");
    const copy = await done(fork(source));
    await done(remove(source));
    await done(purge(source));
    expect(engine.plane.rows(copy.service_id)).toEqual(["shared"]);
    expect(engine.plane.rows((await done(fork(copy))).service_id)).toEqual(["shared"]);
  });
});

describe("a change of mind", () => {
  test("while it is being deleted brings it back, whatever was done by then", async () => {
    for (const when of ["before", "done", "recorded"] as const)
      for (const step of ["disconnect", "stop"]) {
        const service = await create(`${step}-${when}`);
        engine.meetAt({ kind: "delete", step, when }, async () => void (await restore(service)));
        await engine.start();
        await engine.settled();
        await done(remove(service));
        expect([(await see(service)).status, isUp(service)], `${when} ${step}`).toEqual(["READY", true]);
        await engine.bury();
      }
  });

  test("before anything was done costs nothing", async () => {
    const service = await create();
    await remove(service);
    await restore(service);
    await engine.start();
    await engine.settled();
    expect([(await see(service)).status, isUp(service)]).toEqual(["READY", true]);
    const kinds = (await listOperations(actor, { context })).map(({ kind }) => kind);
    expect(kinds).toEqual(["restore", "delete", "create"]);
    expect(engine.plane.acts.filter((act) => /stop|close/.test(act))).toEqual([]);
  });

  test("while it is being created ends in the bin, from where it comes back", async () => {
    const service = await create();
    engine.meetAt({ kind: "create", step: "start", when: "before" }, async () => void (await remove(service)));
    await engine.start();
    await engine.settled();
    expect([(await see(service)).status, isUp(service), await hasVolume(service)]).toEqual(["DELETED", false, true]);
    await done(restore(service));
    expect((await see(service)).status).toBe("READY");
  });

  test("while a creation that fails is under way leaves nothing at all", async () => {
    const service = await create();
    engine.plane.failNext("computes.start", new AppError("NOT_OFFERED", "No."));
    engine.meetAt({ kind: "create", step: "start", when: "before" }, async () => void (await remove(service)));
    await engine.start();
    await engine.settled();
    expect(await rowOf(service)).toMatchObject({ status: "PURGED", directPort: null });
    expect([isUp(service), await hasVolume(service)]).toEqual([false, false]);
  });

  test("about a purge comes too late: it goes, also when it was still being deleted", async () => {
    const service = await create();
    engine.meetAt({ kind: "delete", step: "disconnect", when: "done" }, async () => void (await purge(service)));
    await engine.start();
    await engine.settled();
    await done(remove(service));
    expect((await rowOf(service)).status).toBe("PURGED");
    expect(await hasVolume(service)).toBe(false);
  });
});

describe("a failure", () => {
  beforeEach(() => engine.start());

  test("that stays says which step and why, and leaves nothing behind", async () => {
    engine.plane.failNext("endpoints.open", new AppError("CONFLICT", "Port 20000 is in use by another program."));
    const service = await done(create());
    expect(await see(service)).toMatchObject({
      status: "FAILED",
      status_reason: "Start Postgres failed: Port 20000 is in use by another program.",
      progress: { operation: "create", step: "start", error: "Port 20000 is in use by another program." },
    });
    expect([isUp(service), await hasVolume(service)]).toEqual([false, false]);
  });

  test("of a fork leaves its source as it was", async () => {
    const source = await done(create());
    engine.plane.insert(source.service_id, "kept");
    engine.plane.failNext("endpoints.check", new AppError("NOT_OFFERED", "No."));
    const copy = await done(fork(source));
    expect((await see(copy)).status).toBe("FAILED");
    expect([isUp(copy), await hasVolume(copy)]).toEqual([false, false]);
    expect(engine.plane.rows(source.service_id)).toEqual(["kept"]);
  });

  test("that passes is tried again and forgotten", async () => {
    engine.plane.failNext("computes.start", new Error("worker lost"), new Error("worker lost"));
    engine.plane.failNext("endpoints.check", new Error("socket hang up"));
    const service = await done(create());
    expect(await see(service)).toMatchObject({ status: "READY", status_reason: null });
  });

  test("that passes never is given up after a few attempts", async () => {
    engine.plane.failNext("computes.start", ...Array.from({ length: 20 }, () => new Error("worker lost")));
    const service = await done(create());
    expect((await see(service)).status_reason).toBe("Start Postgres failed: worker lost");
    expect(engine.plane.acts.filter((act) => act === `computes.start ${service.service_id}`).length).toBeLessThan(10);
  });

  test("of a full disk says what to do and is not tried again", async () => {
    const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    engine.plane.failNext("volumes.fork", new Error("the keeper could not fork", { cause: full }));
    const service = await done(create());
    expect((await see(service)).status_reason).toBe(
      "Clone the image (copy-on-write) failed: The disk is full. Purge what is in Recently deleted, then try again.",
    );
    expect(engine.plane.acts.filter((act) => act.startsWith("volumes.fork"))).toHaveLength(1);
  });

  test("of a restore puts it back into the bin with its data, and the next try works", async () => {
    const service = await done(create());
    engine.plane.insert(service.service_id, "kept");
    await done(remove(service));
    engine.plane.failNext("computes.start", new AppError("NOT_OFFERED", "No."));
    await done(restore(service));
    expect(await see(service)).toMatchObject({ status: "DELETED", status_reason: "Start Postgres failed: No." });
    expect(isUp(service)).toBe(false);
    await done(restore(service));
    expect(engine.plane.rows(service.service_id)).toEqual(["kept"]);
  });

  test("of a purge is tried again later, and nothing comes back meanwhile", async () => {
    const service = await done(create());
    await done(remove(service));
    engine.plane.failNext("volumes.delete", new AppError("NOT_OFFERED", "No."));
    await done(purge(service));
    const row = await rowOf(service);
    expect(row.status).toBe("PURGING");
    expect(row.purgeAt?.getTime()).toBeGreaterThan(context.clock.nowMs());
    await done(purge(service));
    expect((await rowOf(service)).status).toBe("PURGED");
  });

  test("of a fork whose source was purged first says so", async () => {
    const source = await done(create());
    await engine.bury();
    const copy = await fork(source);
    await store.delete((await rowOf(source)).volumeId);
    await control().db.service.update({ where: { id: source.service_id }, data: { status: "PURGED" } });
    await engine.start();
    await engine.settled();
    expect((await see(copy)).status_reason).toBe(
      "Clone storage (copy-on-write) failed: prod was purged before it could be forked. Choose another source.",
    );
  });
});
