import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { EngineServer } from "@/lib/engine-client";
import type { Actor } from "@/lib/schemas/actor";
import type { ServiceDto } from "@/lib/schemas/service";
import { AppError } from "@/lib/std/app-error";
import { systemClock } from "@/lib/std/clock";
import { startControlDatabase } from "@/lib/testing/control-database";
import { MemoryStore } from "@/lib/testing/memory-store";
import { makeActor, servicesContextFor } from "@/lib/testing/services-context";
import { serveStoreEngine } from "@/lib/testing/store-engine";
import * as services from ".";

const control = startControlDatabase();
let context: services.ServicesContext;
let owner: Actor;
let stranger: Actor;
let service: ServiceDto;
let deleted: ServiceDto;
let operationId: string;
const EVENT = "event00001";

const dataDir = mkdtempSync(join(tmpdir(), "offshoot-tenants-"));
let store: MemoryStore;
let server: EngineServer;

beforeAll(async () => {
  store = new MemoryStore();
  const engine = await serveStoreEngine(dataDir, { store, clock: systemClock });
  server = engine.server;
  context = servicesContextFor(control().db, { engine: engine.client });
  [owner, stranger] = [await makeActor(control().db), await makeActor(control().db)];
});

afterAll(async () => {
  await server.close();
  rmSync(dataDir, { recursive: true, force: true });
});

beforeEach(async () => {
  await control().db.$executeRaw`TRUNCATE services, operations, operation_steps, idempotency_keys CASCADE`;
  service = await services.requestCreate(owner, { name: "prod" }, { context });
  deleted = await services.requestCreate(owner, { name: "old" }, { context });
  const [operation] = await services.listOperations(owner, { context, serviceId: service.service_id });
  operationId = operation?.operation_id ?? "";
  const row = await control().db.service.update({ where: { id: service.service_id }, data: { status: "READY" } });
  await store.create(row.volumeId);
  const untilMicros = systemClock.nowMicros() + 60_000_000;
  await store.hold(row.volumeId, { holdId: "hold000001", at: { commit: 1 }, untilMicros });
  await store.takeSnapshot(row.volumeId, { snapshotId: "snap000001", name: "x", kind: "manual" });
  const event = { id: EVENT, kind: "deploy", what: "web", rows: null, commit: 1, micros: untilMicros } as const;
  await services.recordServiceEvents(control().db, row.id, [event]);
  await services.requestDelete(owner, deleted.service_id, { context });
});

/** Everything that names one thing of a project, and nothing that leaves a trace in the others' way. */
const ONE_THING: readonly [string, (actor: Actor) => Promise<unknown>][] = [
  ["getService", (actor) => services.getService(actor, service.service_id, { context })],
  [
    "getService, of a deleted one",
    (actor) => services.getService(actor, deleted.service_id, { context, deletedToo: true }),
  ],
  [
    "requestFork",
    (actor) =>
      services.requestFork(actor, { sourceId: service.service_id, body: { fork_strategy: "NOW" } }, { context }),
  ],
  ["requestDelete", (actor) => services.requestDelete(actor, service.service_id, { context })],
  ["requestRestore", (actor) => services.requestRestore(actor, { serviceId: deleted.service_id }, { context })],
  ["requestPurge", (actor) => services.requestPurge(actor, deleted.service_id, { context })],
  ["revealPassword", (actor) => services.revealPassword(actor, service.service_id, { context })],
  ["resetPassword", (actor) => services.resetPassword(actor, service.service_id, { context })],
  [
    "updatePassword",
    (actor) =>
      services.updatePassword(actor, { serviceId: service.service_id, password: "hunter2hunter2" }, { context }),
  ],
  ["getDeleteFacts", (actor) => services.getDeleteFacts(actor, service.service_id, { context })],
  ["getOperation", (actor) => services.getOperation(actor, operationId, { context })],
  ["getWindow", (actor) => services.getWindow(actor, service.service_id, { context })],
  [
    "resolveMoment",
    (actor) => services.resolveMoment(actor, { serviceId: service.service_id, query: { commit: 1 } }, { context }),
  ],
  [
    "resolveMoment, of an event",
    (actor) => services.resolveMoment(actor, { serviceId: service.service_id, query: { event: EVENT } }, { context }),
  ],
  ["getTimeline", (actor) => services.getTimeline(actor, { serviceId: service.service_id }, { context })],
  ["listSnapshots", (actor) => services.listSnapshots(actor, service.service_id, { context })],
  ["requestSnapshot", (actor) => services.requestSnapshot(actor, { serviceId: service.service_id }, { context })],
  [
    "deleteSnapshot",
    (actor) => services.deleteSnapshot(actor, { serviceId: service.service_id, snapshotId: "snap000001" }, { context }),
  ],
  ["listHolds", (actor) => services.listHolds(actor, service.service_id, { context })],
  [
    "takeHold",
    (actor) => services.takeHold(actor, { serviceId: service.service_id, body: { commit: 1 } }, { context }),
  ],
  [
    "renewHold",
    (actor) => services.renewHold(actor, { serviceId: service.service_id, holdId: "hold000001" }, { context }),
  ],
  [
    "releaseHold",
    (actor) => services.releaseHold(actor, { serviceId: service.service_id, holdId: "hold000001" }, { context }),
  ],
  [
    "markEvent",
    (actor) =>
      services.markEvent(actor, { serviceId: service.service_id, body: { kind: "deploy", what: "web" } }, { context }),
  ],
  [
    "requestFork, of a moment",
    (actor) =>
      services.requestFork(
        actor,
        { sourceId: service.service_id, body: { fork_strategy: "PITR", commit: 1 } },
        { context },
      ),
  ],
  ["getStorage", (actor) => services.getStorage(actor, service.service_id, { context })],
  ["getFrees", (actor) => services.getFrees(actor, { service_ids: [service.service_id] }, { context })],
];

/** Rows, and what the store keeps by name. */
async function everything() {
  const { db } = control();
  const rows = await db.service.findMany({ orderBy: { id: "asc" } });
  const { snapshots, holds } = await store.window(rows.find(({ id }) => id === service.service_id)?.volumeId ?? "");
  return { rows, snapshots, holds, events: await db.serviceEvent.findMany(), operations: await db.operation.count() };
}

describe("what belongs to one project", () => {
  test.each(ONE_THING)("is not there for another: %s", async (_name, ask) => {
    const before = await everything();
    const error = await ask(stranger).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toBe("NOT_FOUND");
    expect((error as AppError).message).not.toMatch(/prod|old/);
    expect(await everything()).toEqual(before);
  });

  test.each(ONE_THING)("is there for its owner: %s", async (_name, ask) => {
    await expect(ask(owner)).resolves.not.toThrow();
  });

  test("is in no list of another", async () => {
    expect(await services.listServices(stranger, { context })).toEqual([]);
    expect(await services.listBin(stranger, { context })).toEqual([]);
    expect(await services.listOperations(stranger, { context })).toEqual([]);
    const itsOwn = { context, serviceId: service.service_id };
    expect(await services.listOperations(stranger, itsOwn)).toEqual([]);
    expect(await services.listProjects(stranger, { context })).toEqual([{ id: stranger.projectId, name: "acme" }]);
  });

  test("is in its owner's lists", async () => {
    expect((await services.listServices(owner, { context })).map(({ name }) => name).sort()).toEqual(["old", "prod"]);
    expect((await services.listBin(owner, { context })).map(({ name }) => name)).toEqual(["old"]);
    expect((await services.listOperations(owner, { context })).map(({ kind }) => kind).sort()).toEqual([
      "create",
      "create",
      "delete",
    ]);
  });
});
