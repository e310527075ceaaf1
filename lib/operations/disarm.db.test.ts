import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Actor } from "@/lib/schemas/actor";
import type { ForkServiceBody, ServiceDto } from "@/lib/schemas/service";
import { listDisarmed, requestArm, requestCreate, requestFork } from "@/lib/services";
import { startControlDatabase } from "@/lib/testing/control-database";
import { expectRefused } from "@/lib/testing/request-fixture";
import { openTestStore, type RowStore } from "@/lib/testing/row-store";
import { makeActor, servicesContextFor } from "@/lib/testing/services-context";
import { switchRow } from "@/lib/testing/simulated-data-plane";
import { SimulatedEngine } from "@/lib/testing/simulated-engine";
import type { Switch } from "./switches";

const control = startControlDatabase();
let shelf: Awaited<ReturnType<typeof openTestStore>>;
let store: RowStore;
let context: ReturnType<typeof servicesContextFor>;
let actor: Actor;
let engine: SimulatedEngine;

const JOB: Switch = {
  kind: "job",
  name: "Retention Policy [1000]",
  details: { job_id: 1000, every: "1 day" },
  isOn: true,
};
const ROLE: Switch = { kind: "role_password", name: "app", details: {}, isOn: true };

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

const fork = ({ service_id: sourceId }: ServiceDto, more: Partial<ForkServiceBody> = {}) =>
  requestFork(actor, { sourceId, body: { fork_strategy: "NOW", ...more } }, { context });
const list = ({ service_id }: ServiceDto) => listDisarmed(actor, service_id, { context });
const sayList = async (service: ServiceDto) => (await list(service)).map(({ name, armed_by }) => [name, armed_by]);
const switchesIn = async ({ service_id }: ServiceDto) =>
  (await engine.plane.switches.list(service_id)).map(({ name, isOn }) => [name, isOn]);

async function aSource(): Promise<ServiceDto> {
  await engine.start();
  const source = await requestCreate(actor, { name: "prod" }, { context });
  await engine.settled();
  for (const one of [JOB, ROLE]) engine.plane.insert(source.service_id, switchRow(one));
  return source;
}

async function done(asked: Promise<ServiceDto>): Promise<ServiceDto> {
  const service = await asked;
  await engine.settled();
  return service;
}

async function arm(service: ServiceDto, name: string, password?: string) {
  const item = (await list(service)).find((one) => one.name === name);
  const body = password === undefined ? {} : { password };
  const operation = await requestArm(
    actor,
    { serviceId: service.service_id, itemId: item?.id ?? "none", body },
    { context },
  );
  await engine.settled();
  return operation;
}

describe("a fork", () => {
  test("has its jobs and other roles' passwords off, listed, before it is READY; its source keeps them", async () => {
    const source = await aSource();
    const copy = await done(fork(source));
    expect(await switchesIn(copy)).toEqual([
      [JOB.name, false],
      [ROLE.name, false],
    ]);
    expect(await sayList(copy)).toEqual([
      [JOB.name, null],
      [ROLE.name, null],
    ]);
    expect(await switchesIn(source)).toEqual([
      [JOB.name, true],
      [ROLE.name, true],
    ]);
    expect(await list(source)).toEqual([]);
    const { acts } = engine.plane;
    const of = (act: string) => acts.lastIndexOf(`${act} ${copy.service_id}`);
    expect(of("switches.turnOff")).toBeLessThan(of("endpoints.check"));
  });

  test("of a source in which nothing is on is written by nobody", async () => {
    await engine.start();
    const copy = await done(fork(await done(requestCreate(actor, { name: "prod" }, { context }))));
    expect(engine.plane.acts).toContain(`switches.list ${copy.service_id}`);
    expect(engine.plane.acts).not.toContain(`switches.turnOff ${copy.service_id}`);
    expect(await list(copy)).toEqual([]);
  });

  test("keeps its jobs on when that is asked for, and its list says who asked", async () => {
    const copy = await done(fork(await aSource(), { jobs_paused: false }));
    expect(await switchesIn(copy)).toEqual([
      [JOB.name, true],
      [ROLE.name, false],
    ]);
    expect(await sayList(copy)).toEqual([
      [JOB.name, actor.name],
      [ROLE.name, null],
    ]);
  });

  test("of a fork lists what its source was not given", async () => {
    const first = await done(fork(await aSource()));
    const second = await done(fork(first));
    expect(await sayList(second)).toEqual([
      [JOB.name, null],
      [ROLE.name, null],
    ]);
  });

  test("is the same when the engine is killed between the list and the switching off", async () => {
    const source = await aSource();
    engine.plane.failNext("switches.turnOff", new Error("lost"));
    const copy = await done(fork(source));
    expect(await switchesIn(copy)).toEqual([
      [JOB.name, false],
      [ROLE.name, false],
    ]);
    expect(await sayList(copy)).toEqual([
      [JOB.name, null],
      [ROLE.name, null],
    ]);
  });
});

describe("switching on", () => {
  test("turns one thing on and says who did, and leaves the others", async () => {
    const copy = await done(fork(await aSource()));
    await arm(copy, JOB.name);
    expect(await switchesIn(copy)).toEqual([
      [JOB.name, true],
      [ROLE.name, false],
    ]);
    expect(await sayList(copy)).toEqual([
      [JOB.name, actor.name],
      [ROLE.name, null],
    ]);
    await expectRefused(arm(copy, JOB.name), "CONFLICT");
  });

  test("takes a password of a role, and of nothing else; what stood for it is forgotten", async () => {
    const copy = await done(fork(await aSource()));
    await expectRefused(arm(copy, ROLE.name), "INVALID_REQUEST", "password");
    await expectRefused(arm(copy, JOB.name, "hunter2hunter2"), "INVALID_REQUEST", "password");
    const { operation_id: id } = await arm(copy, ROLE.name, "hunter2hunter2");
    const { input } = await control().db.operation.findUniqueOrThrow({ where: { id } });
    expect(JSON.stringify(input)).not.toMatch(/SCRAM|hunter2/);
    expect(await switchesIn(copy)).toContainEqual([ROLE.name, true]);
  });

  test("is listed as on only once it is", async () => {
    const copy = await done(fork(await aSource()));
    engine.plane.failNext("switches.turnOn", ...Array(20).fill(new Error("lost")));
    const { operation_id: id } = await arm(copy, JOB.name);
    const { state } = await control().db.operation.findUniqueOrThrow({ where: { id } });
    expect(state).toBe("FAILED");
    expect(await sayList(copy)).toContainEqual([JOB.name, null]);
  });

  test("of what is not in this service's list is not found", async () => {
    const source = await aSource();
    const [one, other] = [await done(fork(source)), await done(fork(source))];
    const [item] = await list(other);
    const asked = requestArm(actor, { serviceId: one.service_id, itemId: item?.id ?? "", body: {} }, { context });
    await expectRefused(asked, "NOT_FOUND");
  });
});
