import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Actor } from "@/lib/schemas/actor";
import type { SchemaAgainst } from "@/lib/schemas/schema-reading";
import type { ServiceDto } from "@/lib/schemas/service";
import {
  getOperation,
  getSchema,
  requestCancel,
  requestCreate,
  requestDelete,
  requestFork,
  requestPurge,
} from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import { startControlDatabase } from "@/lib/testing/control-database";
import { openTestStore } from "@/lib/testing/row-store";
import { makeActor, servicesContextFor } from "@/lib/testing/services-context";
import { SimulatedEngine } from "@/lib/testing/simulated-engine";
import { serveStoreEngine } from "@/lib/testing/store-engine";

const control = startControlDatabase();
let shelf: Awaited<ReturnType<typeof openTestStore>>;
let dir: string;
let served: Awaited<ReturnType<typeof serveStoreEngine>>;
let context: ReturnType<typeof servicesContextFor>;
let actor: Actor;
let engine: SimulatedEngine;

beforeAll(async () => {
  shelf = await openTestStore();
});
afterAll(() => shelf.remove());
beforeEach(async () => {
  await control().db
    .$executeRaw`TRUNCATE services, operations, operation_steps, idempotency_keys, schema_readings CASCADE`;
  await control().db.$executeRaw`DELETE FROM graphile_worker._private_jobs`;
  dir = mkdtempSync(join(tmpdir(), "offshoot-schema-"));
  const plain = servicesContextFor(control().db);
  served = await serveStoreEngine(dir, { store: shelf.store, clock: plain.clock });
  context = { ...plain, engine: served.client };
  actor = await makeActor(control().db);
  engine = new SimulatedEngine(control(), shelf.store, context.clock);
});
afterEach(async () => {
  await engine.bury();
  await served.server.close();
  rmSync(dir, { recursive: true, force: true });
});

async function aFork(): Promise<ServiceDto> {
  const { service_id: sourceId } = await requestCreate(actor, { name: "prod" }, { context });
  await engine.settled();
  const fork = await requestFork(actor, { sourceId, body: { fork_strategy: "NOW" } }, { context });
  await engine.settled();
  return fork;
}

const ask = ({ service_id: serviceId }: ServiceDto, against?: SchemaAgainst) =>
  getSchema(actor, { serviceId, against }, { context });

async function askAndFind(fork: ServiceDto, against?: SchemaAgainst) {
  const answer = await ask(fork, against);
  if (!("operation_id" in answer)) throw new Error("it was read already");
  return answer.operation_id;
}

/** Volumes that belong to no service and are no template. */
async function findHidden(): Promise<string[]> {
  const rows = await control().db.service.findMany({ select: { volumeId: true } });
  const own = new Set(rows.map(({ volumeId }) => volumeId));
  const all = (await shelf.store.list()).map(({ volumeId }) => volumeId);
  return all
    .filter((volumeId) => !own.has(volumeId) && !/^(tpl|template)/.test(volumeId))
    .filter((id) => !known.has(id));
}
/** What earlier tests of this file left in the store that they share. */
let known = new Set<string>();
beforeEach(async () => {
  known = new Set((await shelf.store.list()).map(({ volumeId }) => volumeId));
});

describe("reading a schema", () => {
  test("that fails leaves no hidden fork, says why to whoever asks next, and is tried again for who asks later", async () => {
    await engine.start();
    const fork = await aFork();
    engine.plane.failNext("computes.visit", new AppError("PAYLOAD_TOO_LARGE", "This schema is too large."));
    const operationId = await askAndFind(fork);
    await engine.settled();
    expect(await getOperation(actor, operationId, { context })).toMatchObject({ state: "FAILED" });
    expect(await findHidden()).toEqual([]);
    await expect(ask(fork)).rejects.toMatchObject({ code: "PAYLOAD_TOO_LARGE", message: "This schema is too large." });
    context.clock.advance(11_000);
    expect(await askAndFind(fork)).not.toBe(operationId);
    await engine.settled();
  });

  test("is asked for once, however many ask, and is nobody's to wait for once it is cancelled", async () => {
    const begun = new Promise<void>((resolve) => {
      engine.meetAt({ kind: "schema", step: "fork", when: "done" }, async () => {
        resolve();
        await cancelled;
      });
    });
    let goOn = () => {};
    const cancelled = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await engine.start();
    const fork = await aFork();
    const operationId = await askAndFind(fork, "source_now");
    await begun;
    expect(await askAndFind(fork, "source_now")).toBe(operationId);
    expect(await findHidden()).toHaveLength(2);
    await requestCancel(actor, operationId, { context });
    goOn();
    await engine.settled();
    expect(await getOperation(actor, operationId, { context })).toMatchObject({ state: "CANCELLED" });
    expect(await findHidden()).toEqual([]);
    expect(await askAndFind(fork, "source_now")).not.toBe(operationId);
    await engine.settled();
  });

  test("goes when its service is purged", async () => {
    await engine.start();
    const fork = await aFork();
    await askAndFind(fork);
    await engine.settled();
    expect(await control().db.schemaReading.count()).toBe(1);
    await requestDelete(actor, fork.service_id, { context });
    await requestPurge(actor, fork.service_id, { context });
    await engine.settled();
    expect(await control().db.schemaReading.count()).toBe(0);
  });
});
