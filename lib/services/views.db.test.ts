import { beforeEach, describe, expect, test } from "vitest";
import type { EngineClient } from "@/lib/engine-client";
import type { Actor } from "@/lib/schemas/actor";
import { operationDto } from "@/lib/schemas/operation";
import { type ServiceDto, serviceDto } from "@/lib/schemas/service";
import { startControlDatabase } from "@/lib/testing/control-database";
import { makeActor, servicesContextFor, silentEngine } from "@/lib/testing/services-context";
import { getDeleteFacts } from "./delete-facts";
import { getEngineHealth } from "./engine-health";
import {
  findScramVerifier,
  listServed,
  markBackAsleep,
  markFailed,
  markPurged,
  markReady,
  recordForkOrigin,
} from "./engine-side";
import { getService, listServices } from "./get-service";
import { markRecovered, markUnstable } from "./health";
import { listOperations } from "./list-operations";
import { requestCreate } from "./request-create";
import { requestDelete } from "./request-delete";
import { requestFork } from "./request-fork";
import { SERVICE_STATES, type ServiceState } from "./service-state";

const control = startControlDatabase();
let context: ReturnType<typeof servicesContextFor>;
let actor: Actor;

beforeEach(async () => {
  await control().db.$executeRaw`TRUNCATE services, operations, operation_steps, idempotency_keys CASCADE`;
  context = servicesContextFor(control().db);
  actor = await makeActor(control().db);
});

const setState = (service: ServiceDto, status: ServiceState) =>
  control().db.service.update({ where: { id: service.service_id }, data: { status } });
const rowOf = (service: ServiceDto) => control().db.service.findUniqueOrThrow({ where: { id: service.service_id } });

async function aPair(): Promise<{ source: ServiceDto; fork: ServiceDto }> {
  const source = await requestCreate(actor, { name: "prod" }, { context });
  await setState(source, "READY");
  const body = { fork_strategy: "NOW" } as const;
  return { source, fork: await requestFork(actor, { sourceId: source.service_id, body }, { context }) };
}

/** An engine that knows these volumes and clients. */
const engineWith = (answers: Partial<EngineClient>): EngineClient => ({ ...silentEngine, ...answers });

describe("a service's description", () => {
  test("is what the contract says, in every state that can be seen", async () => {
    const { source, fork } = await aPair();
    for (const status of SERVICE_STATES.filter((one) => one !== "PURGED"))
      for (const service of [source, fork]) {
        await setState(service, status);
        serviceDto.parse(await getService(actor, service.service_id, { context, deletedToo: true }));
      }
    for (const operation of await listOperations(actor, { context })) operationDto.parse(operation);
  });

  test("names the moment a fork starts from to the microsecond", async () => {
    const { fork } = await aPair();
    const micros = Date.parse("2026-11-23T10:00:00Z") * 1000 + 7;
    await recordForkOrigin(control().db, fork.service_id, { commit: 4711, micros, firstLeftOutMicros: micros + 1 });
    const { receipt } = await getService(actor, fork.service_id, { context });
    expect(receipt).toEqual({
      exact: true,
      moments_missing: 0,
      snapshot_id: null,
      fork_strategy: "NOW",
      requested_time: null,
      commit: 4711,
      commit_time: "2026-11-23T10:00:00.000007Z",
      first_left_out_time: "2026-11-23T10:00:00.000008Z",
    });
  });

  test("has figures of storage when the engine answers, for all services with one question", async () => {
    const { source, fork } = await aPair();
    const [own, shared] = [await rowOf(fork), await rowOf(source)];
    const questions: (readonly string[])[] = [];
    const engine = engineWith({
      storage: async (ids) => {
        questions.push(ids);
        return new Map([[own.volumeId, { logicalBytes: 24_000_000, writtenBytes: 204_800, diskBytes: 212_992 }]]);
      },
    });
    const services = await listServices(actor, { context: { ...context, engine } });
    const byName = new Map(services.map((service) => [service.name, service.storage]));
    expect(byName.get("prod-fork")).toEqual({
      logical_bytes: 24_000_000,
      written_bytes: 204_800,
      disk_bytes: 212_992,
    });
    expect(byName.get("prod")).toBeNull();
    expect(questions).toHaveLength(1);
    expect([...(questions[0] ?? [])].sort()).toEqual([own.volumeId, shared.volumeId].sort());
  });

  test("counts the forks that are not deleted", async () => {
    const { source, fork } = await aPair();
    await requestDelete(actor, fork.service_id, { context });
    expect((await getService(actor, source.service_id, { context })).forks).toBe(0);
  });

  test("says why it failed, and keeps no password of it", async () => {
    const { fork } = await aPair();
    await control().db.operation.updateMany({
      where: { serviceId: fork.service_id },
      data: { state: "FAILED", error: "The disk is full.", finishedAt: new Date() },
    });
    await markFailed(control().db, fork.service_id, "Clone storage failed: The disk is full.");
    expect(await getService(actor, fork.service_id, { context })).toMatchObject({
      status: "FAILED",
      status_reason: "Clone storage failed: The disk is full.",
      password_sealed: false,
      progress: { operation: "fork", error: "The disk is full." },
    });
  });
});

describe("what a deletion means", () => {
  test("is told with who is connected, what is only there, and which forks live on", async () => {
    const { source, fork } = await aPair();
    const { volumeId } = await rowOf(source);
    const engine = engineWith({
      connections: async () =>
        new Map([
          [
            source.service_id,
            [{ application: "psql", address: "127.0.0.1:5", role: "tsdbadmin", since: "2026-11-23T10:00:00Z" }],
          ],
        ]),
      storage: async () => new Map([[volumeId, { logicalBytes: 2, writtenBytes: 1, diskBytes: 3 }]]),
    });
    expect(await getDeleteFacts(actor, source.service_id, { context: { ...context, engine } })).toEqual({
      service_id: source.service_id,
      name: "prod",
      environment: "DEV",
      connections: [{ application: "psql", address: "127.0.0.1:5", since: "2026-11-23T10:00:00Z" }],
      written_bytes: 1,
      forks: [{ service_id: fork.service_id, name: "prod-fork" }],
      grace_seconds: 86_400,
    });
  });

  test("is unknown, not nothing, while the engine is silent", async () => {
    const { source } = await aPair();
    expect(await getDeleteFacts(actor, source.service_id, { context })).toMatchObject({
      connections: null,
      written_bytes: null,
    });
    expect(await getEngineHealth({ context })).toBe("silent");
  });
});

describe("the engine's side", () => {
  test("is told which endpoints to open: of services that are ready or unstable, in all projects", async () => {
    const { source, fork } = await aPair();
    const other = await requestCreate(await makeActor(control().db), { name: "theirs" }, { context });
    await setState(other, "UNSTABLE");
    expect((await listServed(control().db)).map(({ name }) => name)).toEqual(["prod", "theirs"]);
    await setState(fork, "READY");
    await setState(source, "DELETING");
    expect((await listServed(control().db)).map(({ name, port }) => [name, port])).toEqual([
      ["prod-fork", 20001],
      ["theirs", 20002],
    ]);
  });

  test("cannot make a service ready that a person deleted meanwhile", async () => {
    const { fork } = await aPair();
    await requestDelete(actor, fork.service_id, { context });
    expect(await markReady(control().db, fork.service_id)).toBe(false);
    expect((await rowOf(fork)).status).toBe("DELETING");
  });

  test("says that a Postgres is in trouble and that it is back, and only that", async () => {
    const { source } = await aPair();
    expect(
      await markUnstable(control().db, source.service_id, { reason: "Postgres ended: out of memory.", nowMs: 0 }),
    ).toBe(true);
    expect((await getService(actor, source.service_id, { context })).status_reason).toBe(
      "Postgres ended: out of memory.",
    );
    expect(await markRecovered(control().db, source.service_id, 0)).toBe(true);
    expect((await rowOf(source)).statusReason).toBeNull();
    await setState(source, "DELETING");
    expect(await markUnstable(control().db, source.service_id, { reason: "late", nowMs: 0 })).toBe(false);
    expect(await markRecovered(control().db, source.service_id, 0)).toBe(false);
  });

  test("puts what could not be restored back into the bin, with a whole grace and the reason", async () => {
    const { source } = await aPair();
    await setState(source, "CONFIGURING");
    const nowMs = context.clock.nowMs();
    await markBackAsleep(control().db, source.service_id, { to: "DELETED", reason: "Start Postgres failed.", nowMs });
    const row = await rowOf(source);
    expect(row).toMatchObject({ status: "DELETED", statusReason: "Start Postgres failed." });
    expect(row.purgeAt?.getTime()).toBe(nowMs + 86_400_000);
  });

  test("leaves nothing that gives access or holds a port in what it purged", async () => {
    const { source, fork } = await aPair();
    await setState(source, "PURGING");
    await markPurged(control().db, source.service_id, context.clock.nowMs());
    expect(await rowOf(source)).toMatchObject({ directPort: null, sealedPassword: null, scramVerifier: "" });
    expect(await findScramVerifier(control().db, source.service_id)).toBeUndefined();
    expect((await requestCreate(actor, { name: "next" }, { context })).endpoint?.port).toBe(20000);
    expect((await getService(actor, fork.service_id, { context })).forked_from?.name).toBe("prod");
  });
});
