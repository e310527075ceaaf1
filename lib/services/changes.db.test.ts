import { describe, expect, test } from "vitest";
import { startControlDatabase } from "@/lib/testing/control-database";
import { startHistory } from "@/lib/testing/history-fixture";
import { expectRefused, operationsOf, rowOf, setState } from "@/lib/testing/request-fixture";
import {
  findObstacle,
  getService,
  getWindow,
  listHolds,
  listOperations,
  recordServiceEvents,
  releaseHold,
  renameService,
  requestCancel,
  requestCreate,
  requestDelete,
  requestFork,
  requestPause,
  requestReset,
  requestResize,
  requestResume,
  setEnvironment,
  switchVolume,
  updatePassword,
} from ".";

const control = startControlDatabase();
const fixture = startHistory(control);
const options = (idempotencyKey?: string) => ({ context: fixture().context, idempotencyKey });
const see = (id: string) => getService(fixture().actor, id, { ...options(), deletedToo: true });
const kinds = async (service_id: string) =>
  (await listOperations(fixture().actor, { ...options(), serviceId: service_id })).map(({ kind }) => kind);

const pause = (id: string, key?: string) => requestPause(fixture().actor, id, options(key));
const resume = (id: string, key?: string) => requestResume(fixture().actor, id, options(key));

async function aFork() {
  const source = await fixture().aService();
  const fork = await requestFork(
    fixture().actor,
    { sourceId: source.service_id, body: { fork_strategy: "NOW", ttl: "1h" } },
    options(),
  );
  await setState(control().db, fork, "READY");
  const { volumeId } = await rowOf(control().db, fork);
  await fixture().store.fork(source.volumeId, volumeId);
  return { ...fork, volumeId };
}

describe("pausing and starting", () => {
  test("say what was asked for, however fast it was done", async () => {
    const service = await fixture().aService();
    expect((await pause(service.service_id)).status).toBe("PAUSING");
    expect((await pause(service.service_id)).status).toBe("PAUSING");
    await setState(control().db, service, "PAUSED");
    expect(await see(service.service_id)).toMatchObject({ status: "PAUSED" });
    expect((await resume(service.service_id)).status).toBe("RESUMING");
    expect((await resume(service.service_id)).status).toBe("RESUMING");
    expect(await kinds(service.service_id)).toEqual(["resume", "pause", "create"]);
  });

  test("repeated with their key are the same request, also after it is done", async () => {
    const service = await fixture().aService();
    await pause(service.service_id, "one");
    await setState(control().db, service, "PAUSED");
    expect((await pause(service.service_id, "one")).status).toBe("PAUSING");
    expect(await kinds(service.service_id)).toEqual(["pause", "create"]);
    await expectRefused(resume(service.service_id, "one"), "IDEMPOTENCY_CONFLICT");
  });

  test("are refused where they make no sense, with what helps", async () => {
    const service = await fixture().aService();
    expect((await expectRefused(resume(service.service_id), "CONFLICT")).message).toBe("prod is running already.");
    await setState(control().db, service, "PAUSED");
    expect((await expectRefused(pause(service.service_id), "CONFLICT")).message).toBe("prod is paused already.");
    await setState(control().db, service, "CONFIGURING");
    await expectRefused(pause(service.service_id), "CONFLICT");
    await setState(control().db, service, "DELETED");
    await expectRefused(resume(service.service_id), "NOT_FOUND");
  });

  test("of what has expired are EXPIRED, and name the restore", async () => {
    const fork = await aFork();
    await setState(control().db, fork, "EXPIRED");
    const error = await expectRefused(resume(fork.service_id), "EXPIRED");
    expect(error.fix[0]?.label).toBe("Restore prod-fork");
  });
});

describe("resizing", () => {
  const resize = (id: string, cpu_millis: number | "shared", memory_gbs: number | "shared") =>
    requestResize(fixture().actor, { serviceId: id, body: { cpu_millis, memory_gbs } }, options());

  test("restarts what runs, and its row has the new size only then", async () => {
    const service = await fixture().aService();
    expect((await resize(service.service_id, 1000, 4)).status).toBe("UPGRADING");
    expect(await rowOf(control().db, service)).toMatchObject({ status: "UPGRADING", cpuMillis: 500, memoryGbs: 2 });
    const operation = (await operationsOf(control().db, service)).at(-1);
    expect(operation?.input).toMatchObject({ from: "READY", after: { cpuMillis: 1000, memoryGbs: 4 } });
  });

  test("of what is paused is done at once", async () => {
    const service = await fixture().aService();
    await setState(control().db, service, "PAUSED");
    const resized = await resize(service.service_id, "shared", "shared");
    expect(resized.resources[0]?.spec).toMatchObject({ cpu_millis: 0, memory_gbs: 0 });
    expect(resized.status).toBe("PAUSED");
    expect((await operationsOf(control().db, service)).at(-1)).toMatchObject({ kind: "resize", state: "SUCCEEDED" });
  });

  test("to the size that it has, or one that is not offered, is refused", async () => {
    const { service_id } = await fixture().aService();
    await expectRefused(resize(service_id, 500, 2), "CONFLICT", "cpu_millis");
    const error = await expectRefused(resize(service_id, 4000, 16), "SIZE_NOT_OFFERED", "cpu_millis");
    expect(error.details?.sizes).toHaveLength(4);
  });
});

describe("what is one transaction", () => {
  test("is a finished operation, and who watches is told of it", async () => {
    const service = await fixture().aService();
    const { actor, context } = fixture();
    await renameService(actor, { serviceId: service.service_id, body: { name: "prod-2" } }, { context });
    await setEnvironment(actor, { serviceId: service.service_id, body: { environment: "PROD" } }, { context });
    await updatePassword(actor, { serviceId: service.service_id, password: "hunter2hunter2" }, { context });
    const operations = await operationsOf(control().db, service);
    expect(operations.slice(1).map(({ kind, state, steps }) => [kind, state, steps])).toEqual([
      ["rename", "SUCCEEDED", []],
      ["environment", "SUCCEEDED", []],
      ["password", "SUCCEEDED", []],
    ]);
    expect(JSON.stringify(operations)).not.toContain("hunter2");
    const told = await control().db.progressEvent.findMany({ where: { projectId: actor.projectId } });
    const last = told.sort((left, right) => Number(left.seq - right.seq)).slice(-3);
    expect(last.map(({ payload }) => (payload as { operation: string }).operation)).toEqual([
      "rename",
      "environment",
      "password",
    ]);
  });

  test("gives away no name that is taken, and asks for nothing where nothing changes", async () => {
    const [service, other] = [await fixture().aService(), await fixture().aService("other")];
    const rename = (name: string) =>
      renameService(fixture().actor, { serviceId: service.service_id, body: { name } }, options());
    const error = await expectRefused(rename(other.name), "NAME_TAKEN", "name");
    expect(error.fix[0]?.set).toEqual({ name: "other-2" });
    await rename(service.name);
    expect(await kinds(service.service_id)).toEqual(["create"]);
  });
});

describe("a reset", () => {
  const reset = (id: string, body: Parameters<typeof requestReset>[1]["body"], key?: string) =>
    requestReset(fixture().actor, { serviceId: id, body }, options(key));

  test("holds its moment until it is done, in the volume that the service has then", async () => {
    const { service_id, volumeId } = await fixture().aService();
    const asked = await reset(service_id, { fork_strategy: "PITR", commit: 3 });
    expect(asked.status).toBe("CONFIGURING");
    const [operation] = await listOperations(fixture().actor, { ...options(), serviceId: service_id });
    expect(operation).toMatchObject({ kind: "reset", cancellable: true });
    const { holds } = await fixture().store.window(volumeId);
    expect(holds).toMatchObject([{ holdId: operation?.operation_id, commit: 3 }]);
  });

  test("that is repeated with its key holds nothing more", async () => {
    const { service_id, volumeId } = await fixture().aService();
    await reset(service_id, { fork_strategy: "PITR", commit: 3 }, "one");
    await reset(service_id, { fork_strategy: "PITR", commit: 3 }, "one");
    expect((await fixture().store.window(volumeId)).holds).toHaveLength(1);
    expect(await kinds(service_id)).toEqual(["reset", "create"]);
  });

  test("that is refused or cancelled leaves no hold", async () => {
    const { service_id, volumeId } = await fixture().aService();
    const holds = async () => (await fixture().store.window(volumeId)).holds;
    await expectRefused(
      reset(service_id, { fork_strategy: "PITR", commit: 99 }),
      "TARGET_OUTSIDE_WAL_WINDOW",
      "commit",
    );
    expect(await holds()).toEqual([]);
    await reset(service_id, { fork_strategy: "PITR", commit: 3 });
    const [operation] = await listOperations(fixture().actor, { ...options(), serviceId: service_id });
    await requestCancel(fixture().actor, operation?.operation_id ?? "", options());
    expect(await holds()).toEqual([]);
    expect((await see(service_id)).status).toBe("READY");
  });

  test.each([
    ["nothing", {}, ["INVALID_REQUEST", "fork_strategy"]],
    ["two ways at once", { undo: true, base: true } as const, ["INVALID_REQUEST", "fork_strategy"]],
    ["a way and a moment", { undo: true, commit: 2 } as const, ["INVALID_REQUEST", "fork_strategy"]],
    ["an undo of nothing", { undo: true } as const, ["GONE", undefined]],
    ["the base of what is no fork", { base: true } as const, ["INVALID_REQUEST", "base"]],
  ] as const)("with %s is refused", async (_what, body, [code, field]) => {
    const { service_id } = await fixture().aService();
    await expectRefused(reset(service_id, body), code, field);
    expect((await see(service_id)).status).toBe("READY");
  });

  test("goes back to the base of a fork, also when its window has moved on", async () => {
    const fork = await aFork();
    const { store } = fixture();
    const base = (await store.find(fork.volumeId))?.head.commit ?? 0;
    await store.hold(fork.volumeId, {
      holdId: fork.volumeId,
      at: { commit: base },
      untilMicros: Number.MAX_SAFE_INTEGER,
    });
    store.write(fork.volumeId, ["own"]);
    store.moveWindow(fork.volumeId, base + 1);
    await reset(fork.service_id, { base: true });
    const operation = (await operationsOf(control().db, fork)).at(-1);
    expect(operation?.input).toMatchObject({ clone: { volumeId: fork.volumeId, commit: base, isBase: true } });
  });

  test("shows the mark of the base to nobody, and lets nobody end it", async () => {
    const fork = await aFork();
    const { store, actor } = fixture();
    const { commit } = (await store.find(fork.volumeId))?.head ?? { commit: 1 };
    await store.hold(fork.volumeId, { holdId: fork.volumeId, at: { commit }, untilMicros: Number.MAX_SAFE_INTEGER });
    expect(await listHolds(actor, fork.service_id, options())).toEqual([]);
    expect((await getWindow(actor, fork.service_id, options())).holds).toEqual([]);
    await releaseHold(actor, { serviceId: fork.service_id, holdId: fork.volumeId }, options());
    expect((await store.window(fork.volumeId)).holds).toHaveLength(1);
  });

  test("takes what happened in a volume with it, and brings it back with it", async () => {
    const service = await fixture().aService();
    const { db } = control();
    const { service_id: serviceId, volumeId } = service;
    const happened = { kind: "truncate" as const, what: "TRUNCATE flights", rows: null, commit: 4, micros: 1_000_000 };
    await recordServiceEvents(db, serviceId, [happened]);
    const swap = (from: string, to: string) =>
      db.$transaction((tx) => switchVolume(tx, { serviceId, from, to, by: "ana", nowMs: 5_000 }));
    const events = () => db.serviceEvent.findMany({ where: { serviceId } });
    const before = await events();
    await swap(volumeId, "other00000");
    await swap(volumeId, "other00000");
    expect(await events()).toEqual([]);
    expect(await see(serviceId)).toMatchObject({ reset_undo_until: new Date(5_000 + 86_400_000).toISOString() });
    await swap("other00000", volumeId);
    expect(await events()).toEqual(before);
    expect((await db.retiredVolume.findMany()).map((row) => row.volumeId)).toEqual(["other00000"]);
  });
});

test("a fork lives in its source's region, and nowhere else", async () => {
  const { actor, aService } = fixture();
  const { service_id: sourceId } = await aService();
  const fork = (region_code: string) =>
    requestFork(actor, { sourceId, body: { fork_strategy: "NOW", ttl: "1h", region_code } }, options());
  const error = await expectRefused(fork("eu-central-1"), "NOT_OFFERED", "region_code");
  expect(error.message).toContain("prod is in us-east-1");
  expect((await fork("us-east-1")).region_code).toBe("us-east-1");
});

describe("who connects is told", () => {
  test.each([
    ["PAUSED", "prod-fork is paused. Start it to connect."],
    ["RESUMING", "prod-fork is being started. Connect again in a moment."],
    ["UPGRADING", "prod-fork is being resized. Connect again in a moment."],
    ["CONFIGURING", "This service is being prepared. It takes connections once its status is READY."],
    ["READY", undefined],
  ] as const)("why they cannot while it is %s", async (status, sentence) => {
    const fork = await aFork();
    await setState(control().db, fork, status);
    expect(await findObstacle(control().db, fork.service_id, fixture().clock.nowMs())).toBe(sentence);
  });

  test("that it expired from the very second on, although nobody has ended it yet", async () => {
    const fork = await aFork();
    const endMs = Date.parse(fork.expires_at ?? "");
    expect(await findObstacle(control().db, fork.service_id, endMs - 1)).toBeUndefined();
    expect(await findObstacle(control().db, fork.service_id, endMs)).toContain("prod-fork expired at");
  });
});

describe("cancelling", () => {
  test("what has no way back is refused, with what helps", async () => {
    const service = await fixture().aService();
    await requestDelete(fixture().actor, service.service_id, options());
    const [operation] = await listOperations(fixture().actor, { ...options(), serviceId: service.service_id });
    const asked = requestCancel(fixture().actor, operation?.operation_id ?? "", options());
    expect((await expectRefused(asked, "CONFLICT")).message).toBe(
      "This delete cannot be cancelled. Restore the service instead.",
    );
  });

  test("a creation leaves its name, port and nothing to restore", async () => {
    const { actor } = fixture();
    const created = await requestCreate(actor, { name: "regretted" }, options());
    const [operation] = await listOperations(actor, { ...options(), serviceId: created.service_id });
    await requestCancel(actor, operation?.operation_id ?? "", options());
    expect(await rowOf(control().db, created)).toMatchObject({ status: "PURGED", directPort: null, scramVerifier: "" });
    expect((await requestCreate(actor, { name: "regretted" }, options())).endpoint).toEqual(created.endpoint);
  });
});
