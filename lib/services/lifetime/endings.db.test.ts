import { beforeEach, describe, expect, test } from "vitest";
import { listAudit } from "@/lib/audit";
import { readProgress } from "@/lib/orchestrator";
import type { Actor } from "@/lib/schemas/actor";
import type { ServiceDto } from "@/lib/schemas/service";
import { startControlDatabase } from "@/lib/testing/control-database";
import { expectRefused, rowOf, setState } from "@/lib/testing/request-fixture";
import { makeActor, type ProjectRules, servicesContextFor } from "@/lib/testing/services-context";
import { getService } from "../get-service";
import { putPolicy } from "../policy/policy";
import { putWebhooks } from "../policy/webhooks";
import { reapDue } from "../reap";
import { requestCreate } from "../request-create";
import { requestFork } from "../request-fork";
import { requestRestore } from "../request-restore";
import type { ConnectedClient } from "./connected";
import { estimateExtension } from "./estimate-extension";
import { extendService } from "./extend";
import { requestExpire } from "./request-expire";

const control = startControlDatabase();
const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
let context: ReturnType<typeof servicesContextFor>;
let actor: Actor;
let clients: ConnectedClient[];

async function begin(rules: ProjectRules = {}): Promise<void> {
  await control().db.$executeRaw`TRUNCATE services, operations, operation_steps, expiry_warnings, deliveries CASCADE`;
  context = servicesContextFor(control().db);
  actor = await makeActor(control().db, rules);
  clients = [];
}
beforeEach(() => begin());

const reap = () => reapDue(context.clock.nowMs(), { context, findClients: () => clients });
const client = (different: Partial<ConnectedClient> = {}): ConnectedClient => ({
  lastActiveAtMs: context.clock.nowMs(),
  state: "idle",
  pins: [],
  ...different,
});
const endOf = async (fork: ServiceDto) => (await rowOf(control().db, fork)).expiresAt?.getTime() ?? 0;
const statusOf = async (fork: ServiceDto) => (await rowOf(control().db, fork)).status;

async function aFork(body: { ttl?: string; never_reason?: string }): Promise<ServiceDto> {
  const source = await requestCreate(actor, { name: `prod-${Math.random()}` }, { context });
  await setState(control().db, source, "READY");
  const asked = { sourceId: source.service_id, body: { fork_strategy: "NOW" as const, ...body } };
  const fork = await requestFork(actor, asked, { context });
  await setState(control().db, fork, "READY");
  return fork;
}

const leave = async (fork: ServiceDto, ms: number) =>
  context.clock.advance((await endOf(fork)) - ms - context.clock.nowMs());
const warnings = async () =>
  (await control().db.expiryWarning.findMany({ orderBy: { warnedAt: "asc" } })).map(({ threshold }) => threshold);

describe("a fork that somebody works with at its end", () => {
  test.each([
    ["in a transaction", { state: "in transaction", lastActiveAtMs: 0 }],
    ["with state in its session", { pins: ["temporary tables"], lastActiveAtMs: 0 }],
    ["with a statement of just now", {}],
  ] as const)("goes on once for as long as the policy grants: %s", async (_what, different) => {
    const fork = await aFork({ ttl: "4h" });
    const end = await endOf(fork);
    await leave(fork, -10);
    clients = [client(different)];
    expect(await reap()).toMatchObject({ expired: 0, postponed: 1 });
    expect(await endOf(fork)).toBe(end + 30 * MINUTE);
    expect(await getService(actor, fork.service_id, { context })).toMatchObject({ postponed: true, status: "READY" });
    await leave(fork, -10);
    clients = [client()];
    expect(await reap()).toMatchObject({ expired: 1, postponed: 0 });
    expect(await statusOf(fork)).toBe("EXPIRING");
  });

  test("goes on for no longer than the life that it was given", async () => {
    const fork = await aFork({ ttl: "10s" });
    const end = await endOf(fork);
    await leave(fork, 0);
    clients = [client()];
    await reap();
    expect(await endOf(fork)).toBe(end + 10 * SECOND);
  });

  test("ends when nobody has done anything for five minutes", async () => {
    const fork = await aFork({ ttl: "4h" });
    await leave(fork, 0);
    clients = [client({ lastActiveAtMs: context.clock.nowMs() - 5 * MINUTE })];
    expect(await reap()).toMatchObject({ expired: 1, postponed: 0 });
  });

  test("ends where the policy says so", async () => {
    await putPolicy(actor, { on_expiry: "stop" }, { context });
    const fork = await aFork({ ttl: "4h" });
    await leave(fork, 0);
    clients = [client()];
    expect(await reap()).toMatchObject({ expired: 1 });
  });

  test("ends when the postponement would be over too: nobody looked for long", async () => {
    const fork = await aFork({ ttl: "4h" });
    await leave(fork, -31 * MINUTE);
    clients = [client()];
    expect(await reap()).toMatchObject({ expired: 1, postponed: 0 });
  });

  test("may go on again after a person gave it a new end, and each time leaves an entry", async () => {
    const fork = await aFork({ ttl: "4h" });
    await leave(fork, 0);
    clients = [client()];
    await reap();
    await extendService(actor, { serviceId: fork.service_id, body: { ttl: "1h" } }, { context });
    await leave(fork, 0);
    clients = [client()];
    expect(await reap()).toMatchObject({ postponed: 1 });
    const { entries } = await listAudit(control().db, actor.projectId, { action: "service.extend" });
    expect(entries).toHaveLength(3);
    expect(entries.filter(({ actor: { via } }) => via === "ttl")).toHaveLength(2);
  });
});

describe("warnings", () => {
  test("come when a quarter is left, an hour, and ten minutes, each once", async () => {
    const fork = await aFork({ ttl: "8h" });
    const seen = async () => (await getService(actor, fork.service_id, { context })).expiry_warning;
    for (const [leftMs, given, shown] of [
      [2 * HOUR + MINUTE, 0, null],
      [2 * HOUR, 1, "quarter"],
      [HOUR, 1, "hour"],
      [10 * MINUTE, 1, "ten_minutes"],
      [5 * MINUTE, 0, "ten_minutes"],
    ] as const) {
      await leave(fork, leftMs);
      expect([(await reap()).warned, await seen()]).toEqual([given, shown]);
      expect((await reap()).warned).toBe(0);
    }
    expect(await warnings()).toEqual(["quarter", "hour", "ten_minutes"]);
  });

  test("that were missed are not all told: the nearest is", async () => {
    const fork = await aFork({ ttl: "8h" });
    await leave(fork, 9 * MINUTE);
    expect((await reap()).warned).toBe(1);
    expect(await warnings()).toEqual(["ten_minutes"]);
  });

  test("of a long life come a day before, and none comes with the beginning of a short one", async () => {
    const long = await aFork({ ttl: "30d" });
    await leave(long, 24 * HOUR + MINUTE);
    expect((await reap()).warned).toBe(0);
    context.clock.advance(MINUTE);
    expect((await reap()).warned).toBe(1);
    await aFork({ ttl: "10m" });
    expect((await reap()).warned).toBe(0);
  });

  test("come again before a new end", async () => {
    const fork = await aFork({ ttl: "8h" });
    await leave(fork, 10 * MINUTE);
    await reap();
    await extendService(actor, { serviceId: fork.service_id, body: { ttl: "8h" } }, { context });
    expect((await reap()).warned).toBe(0);
    await leave(fork, 10 * MINUTE);
    expect((await reap()).warned).toBe(1);
    expect(await warnings()).toEqual(["ten_minutes", "ten_minutes"]);
  });

  test("are told to the console, to webhooks, and by e-mail to whoever made the fork", async () => {
    const mailing = { ...context, sendsMail: true };
    const at = { createdAt: new Date(0), updatedAt: new Date(0) };
    const memberships = { create: { projectId: actor.projectId, role: "developer" as const, createdAt: new Date(0) } };
    const user = { id: `u${Math.random()}`, name: actor.name, email: `${Math.random()}@acme.test` };
    await control().db.user.create({ data: { ...user, ...at, memberships } });
    await putWebhooks(actor, { webhooks: [{ url: "https://hooks.acme.test/x" }] }, { context });
    const fork = await aFork({ ttl: "8h" });
    await leave(fork, 10 * MINUTE);
    clients = [client()];
    const { newest } = await readProgress(control().db, { projectId: actor.projectId });
    await reapDue(context.clock.nowMs(), { context: mailing, findClients: () => clients });
    const { events } = await readProgress(control().db, { projectId: actor.projectId, after: newest });
    expect(events.map(({ kind }) => kind)).toEqual(["warning"]);
    const sent = await control().db.delivery.findMany({ orderBy: { channel: "asc" } });
    expect(sent.map(({ channel, event }) => [channel, event])).toEqual([
      ["email", "fork.expiring"],
      ["webhook", "fork.expiring"],
    ]);
    expect(sent[0]).toMatchObject({ target: user.email, payload: { subject: `${fork.name} stops in 10 minutes` } });
    expect(sent[1]?.payload).toMatchObject({
      data: { service_id: fork.service_id, threshold: "ten_minutes", seconds_left: 600, connected_clients: 1 },
    });
  });
});

describe("an extension", () => {
  test("moves the end at once, leaves a finished operation, and is taken back by the end before", async () => {
    const fork = await aFork({ ttl: "4h" });
    const before = fork.expires_at ?? "";
    const extended = await extendService(actor, { serviceId: fork.service_id, body: { ttl: "4h" } }, { context });
    expect(Date.parse(extended.expires_at ?? "") - Date.parse(before)).toBe(4 * HOUR);
    const operations = await control().db.operation.findMany({ where: { serviceId: fork.service_id, kind: "extend" } });
    expect(operations).toMatchObject([{ state: "SUCCEEDED" }]);
    const body = { expires_at: before };
    const undone = await extendService(actor, { serviceId: fork.service_id, body }, { context });
    expect(undone.expires_at).toBe(before);
  });

  test("asked for twice with one key moves the end once", async () => {
    const fork = await aFork({ ttl: "4h" });
    const options = { context, idempotencyKey: "once" };
    const asked = { serviceId: fork.service_id, body: { ttl: "4h" } };
    const first = await extendService(actor, asked, options);
    expect((await extendService(actor, asked, options)).expires_at).toBe(first.expires_at);
  });

  test("is refused past the maximum, of what has expired, and of what is no fork", async () => {
    const fork = await aFork({ ttl: "4h" });
    const extend = (serviceId: string, ttl: string) => extendService(actor, { serviceId, body: { ttl } }, { context });
    await expectRefused(extend(fork.service_id, "30d"), "TTL_TOO_LONG", "ttl");
    await expectRefused(extend(fork.forked_from?.service_id ?? "", "1h"), "INVALID_REQUEST");
    await setState(control().db, fork, "EXPIRED");
    await expectRefused(extend(fork.service_id, "1h"), "EXPIRED");
  });

  test("says before what it costs, and changes nothing by that", async () => {
    const fork = await aFork({ ttl: "4h" });
    const asked = { serviceId: fork.service_id, query: { ttl: "4h" } };
    const estimate = await estimateExtension(actor, asked, { context });
    expect(Date.parse(estimate.expires_at ?? "") - Date.parse(fork.expires_at ?? "")).toBe(4 * HOUR);
    expect(estimate.extension_micro_cents?.low).toBe(4 * estimate.per_hour_micro_cents);
    expect(estimate.per_hour_micro_cents).toBeGreaterThan(0);
    expect((await getService(actor, fork.service_id, { context })).expires_at).toBe(fork.expires_at);
  });
});

describe("a fork without an end", () => {
  test("is there where the policy allows it, is left alone by the reaper, and can be given an end", async () => {
    await begin({ allowNever: true });
    const fork = await aFork({ never_reason: "for the auditors" });
    expect(fork).toMatchObject({ expires_at: null, ttl: null, never_reason: "for the auditors" });
    context.clock.advance(1_000 * 24 * HOUR);
    expect(await reap()).toMatchObject({ expired: 0, warned: 0 });
    const ended = await extendService(actor, { serviceId: fork.service_id, body: { ttl: "1h" } }, { context });
    expect(ended).toMatchObject({ never_reason: null, ttl: "1h" });
  });

  test("is refused where the policy does not", async () => {
    await expectRefused(aFork({ never_reason: "for the auditors" }), "TTL_REQUIRED", "never_reason");
  });
});

describe("a fork that a person ends", () => {
  test("expires now, and comes back with what was left of its life", async () => {
    const fork = await aFork({ ttl: "8h" });
    context.clock.advance(2 * HOUR);
    const ended = await requestExpire(actor, fork.service_id, { context });
    expect(ended).toMatchObject({ status: "PAUSED", expired_at: expect.any(String) });
    await requestExpire(actor, fork.service_id, { context });
    const operations = await control().db.operation.findMany({ where: { serviceId: fork.service_id, kind: "expire" } });
    expect(operations).toHaveLength(1);
    await setState(control().db, fork, "EXPIRED");
    await requestRestore(actor, { serviceId: fork.service_id }, { context });
    expect(Math.round(((await endOf(fork)) - context.clock.nowMs()) / HOUR)).toBe(6);
  });

  test("is ended again when that operation gave up, long before its TTL", async () => {
    const fork = await aFork({ ttl: "8h" });
    await requestExpire(actor, fork.service_id, { context });
    await control().db.operation.updateMany({
      where: { kind: "expire" },
      data: { state: "FAILED", finishedAt: new Date(0) },
    });
    expect((await reap()).expired).toBe(1);
  });

  test("that may live for ever comes back so, or for as long as is asked", async () => {
    await begin({ allowNever: true });
    const fork = await aFork({ never_reason: "audit" });
    await requestExpire(actor, fork.service_id, { context });
    await setState(control().db, fork, "EXPIRED");
    const back = await requestRestore(actor, { serviceId: fork.service_id }, { context });
    expect(back).toMatchObject({ expires_at: null, never_reason: "audit" });
    await setState(control().db, fork, "READY");
    await requestExpire(actor, fork.service_id, { context });
    await setState(control().db, fork, "EXPIRED");
    const again = await requestRestore(actor, { serviceId: fork.service_id, body: { ttl: "2h" } }, { context });
    expect(again).toMatchObject({ ttl: "2h", never_reason: null });
  });

  test("and that has forks of its own ends all the same; they go on", async () => {
    const fork = await aFork({ ttl: "8h" });
    const asked = { sourceId: fork.service_id, body: { fork_strategy: "NOW" as const } };
    const child = await requestFork(actor, asked, { context });
    await setState(control().db, child, "READY");
    await requestExpire(actor, fork.service_id, { context });
    expect([await statusOf(fork), await statusOf(child)]).toEqual(["EXPIRING", "READY"]);
  });
});
