import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Action, isAllowed, PERMISSIONS, takeRequest } from "@/lib/auth";
import { createApiKey } from "@/lib/auth/project-keys";
import { REQUEST_RATE } from "@/lib/auth/rate-limit";
import { hashToken } from "@/lib/auth/tokens";
import type { EngineServer } from "@/lib/engine-client";
import type { Actor } from "@/lib/schemas/actor";
import { ROLES, type Role } from "@/lib/schemas/role";
import { systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import { type Call, callRoute } from "@/lib/testing/call-route";
import { startControlDatabase } from "@/lib/testing/control-database";
import { MemoryStore } from "@/lib/testing/memory-store";
import { makeActor } from "@/lib/testing/services-context";
import { serveStoreEngine } from "@/lib/testing/store-engine";
import * as api from ".";

const control = startControlDatabase();
const dataDir = mkdtempSync(join(tmpdir(), "offshoot-permissions-"));
const store = new MemoryStore();
let engine: EngineServer;

/** A project with a person who owns it, and a key of theirs for each role. */
interface Side {
  readonly actor: Actor;
  readonly keys: Readonly<Record<Role, string>>;
}
let own: Side;
let other: Side;

/** What there is in the own project when something is asked. */
interface Things {
  readonly service_id: string;
  readonly operation_id: string;
  readonly hold_id: string;
  readonly snapshot_id: string;
  readonly user_id: string;
  readonly invitation_id: string;
  readonly public_key: string;
  readonly session_id: string;
  readonly item_id: string;
}

interface Way {
  readonly route: api.Route;
  readonly method: keyof api.Route;
  /** Names of the path's parts beside the project. */
  readonly parts?: readonly (keyof Things)[];
  readonly body?: object;
  readonly query?: string;
  /** Columns of the service that it needs. */
  readonly service?: object;
  /** What whoever may do it is answered. */
  readonly status: number;
}

const service = ["service_id"] as const;
const DELETED = { status: "DELETED", deletedAt: new Date(0), purgeAt: new Date(4e12) };

/** A fork of itself. */
const FORK = { forkedFromId: "itself", ttlSeconds: 3_600, expiresAt: new Date(systemClock.nowMs() + 3_600_000) };

/** How each action of the table is asked for over HTTP. */
const WAYS: Readonly<Partial<Record<Action, Way>>> = {
  "service.read": { route: api.serviceRoute, method: "GET", parts: service, status: 200 },
  "service.create": { route: api.servicesRoute, method: "POST", body: { name: "new" }, status: 202 },
  "service.fork": {
    route: api.forkServiceRoute,
    method: "POST",
    parts: service,
    body: { fork_strategy: "NOW" },
    status: 202,
  },
  "service.forkProd": {
    route: api.forkServiceRoute,
    method: "POST",
    parts: service,
    body: { fork_strategy: "NOW" },
    service: { environment: "PROD" },
    status: 202,
  },
  "service.delete": { route: api.serviceRoute, method: "DELETE", parts: service, status: 202 },
  "service.restore": {
    route: api.restoreRoute,
    method: "POST",
    parts: service,
    body: { name: "back" },
    service: DELETED,
    status: 202,
  },
  "service.purge": { route: api.purgeRoute, method: "POST", parts: service, service: DELETED, status: 202 },
  "service.updatePassword": {
    route: api.updatePasswordRoute,
    method: "POST",
    parts: service,
    body: { password: "hunter2hunter2" },
    status: 204,
  },
  "service.retention": {
    route: api.historySettingsRoute,
    method: "PATCH",
    parts: service,
    body: { retention_seconds: 7_200 },
    status: 200,
  },
  "service.extend": {
    route: api.extendRoute,
    method: "POST",
    parts: service,
    body: { ttl: "1h" },
    service: FORK,
    status: 202,
  },
  "service.expire": { route: api.expireRoute, method: "POST", parts: service, service: FORK, status: 202 },
  "policy.read": { route: api.policyRoute, method: "GET", status: 200 },
  "policy.write": { route: api.policyRoute, method: "PUT", body: { on_expiry: "postpone" }, status: 200 },
  "webhooks.read": { route: api.webhooksRoute, method: "GET", status: 200 },
  "webhooks.write": { route: api.webhooksRoute, method: "PUT", body: { webhooks: [] }, status: 200 },
  "service.protect": {
    route: api.protectionRoute,
    method: "PUT",
    parts: service,
    body: { protected: true },
    status: 200,
  },
  "service.labels": {
    route: api.labelsRoute,
    method: "PUT",
    parts: service,
    body: { labels: { team: "billing" } },
    status: 200,
  },
  "service.allowListRead": { route: api.allowListRoute, method: "GET", parts: service, status: 200 },
  "service.allowList": {
    route: api.allowListRoute,
    method: "PUT",
    parts: service,
    body: { allow_list: ["203.0.113.0/24"] },
    status: 200,
  },
  "service.disarmedRead": { route: api.disarmedRoute, method: "GET", parts: service, status: 200 },
  "service.arm": { route: api.armRoute, method: "POST", parts: ["service_id", "item_id"], body: {}, status: 202 },
  "snapshot.read": { route: api.snapshotsRoute, method: "GET", parts: service, status: 200 },
  "snapshot.create": { route: api.snapshotsRoute, method: "POST", parts: service, status: 202 },
  "snapshot.delete": { route: api.snapshotRoute, method: "DELETE", parts: ["service_id", "snapshot_id"], status: 204 },
  "hold.read": { route: api.holdsRoute, method: "GET", parts: service, status: 200 },
  "hold.take": { route: api.holdsRoute, method: "POST", parts: service, body: { commit: 1 }, status: 201 },
  "hold.renew": { route: api.holdRoute, method: "PUT", parts: ["service_id", "hold_id"], status: 200 },
  "hold.release": { route: api.holdRoute, method: "DELETE", parts: ["service_id", "hold_id"], status: 204 },
  "event.create": {
    route: api.eventsRoute,
    method: "POST",
    parts: service,
    body: { kind: "deploy", what: "web" },
    status: 201,
  },
  "history.read": { route: api.windowRoute, method: "GET", parts: service, status: 200 },
  "schema.read": { route: api.schemaRoute, method: "GET", parts: service, status: 202 },
  "storage.read": { route: api.storageRoute, method: "GET", parts: service, status: 200 },
  "cost.read": { route: api.serviceCostRoute, method: "GET", parts: service, status: 200 },
  "prices.read": { route: api.pricesRoute, method: "GET", status: 200 },
  "prices.write": {
    route: api.pricesRoute,
    method: "PUT",
    body: {
      currency: "EUR",
      vcpu_hour_micro_cents: 1,
      gib_hour_micro_cents: 1,
      storage_gib_month_micro_cents: 1,
      pinned_billed: true,
    },
    status: 200,
  },
  "budgets.read": { route: api.budgetsRoute, method: "GET", status: 200 },
  "budgets.write": { route: api.budgetsRoute, method: "PUT", body: { monthly_micro_cents: 1_000 }, status: 200 },
  "members.read": { route: api.membersRoute, method: "GET", status: 200 },
  "members.invite": { route: api.membersRoute, method: "POST", body: { role: "viewer" }, status: 201 },
  "members.changeRole": {
    route: api.memberRoute,
    method: "PUT",
    parts: ["user_id"],
    body: { role: "developer" },
    status: 200,
  },
  "members.remove": { route: api.memberRoute, method: "DELETE", parts: ["user_id"], status: 204 },
  "keys.read": { route: api.keysRoute, method: "GET", status: 200 },
  "keys.create": { route: api.keysRoute, method: "POST", body: { name: "ci", role: "viewer" }, status: 201 },
  "keys.revokeOthers": { route: api.keyRoute, method: "DELETE", parts: ["public_key"], status: 204 },
  "sessions.read": { route: api.sessionsRoute, method: "GET", status: 200 },
  "sessions.end": { route: api.sessionRoute, method: "DELETE", parts: ["session_id"], status: 204 },
  "audit.read": { route: api.auditRoute, method: "GET", status: 200 },
  "service.start": {
    route: api.startRoute,
    method: "POST",
    parts: service,
    service: { status: "PAUSED" },
    status: 202,
  },
  "service.stop": { route: api.stopRoute, method: "POST", parts: service, status: 202 },
  "service.resize": {
    route: api.resizeRoute,
    method: "POST",
    parts: service,
    body: { cpu_millis: 1000, memory_gbs: 4 },
    status: 202,
  },
  "service.rename": { route: api.renameRoute, method: "POST", parts: service, body: { name: "other" }, status: 200 },
  "service.reset": {
    route: api.resetRoute,
    method: "POST",
    parts: service,
    body: { fork_strategy: "PITR", commit: 1 },
    status: 202,
  },
  "service.setEnvironment": {
    route: api.setEnvironmentRoute,
    method: "POST",
    parts: service,
    body: { environment: "PROD" },
    status: 200,
  },
  "operation.cancel": { route: api.cancelRoute, method: "POST", parts: ["operation_id"], status: 202 },
  "operation.read": { route: api.operationRoute, method: "GET", parts: ["operation_id"], status: 200 },
  "project.read": { route: api.projectsRoute, method: "GET", status: 200 },
  "project.create": { route: api.projectsRoute, method: "POST", body: { name: "second" }, status: 201 },
};

/** Asked for elsewhere: in the console alone, or as a case of another action. */
const ELSEWHERE: readonly Action[] = ["service.revealPassword", "keys.revoke"];

const cases = Object.entries(WAYS) as [Action, Way][];
const NO_SUCH = "zzzzzzzzzz";

beforeAll(async () => {
  process.env.OFFSHOOT_DATA_DIR = dataDir;
  engine = (await serveStoreEngine(dataDir, { store, clock: systemClock })).server;
  [own, other] = [await makeSide(), await makeSide()];
});
afterAll(async () => {
  await engine.close();
  rmSync(dataDir, { recursive: true, force: true });
});

async function aPerson(projectId: string, role: Role): Promise<string> {
  const at = { createdAt: new Date(0), updatedAt: new Date(0) };
  const id = newId();
  const memberships = { create: { projectId, role, createdAt: new Date(0) } };
  await control().db.user.create({ data: { id, name: id, email: `${id}@example.com`, ...at, memberships } });
  return id;
}

async function makeSide(): Promise<Side> {
  const { db } = control();
  const project = await makeActor(db);
  const actor: Actor = { ...project, userId: await aPerson(project.projectId, "owner") };
  const keys = await Promise.all(
    ROLES.map(async (role) => {
      const { public_key, secret } = await createApiKey(actor, { name: role, role }, { db });
      return [role, `${public_key}:${secret}`] as const;
    }),
  );
  return { actor, keys: Object.fromEntries(keys) as Record<Role, string> };
}

/** One of everything that has an id, made anew, because what is asked may end it. */
async function makeThings({ actor, keys }: Side, columns: object = {}): Promise<Things> {
  const { db } = control();
  const { projectId, userId } = actor;
  await db.$executeRaw`TRUNCATE services, operations, operation_steps, idempotency_keys, invitations CASCADE`;
  await db.apiKey.deleteMany({ where: { name: "theirs" } });
  const [at, later] = [new Date(0), new Date(4e12)];
  const params = { project_id: projectId };
  const made = await callRoute(api.servicesRoute, "POST", { key: keys.owner, params, body: { name: "prod" } });
  const { service_id } = made.json;
  const row = await db.service.update({
    where: { id: service_id },
    data: { status: "READY", ...columns, ...("forkedFromId" in columns && { forkedFromId: service_id }) },
  });
  await store.create(row.volumeId);
  const [hold_id, snapshot_id] = [newId(), newId()];
  const untilMicros = systemClock.nowMicros() + 60_000_000;
  await store.hold(row.volumeId, { holdId: hold_id, at: { commit: 1 }, untilMicros });
  await store.takeSnapshot(row.volumeId, { snapshotId: snapshot_id, name: snapshot_id, kind: "manual" });
  const user_id = await aPerson(projectId, "viewer");
  const invitation = {
    id: newId(),
    projectId,
    role: "viewer",
    tokenHash: newId(),
    createdAt: at,
    expiresAt: later,
  } as const;
  await db.invitation.create({ data: invitation });
  const public_key = `ok_${newId()}`;
  const key = { publicKey: public_key, secretHash: hashToken("x"), name: "theirs", projectId, userId: user_id };
  await db.apiKey.create({ data: { ...key, role: "viewer", createdAt: at } });
  const session = { id: newId(), token: newId(), userId: userId ?? "", expiresAt: later, createdAt: at, updatedAt: at };
  await db.session.create({ data: session });
  const item_id = newId();
  const item = { id: item_id, serviceId: service_id, kind: "job", name: "Policy [1000]", details: {}, createdAt: at };
  await db.disarmedItem.create({ data: item });
  const operation = await db.operation.findFirstOrThrow({ where: { serviceId: service_id } });
  return {
    service_id,
    operation_id: operation.id,
    hold_id,
    snapshot_id,
    user_id,
    invitation_id: invitation.id,
    public_key,
    session_id: session.id,
    item_id,
  };
}

const ask = ({ route, method, body, query }: Way, { key, params }: Pick<Call, "key" | "params">) =>
  callRoute(route, method, { key, params, body, query });

const pathOf = ({ parts = [] }: Way, things: Things) => Object.fromEntries(parts.map((part) => [part, things[part]]));

/** An answer without what differs each time. */
const saidIn = ({ status, json }: Awaited<ReturnType<typeof callRoute>>) => {
  const { request_id: _id, server_time: _time, ...said } = json ?? {};
  return { status, said };
};

test("every action of the table is asked for over HTTP", () => {
  const known = [...Object.keys(WAYS), ...ELSEWHERE];
  expect(known.sort()).toEqual(Object.keys(PERMISSIONS).sort());
});

describe("in one's own project", () => {
  const everyRole = cases.flatMap(([action, way]) => ROLES.map((role) => [action, role, way] as const));

  test.each(everyRole)("%s by a key with the role %s is what the table says", async (action, role, way) => {
    const params = { project_id: own.actor.projectId, ...pathOf(way, await makeThings(own, way.service)) };
    const answer = await ask(way, { key: own.keys[role], params });
    if (isAllowed({ role }, action)) return expect([answer.status, answer.text]).toEqual([way.status, answer.text]);
    expect([answer.status, answer.json.code]).toEqual([403, "FORBIDDEN"]);
    expect(answer.json.details).toMatchObject({ role });
    expect(answer.json.message).toMatch(/^(Viewers|Developers|Admins) .*; ask an? (developer|admin|owner)\.$/);
  });

  const ofProd = everyRole.filter(([action]) => "ofProd" in PERMISSIONS[action]);

  test.each(ofProd)("%s of a PROD service by the role %s is what the table says", async (action, role, way) => {
    const environment = "PROD";
    const things = await makeThings(own, { ...way.service, environment });
    const params = { project_id: own.actor.projectId, ...pathOf(way, things) };
    const { status } = await ask(way, { key: own.keys[role], params });
    expect(status === 403).toBe(!isAllowed({ role }, action, { environment }));
  });
});

describe("another project", () => {
  test.each(cases)("is told apart from none by nobody: %s", async (_action, way) => {
    const path = pathOf(way, await makeThings(own, way.service));
    const noPath = Object.fromEntries(Object.keys(path).map((part) => [part, NO_SUCH]));
    for (const role of ROLES) {
      const key = other.keys[role];
      const project_id = other.actor.projectId;
      const itsAddress = await ask(way, { key, params: { project_id: own.actor.projectId, ...path } });
      const noAddress = await ask(way, { key, params: { project_id: NO_SUCH, ...noPath } });
      expect(saidIn(itsAddress)).toEqual(saidIn(noAddress));
      expect(itsAddress.json.code).toBe("NOT_FOUND");
      if (Object.keys(path).length === 0) continue;
      const itsThing = await ask(way, { key, params: { project_id, ...path } });
      const noThing = await ask(way, { key, params: { project_id, ...noPath } });
      expect(saidIn(itsThing)).toEqual(saidIn(noThing));
      expect([403, 404]).toContain(itsThing.status);
      if (role === "owner") expect(itsThing.status).toBe(404);
    }
  });
});

test("one's own key ends with the role for it, another's needs more", async () => {
  const { db } = control();
  const [mine, theirs] = [await createApiKey(own.actor, { name: "x", role: "viewer" }, { db }), await makeThings(own)];
  const revoke = (role: Role, public_key: string) =>
    callRoute(api.keyRoute, "DELETE", {
      key: own.keys[role],
      params: { project_id: own.actor.projectId, public_key },
    });
  expect((await revoke("viewer", mine.public_key)).status).toBe(403);
  expect((await revoke("developer", theirs.public_key)).status).toBe(403);
  expect((await revoke("developer", mine.public_key)).status).toBe(204);
  expect((await revoke("admin", theirs.public_key)).status).toBe(204);
});

test("a key that asks too often is told when to go on, and may still wait for a service", async () => {
  const { db } = control();
  const { service_id } = await makeThings(own);
  const { public_key, secret } = await createApiKey(own.actor, { name: "loop", role: "viewer" }, { db });
  for (let count = 0; count < REQUEST_RATE.count; count++) takeRequest(public_key, systemClock.nowMs());
  const asked = { key: `${public_key}:${secret}`, params: { project_id: own.actor.projectId, service_id } };
  const refused = await callRoute(api.operationsRoute, "GET", asked);
  expect([refused.status, refused.json.code]).toEqual([429, "RATE_LIMITED"]);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await callRoute(api.serviceRoute, "DELETE", asked)).status).toBe(429);
  expect((await callRoute(api.serviceRoute, "GET", asked)).status).toBe(200);
  expect((await callRoute(api.servicesRoute, "GET", asked)).status).toBe(200);
});
