import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Actor } from "@/lib/schemas/actor";
import type { ServiceDto } from "@/lib/schemas/service";
import { AppError } from "@/lib/std/app-error";
import { startControlDatabase } from "@/lib/testing/control-database";
import { makeActor, servicesContextFor } from "@/lib/testing/services-context";
import * as services from ".";

const control = startControlDatabase();
let context: services.ServicesContext;
let owner: Actor;
let stranger: Actor;
let service: ServiceDto;
let deleted: ServiceDto;
let operationId: string;

beforeAll(async () => {
  context = servicesContextFor(control().db);
  [owner, stranger] = [await makeActor(control().db), await makeActor(control().db)];
});

beforeEach(async () => {
  await control().db.$executeRaw`TRUNCATE services, operations, operation_steps, idempotency_keys CASCADE`;
  service = await services.requestCreate(owner, { name: "prod" }, { context });
  deleted = await services.requestCreate(owner, { name: "old" }, { context });
  const [operation] = await services.listOperations(owner, { context, serviceId: service.service_id });
  operationId = operation?.operation_id ?? "";
  await control().db.service.update({ where: { id: service.service_id }, data: { status: "READY" } });
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
];

describe("what belongs to one project", () => {
  test.each(ONE_THING)("is not there for another: %s", async (_name, ask) => {
    const before = await control().db.service.findMany({ orderBy: { id: "asc" } });
    const error = await ask(stranger).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toBe("NOT_FOUND");
    expect((error as AppError).message).not.toMatch(/prod|old/);
    expect(await control().db.service.findMany({ orderBy: { id: "asc" } })).toEqual(before);
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
