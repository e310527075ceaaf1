import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Actor } from "@/lib/schemas/actor";
import type { OperationKind } from "@/lib/schemas/operation";
import { OPERATION_STEPS } from "@/lib/schemas/operation-steps";
import type { ServiceDto } from "@/lib/schemas/service";
import {
  changeHistorySettings,
  getOperation,
  getService,
  requestCreate,
  requestDelete,
  requestFork,
  requestPurge,
  requestRestore,
  requestSnapshot,
} from "@/lib/services";
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

const idOf = (service: ServiceDto | undefined): string => service?.service_id ?? "";

const ask: Record<OperationKind, (service: ServiceDto | undefined) => Promise<ServiceDto>> = {
  create: () => requestCreate(actor, { name: "another", sample: "prod-telemetry" }, { context }),
  fork: (service) => requestFork(actor, { sourceId: idOf(service), body: { fork_strategy: "NOW" } }, { context }),
  delete: (service) => requestDelete(actor, idOf(service), { context }),
  restore: (service) => requestRestore(actor, { serviceId: idOf(service) }, { context }),
  purge: (service) => requestPurge(actor, idOf(service), { context }),
  snapshot: async (service) => {
    const { service_id } = await requestSnapshot(actor, { serviceId: idOf(service) }, { context });
    return getService(actor, service_id, { context });
  },
  settings: async (service) => {
    await changeHistorySettings(actor, { serviceId: idOf(service), body: { retention_seconds: 7_200 } }, { context });
    return getService(actor, idOf(service), { context });
  },
};

/** What the same engine has done before. A creation needs nothing, and must not be the one that is killed first. */
const BEFORE: Record<OperationKind, readonly OperationKind[]> = {
  create: [],
  fork: ["create"],
  delete: ["create"],
  restore: ["create", "delete"],
  purge: ["create", "delete"],
  snapshot: ["create"],
  settings: ["create"],
};

const SAMPLE = ["prod-telemetry 1", "prod-telemetry 2"];
const STATUS_AFTER = {
  create: "READY",
  fork: "READY",
  delete: "DELETED",
  restore: "READY",
  purge: "PURGED",
  snapshot: "READY",
  settings: "READY",
} as const;

async function prepare(kind: OperationKind): Promise<ServiceDto | undefined> {
  let service: ServiceDto | undefined;
  for (const earlier of BEFORE[kind]) {
    service = await ask[earlier](service);
    await engine.settled();
    if (earlier === "create") engine.plane.insert(service.service_id, "kept");
  }
  return service;
}

// What is recorded after a step is what is there before the next one, so only the last step dies there too.
const cases = Object.entries(OPERATION_STEPS).flatMap(([kind, steps]) =>
  steps.flatMap(({ name }, index) =>
    (["before", "done", ...(index === steps.length - 1 ? (["recorded"] as const) : [])] as const).map(
      (when) => [kind as OperationKind, name, when] as const,
    ),
  ),
);

describe("an engine killed in the middle", () => {
  test.each(cases)("of %s, step %s (%s), goes on where it was", async (kind, step, when) => {
    const died = engine.dieAt({ kind, step, when });
    await engine.start();
    const service = await ask[kind](await prepare(kind));
    await died;
    const before = await getService(actor, service.service_id, { context, deletedToo: true });
    if (kind !== "snapshot" && kind !== "settings" && before.status === "READY")
      expect([step, when].join(" ")).toMatch(/^check (done|recorded)$/);

    await engine.start();
    await engine.settled();

    const row = await control().db.service.findUniqueOrThrow({
      where: { id: service.service_id },
      include: { operations: { orderBy: { requestedAt: "desc" }, take: 1 } },
    });
    expect([row.status, row.statusReason]).toEqual([STATUS_AFTER[kind], null]);
    const isUp = STATUS_AFTER[kind] === "READY";
    expect([engine.plane.isRunning(row.id), engine.plane.findPort(row.id)]).toEqual([
      isUp,
      isUp ? row.directPort : undefined,
    ]);
    expect((await store.find(row.volumeId)) !== undefined).toBe(kind !== "purge");
    const operation = await getOperation(actor, row.operations[0]?.id ?? "", { context });
    expect([operation.kind, operation.state, operation.error]).toEqual([kind, "SUCCEEDED", null]);
    expect(operation.steps.map(({ state }) => state)).toEqual(operation.steps.map(() => "SUCCEEDED"));
    if (isUp) expect(engine.plane.rows(row.id)).toEqual([...SAMPLE, ...(kind === "create" ? [] : ["kept"])]);
  });
});
