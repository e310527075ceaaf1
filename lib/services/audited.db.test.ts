import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, test } from "vitest";
import { listAudit, verifyAudit } from "@/lib/audit";
import { type Action, isAllowed } from "@/lib/auth";
import type { Actor } from "@/lib/schemas/actor";
import { ROLES } from "@/lib/schemas/role";
import type { ServiceDto } from "@/lib/schemas/service";
import { startControlDatabase } from "@/lib/testing/control-database";
import { startHistory } from "@/lib/testing/history-fixture";
import { expectRefused, operationsOf, setState } from "@/lib/testing/request-fixture";
import * as services from ".";

const control = startControlDatabase();
const fixture = startHistory(control);

type Service = ServiceDto & { volumeId: string };

interface World {
  readonly actor: Actor;
  readonly id: string;
  readonly options: { context: services.ServicesContext };
}

interface Way {
  readonly action: Action;
  /** What has to be there first, beside a READY service with a few commits. */
  readonly prepare?: (service: Service) => Promise<unknown>;
  readonly ask: (world: World) => Promise<unknown>;
}

/** Questions: allowed by the table, and no change. */
const READS: readonly string[] = [
  "countConnections",
  "estimateExtension",
  "estimateFork",
  "getAllowList",
  "getBudget",
  "getDamages",
  "getDeleteFacts",
  "getFrees",
  "getHistorySettings",
  "getOperation",
  "getPolicy",
  "getProject",
  "getProjectCost",
  "getProjectStorage",
  "getService",
  "getSchema",
  "getServiceCost",
  "getStorage",
  "getTimeline",
  "getWebhooks",
  "getWindow",
  "listBin",
  "listDisarmed",
  "listHolds",
  "listOperations",
  "listPrices",
  "listProjects",
  "listServices",
  "listSnapshots",
  "resolveMoment",
];

/** What ends by itself within the hour and changes nothing that anybody else sees: allowed by the table, not audited. */
const LEASES: readonly string[] = ["takeHold", "renewHold", "releaseHold"];

const SNAPSHOT = "snap000001";
const WEBHOOK = "webhook001";
const makeFork = ({ service_id: id }: Service) =>
  control().db.service.update({
    where: { id },
    data: { forkedFromId: id, ttlSeconds: 3_600, expiresAt: new Date(Date.now() + 3_600_000) },
  });
const inBin = (service: Service) => setState(control().db, service, "DELETED");

/** Every function of the face by which somebody changes something: the action that it must be allowed, and leave behind. */
const CHANGES: Readonly<Record<string, Way>> = {
  requestCreate: {
    action: "service.create",
    ask: ({ actor, options }) => services.requestCreate(actor, { name: "new" }, options),
  },
  requestFork: {
    action: "service.fork",
    ask: ({ actor, id, options }) =>
      services.requestFork(actor, { sourceId: id, body: { fork_strategy: "NOW" } }, options),
  },
  requestDelete: {
    action: "service.delete",
    ask: ({ actor, id, options }) => services.requestDelete(actor, id, options),
  },
  requestRestore: {
    action: "service.restore",
    prepare: inBin,
    ask: ({ actor, id, options }) => services.requestRestore(actor, { serviceId: id, body: { name: "back" } }, options),
  },
  requestPurge: {
    action: "service.purge",
    prepare: inBin,
    ask: ({ actor, id, options }) => services.requestPurge(actor, id, options),
  },
  requestPause: {
    action: "service.stop",
    ask: ({ actor, id, options }) => services.requestPause(actor, id, options),
  },
  requestResume: {
    action: "service.start",
    prepare: (service) => setState(control().db, service, "PAUSED"),
    ask: ({ actor, id, options }) => services.requestResume(actor, id, options),
  },
  requestResize: {
    action: "service.resize",
    ask: ({ actor, id, options }) =>
      services.requestResize(actor, { serviceId: id, body: { cpu_millis: 1000, memory_gbs: 4 } }, options),
  },
  requestReset: {
    action: "service.reset",
    ask: ({ actor, id, options }) =>
      services.requestReset(actor, { serviceId: id, body: { fork_strategy: "PITR", commit: 2 } }, options),
  },
  requestCancel: {
    action: "operation.cancel",
    ask: async ({ actor, id, options }) => {
      const [operation] = await operationsOf(control().db, { service_id: id } as ServiceDto);
      return services.requestCancel(actor, operation?.id ?? "", options);
    },
  },
  extendService: {
    action: "service.extend",
    prepare: makeFork,
    ask: ({ actor, id, options }) => services.extendService(actor, { serviceId: id, body: { ttl: "2h" } }, options),
  },
  requestExpire: {
    action: "service.expire",
    prepare: makeFork,
    ask: ({ actor, id, options }) => services.requestExpire(actor, id, options),
  },
  putPolicy: {
    action: "policy.write",
    ask: ({ actor, options }) => services.putPolicy(actor, { on_expiry: "stop" }, options),
  },
  putWebhooks: {
    action: "webhooks.write",
    ask: ({ actor, options }) =>
      services.putWebhooks(actor, { webhooks: [{ url: "https://hooks.acme.test/x" }] }, options),
  },
  testWebhook: {
    action: "webhooks.write",
    prepare: ({ project_id }) =>
      control().db.webhook.upsert({
        where: { id: WEBHOOK },
        update: { projectId: project_id },
        create: {
          id: WEBHOOK,
          projectId: project_id,
          url: "https://hooks.acme.test/x",
          sealedSecret: "",
          createdAt: new Date(0),
        },
      }),
    ask: ({ actor, options }) => services.testWebhook(actor, WEBHOOK, options),
  },
  renameService: {
    action: "service.rename",
    ask: ({ actor, id, options }) => services.renameService(actor, { serviceId: id, body: { name: "other" } }, options),
  },
  setEnvironment: {
    action: "service.setEnvironment",
    ask: ({ actor, id, options }) =>
      services.setEnvironment(actor, { serviceId: id, body: { environment: "PROD" } }, options),
  },
  setProtection: {
    action: "service.protect",
    ask: ({ actor, id, options }) =>
      services.setProtection(actor, { serviceId: id, body: { protected: true } }, options),
  },
  setAllowList: {
    action: "service.allowList",
    ask: ({ actor, id, options }) =>
      services.setAllowList(actor, { serviceId: id, body: { allow_list: ["203.0.113.0/24"] } }, options),
  },
  setLabels: {
    action: "service.labels",
    ask: ({ actor, id, options }) =>
      services.setLabels(actor, { serviceId: id, body: { labels: { team: "billing" } } }, options),
  },
  requestArm: {
    action: "service.arm",
    prepare: ({ service_id: serviceId }) =>
      control().db.disarmedItem.create({
        data: { id: serviceId, serviceId, kind: "role_password", name: "app", details: {}, createdAt: new Date(0) },
      }),
    ask: ({ actor, id, options }) =>
      services.requestArm(actor, { serviceId: id, itemId: id, body: { password: "planted-hunter2" } }, options),
  },
  changeHistorySettings: {
    action: "service.retention",
    ask: ({ actor, id, options }) =>
      services.changeHistorySettings(actor, { serviceId: id, body: { retention_seconds: 7_200 } }, options),
  },
  revealPassword: {
    action: "service.revealPassword",
    ask: ({ actor, id, options }) => services.revealPassword(actor, id, options),
  },
  resetPassword: {
    action: "service.updatePassword",
    ask: ({ actor, id, options }) => services.resetPassword(actor, id, options),
  },
  updatePassword: {
    action: "service.updatePassword",
    ask: ({ actor, id, options }) =>
      services.updatePassword(actor, { serviceId: id, password: "planted-hunter2" }, options),
  },
  putBudget: {
    action: "budgets.write",
    ask: ({ actor, options }) =>
      services.putBudget(actor, { monthly_micro_cents: 5_000_000, alert_percents: [50] }, options),
  },
  putPrices: {
    action: "prices.write",
    ask: ({ actor, options }) => {
      const prices = { vcpu_hour_micro_cents: 1, gib_hour_micro_cents: 1, storage_gib_month_micro_cents: 1 };
      return services.putPrices(actor, { currency: "EUR", ...prices, pinned_billed: true }, options);
    },
  },
  requestSnapshot: {
    action: "snapshot.create",
    ask: ({ actor, id, options }) => services.requestSnapshot(actor, { serviceId: id }, options),
  },
  deleteSnapshot: {
    action: "snapshot.delete",
    prepare: ({ volumeId }) =>
      fixture().store.takeSnapshot(volumeId, { snapshotId: SNAPSHOT, name: "mine", kind: "manual" }),
    ask: ({ actor, id, options }) => services.deleteSnapshot(actor, { serviceId: id, snapshotId: SNAPSHOT }, options),
  },
  markEvent: {
    action: "event.create",
    ask: ({ actor, id, options }) =>
      services.markEvent(actor, { serviceId: id, body: { kind: "deploy", what: "web 42" } }, options),
  },
};

/** Functions of the face whose first argument is an actor: read from the sources, because nothing else tells them apart. */
function findAskedByPeople(): string[] {
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => readFileSync(join(folder, file), "utf8"));
  const pattern = /^export (?:async function|const) (\w+)(?: = (?:async )?)?\(\s*actor: Actor\b/gm;
  const named = sources.flatMap((text) => [...text.matchAll(pattern)].map(([, name = ""]) => name));
  return named.filter((name) => name in services).sort();
}

async function aWorld({ prepare }: Way): Promise<World> {
  const { actor, context, aService } = fixture();
  const service = await aService();
  await prepare?.(service);
  return { actor, id: service.service_id, options: { context } };
}

const entriesOf = async ({ projectId }: Actor) => (await listAudit(control().db, projectId)).entries;

it("knows every function that somebody can call", () => {
  expect(findAskedByPeople()).toEqual([...READS, ...LEASES, ...Object.keys(CHANGES)].sort());
});

describe("a change", () => {
  test.each(Object.entries(CHANGES))("leaves one entry in the activity, in its transaction: %s", async (_name, way) => {
    const world = await aWorld(way);
    const before = await entriesOf(world.actor);
    await way.ask(world);
    const [entry, ...rest] = await entriesOf(world.actor);
    expect([entry?.action, rest.length]).toEqual([way.action, before.length]);
    expect(entry?.actor.name).toBe(world.actor.name);
    expect(await verifyAudit(control().db, world.actor.projectId)).toMatchObject({ isWhole: true });
  });

  test.each(Object.entries(CHANGES))(
    "is refused to roles that are too small, and leaves nothing: %s",
    async (_name, way) => {
      const world = await aWorld(way);
      const everything = async () => [
        await control().db.service.findMany({ orderBy: { id: "asc" } }),
        await control().db.operation.findMany({ orderBy: { id: "asc" } }),
        await entriesOf(world.actor),
      ];
      const before = await everything();
      for (const role of ROLES.filter((one) => !isAllowed({ role: one }, way.action)))
        await expectRefused(way.ask({ ...world, actor: { ...world.actor, role } }), "FORBIDDEN");
      expect(await everything()).toEqual(before);
    },
  );

  test.each(Object.entries(CHANGES))("of a PROD service asks for what the table says: %s", async (name, way) => {
    if (["requestCreate", "requestFork", "requestReset"].includes(name)) return;
    const world = await aWorld(way);
    await control().db.service.update({ where: { id: world.id }, data: { environment: "PROD" } });
    const ask = way.ask({ ...world, actor: { ...world.actor, role: "developer" } });
    if (isAllowed({ role: "developer" }, way.action, { environment: "PROD" })) await expect(ask).resolves.not.toThrow();
    else await expectRefused(ask, "FORBIDDEN");
  });
});

const { takeHold, renewHold, releaseHold } = services;

test.each(Object.entries({ takeHold, renewHold, releaseHold }))("a viewer takes no lease: %s", async (_name, lease) => {
  const { actor, context, aService } = fixture();
  const { service_id: serviceId } = await aService();
  const viewer: Actor = { ...actor, role: "viewer" };
  const asked = { serviceId, holdId: "hold000001", body: { commit: 2 } };
  await expectRefused(lease(viewer, asked, { context }), "FORBIDDEN");
});

describe("a fork of a PROD service", () => {
  test("is the policy's to allow", async () => {
    const { actor, context, aService } = fixture();
    const { service_id: sourceId } = await aService();
    await control().db.service.update({ where: { id: sourceId }, data: { environment: "PROD" } });
    const fork = (role: Actor["role"]) =>
      services.requestFork({ ...actor, role }, { sourceId, body: { fork_strategy: "NOW" } }, { context });
    await expect(fork("developer")).resolves.toBeDefined();
    await control().db.project.update({ where: { id: actor.projectId }, data: { forkProdRole: "admin" } });
    await expectRefused(fork("developer"), "FORK_PROD_DENIED");
    await expect(fork("admin")).resolves.toBeDefined();
  });
});

test("no password is in any entry", async () => {
  const { actor, context, aService } = fixture();
  const { service_id: id } = await aService();
  const made = await services.requestCreate(actor, { name: "with-password" }, { context });
  const reset = await services.resetPassword(actor, id, { context });
  await services.updatePassword(actor, { serviceId: id, password: "planted-hunter2" }, { context });
  const rows = await control().db.service.findMany();
  const text = JSON.stringify(await entriesOf(actor));
  for (const secret of [
    "planted-hunter2",
    made.initial_password ?? "",
    reset.password,
    ...rows.flatMap((row) => [row.scramVerifier, row.sealedPassword ?? "SCRAM-SHA-256"]),
  ])
    expect(text).not.toContain(secret);
});
