import { describe, expect, test } from "vitest";
import {
  damagesDto,
  eventDto,
  freesDto,
  projectStorageDto,
  resolveDto,
  storageDto,
  timelineDto,
  windowDto,
} from "@/lib/schemas/history";
import { formatMicros } from "@/lib/std/micros";
import { startControlDatabase } from "@/lib/testing/control-database";
import { startHistory } from "@/lib/testing/history-fixture";
import { expectRefused, operationsOf, setState } from "@/lib/testing/request-fixture";
import { makeActor } from "@/lib/testing/services-context";
import {
  deleteSnapshot,
  getDamages,
  getFrees,
  getProjectStorage,
  getService,
  getStorage,
  getTimeline,
  getWindow,
  listHolds,
  listSnapshots,
  markEvent,
  type NewServiceEvent,
  recordServiceEvents,
  releaseHold,
  renewHold,
  requestFork,
  requestSnapshot,
  resolveMoment,
  takeHold,
} from ".";
import { HOLDS_MAX } from "./holds";
import { EVENTS_KEPT } from "./service-events";

const control = startControlDatabase();
const fixture = startHistory(control);
const options = () => ({ context: fixture().context });
const timeOf = async (volumeId: string, commit: number) =>
  formatMicros((await fixture().store.resolve(volumeId, { commit })).micros);
const anEvent = (event: Partial<NewServiceEvent> = {}): NewServiceEvent => ({
  kind: "ddl",
  what: "CREATE TABLE",
  rows: null,
  commit: 2,
  micros: fixture().clock.nowMicros(),
  ...event,
});

describe("the window", () => {
  test("says how far back a service can be forked, and what is kept by name", async () => {
    const { actor, aService, store } = fixture();
    const { service_id, volumeId } = await aService();
    await store.takeSnapshot(volumeId, { snapshotId: "snap000003", name: "before", kind: "manual", at: { commit: 3 } });
    const body = { fork_strategy: "LAST_SNAPSHOT" } as const;
    const fork = await requestFork(actor, { sourceId: service_id, body }, options());
    const window = await getWindow(actor, service_id, options());
    expect(windowDto.strict().parse(window)).toEqual(window);
    expect(window).toMatchObject({
      earliest: await timeOf(volumeId, 1),
      newest_commit: 6,
      newest_commit_time: await timeOf(volumeId, 6),
      retention_seconds: 86_400,
      retention_bytes: 8 * 1024 ** 3,
      snapshots: [{ id: "snap000003", name: "before", kind: "manual", commit: 3, forks: 1 }],
      holds: [{ id: fork.service_id, commit: 3 }],
    });
    expect(window.latest > window.newest_commit_time).toBe(true);
  });

  test("of a deleted service says where it is and how it comes back; of a purged one that it may be gone", async () => {
    const { actor, aService } = fixture();
    const service = await aService();
    await setState(control().db, service, "DELETED");
    const deleted = await expectRefused(getWindow(actor, service.service_id, options()), "NOT_FOUND");
    expect(deleted.message).toMatch(/^prod is in Recently deleted\. .*restore it/);
    await setState(control().db, service, "PURGED");
    const purged = await expectRefused(getWindow(actor, service.service_id, options()), "NOT_FOUND");
    expect(purged.message).toBe("There is no such service. It may have been purged.");
  });

  test("of a service that is not ready yet, or deleted, is refused in a sentence", async () => {
    const { actor, aService } = fixture();
    const service = await aService();
    for (const [status, code] of [
      ["CONFIGURING", "SOURCE_BUSY"],
      ["DELETING", "SOURCE_BUSY"],
      ["FAILED", "SOURCE_BUSY"],
      ["DELETED", "NOT_FOUND"],
    ] as const) {
      await setState(control().db, service, status);
      await expectRefused(getWindow(actor, service.service_id, options()), code);
    }
  });

  test("is not guessed while the engine is silent", async () => {
    const { actor, aService, silence } = fixture();
    const { service_id } = await aService();
    await silence();
    await expectRefused(getWindow(actor, service_id, options()), "CONTROL_PLANE");
  });
});

describe("resolving", () => {
  const resolve = (serviceId: string, query: Parameters<typeof resolveMoment>[1]["query"]) =>
    resolveMoment(fixture().actor, { serviceId, query }, options());

  test("says which commit a time means, and what a fork of it would leave out", async () => {
    const { service_id, volumeId } = await fixture().aService();
    const time = formatMicros((await fixture().store.resolve(volumeId, { commit: 3 })).micros + 1);
    const resolved = await resolve(service_id, { time });
    expect(resolveDto.strict().parse(resolved)).toEqual(resolved);
    expect(resolved).toEqual({
      requested: time,
      commit: 3,
      time: await timeOf(volumeId, 3),
      next_time: await timeOf(volumeId, 4),
      moments_after: 3,
      exact: true,
      moments_missing: 0,
      nearest_snapshot: null,
      ready_ms: null,
    });
  });

  test("of a time in thinned history answers, and says what is missing", async () => {
    const { service_id, volumeId } = await fixture().aService();
    fixture().store.thin(volumeId, 3);
    const time = await timeOf(volumeId, 2).then((text) => text.replace(/\d{6}Z$/, "999999Z"));
    fixture().store.thin(volumeId, 4, 5);
    const later = formatMicros(fixture().clock.nowMicros() - 1);
    expect(await resolve(service_id, { time })).toMatchObject({ exact: true, commit: 2 });
    expect(await resolve(service_id, { time: later })).toMatchObject({ commit: 6, exact: true });
    expect(await resolve(service_id, { time: formatMicros((await at(volumeId, 6)) - 1) })).toMatchObject({
      commit: 2,
      exact: false,
      moments_missing: 3,
    });
  });
  const at = async (volumeId: string, commit: number) => (await fixture().store.resolve(volumeId, { commit })).micros;

  test("of an event means the last commit before it", async () => {
    const { service_id } = await fixture().aService();
    const event = anEvent({ id: "event00001", kind: "truncate", commit: 4 });
    await recordServiceEvents(control().db, service_id, [event]);
    expect(await resolve(service_id, { event: "event00001" })).toMatchObject({ requested: null, commit: 3 });
    await expectRefused(resolve(service_id, { event: "event00009" }), "NOT_FOUND", "event");
  });

  test("outside of the window or of no time at all is refused with its ends", async () => {
    const { service_id, volumeId } = await fixture().aService();
    const outside = await expectRefused(
      resolve(service_id, { time: "2020-01-01T00:00:00Z" }),
      "TARGET_OUTSIDE_WAL_WINDOW",
      "time",
    );
    expect(outside.details?.earliest).toBe(await timeOf(volumeId, 1));
    const malformed = await expectRefused(resolve(service_id, { time: "noon" }), "INVALID_REQUEST", "time");
    expect(malformed.details?.earliest).toBe(await timeOf(volumeId, 1));
  });

  test("says how long forks took here, not what they should take", async () => {
    const { actor, aService } = fixture();
    const { service_id } = await aService();
    const { db } = control();
    for (const ms of [100, 200, 300, 400, 5_000]) {
      const body = { fork_strategy: "NOW" } as const;
      const fork = await requestFork(actor, { sourceId: service_id, body }, options());
      const [operation] = await operationsOf(db, fork);
      const finishedAt = new Date((operation?.requestedAt.getTime() ?? 0) + ms);
      await db.operation.update({ where: { id: operation?.id ?? "" }, data: { state: "SUCCEEDED", finishedAt } });
    }
    expect((await resolve(service_id, { commit: 2 })).ready_ms).toEqual({ p50: 300, p95: 5_000 });
  });
});

describe("the timeline", () => {
  test("counts commits over the whole window, and lists what happened in it", async () => {
    const { actor, aService } = fixture();
    const { service_id, volumeId } = await aService();
    await recordServiceEvents(control().db, service_id, [anEvent(), anEvent({ rows: 5012, kind: "mass_write" })]);
    const timeline = await getTimeline(actor, { serviceId: service_id, query: { buckets: 7 } }, options());
    expect(timelineDto.strict().parse(timeline)).toEqual(timeline);
    expect(timeline.from).toBe(await timeOf(volumeId, 1));
    expect(timeline.buckets.reduce((sum, { commits }) => sum + commits, 0)).toBe(6);
    expect(timeline.buckets).toHaveLength(7);
    expect(timeline.events.map(({ kind, rows }) => [kind, rows]).sort()).toEqual([
      ["ddl", null],
      ["mass_write", 5012],
    ]);
    expect(timeline.events_left_out).toBe(0);
  });

  test("of a span holds what is in it, and a span that ends before it begins is refused", async () => {
    const { actor, aService } = fixture();
    const { service_id, volumeId } = await aService();
    const [from, to] = [await timeOf(volumeId, 2), await timeOf(volumeId, 4)];
    const ask = (query: { from: string; to: string }) =>
      getTimeline(actor, { serviceId: service_id, query: { ...query, buckets: 1 } }, options());
    expect((await ask({ from, to })).buckets).toEqual([{ from, commits: 2, bytes: 2 * 8192 }]);
    await expectRefused(ask({ from: to, to: from }), "INVALID_REQUEST", "from");
    await expectRefused(ask({ from: "noon", to }), "INVALID_REQUEST", "from");
  });

  test("keeps the newest events, none that is older than the window, and each once", async () => {
    const { service_id } = await fixture().aService();
    const { db } = control();
    const now = fixture().clock.nowMicros();
    const old = anEvent({ micros: now - 90_000 * 1_000_000 });
    const many = Array.from({ length: EVENTS_KEPT + 5 }, (_, index) => anEvent({ micros: now - index }));
    const told = anEvent({ id: "event00001", micros: now + 1 });
    await recordServiceEvents(db, service_id, [old]);
    await recordServiceEvents(db, service_id, many);
    await recordServiceEvents(db, service_id, [told]);
    await recordServiceEvents(db, service_id, [told]);
    expect(await db.serviceEvent.count({ where: { serviceId: service_id } })).toBe(EVENTS_KEPT);
    const { _min } = await db.serviceEvent.aggregate({ where: { serviceId: service_id }, _min: { micros: true } });
    expect(Number(_min.micros)).toBeGreaterThan(now - EVENTS_KEPT);
  });
});

describe("a marker", () => {
  test("is tied to the newest commit at or before its time, which is kept from thinning", async () => {
    const { actor, aService, store } = fixture();
    const { service_id, volumeId } = await aService();
    const time = formatMicros((await store.resolve(volumeId, { commit: 3 })).micros + 5);
    const event = await markEvent(
      actor,
      { serviceId: service_id, body: { kind: "deploy", what: "web", time } },
      options(),
    );
    expect(eventDto.strict().parse(event)).toEqual(event);
    expect(event).toMatchObject({ kind: "deploy", what: "web", rows: null, commit: 3, time });
    expect([...store.guards(volumeId)]).toEqual([[event.id, 3]]);
    const now = await markEvent(actor, { serviceId: service_id, body: { kind: "alert", what: "5xx" } }, options());
    expect(now.commit).toBe(6);
    const { events } = await getTimeline(actor, { serviceId: service_id }, options());
    expect(events.map(({ what }) => what)).toEqual(["web", "5xx"]);
  });

  test("in the future or before the window is refused", async () => {
    const { actor, aService } = fixture();
    const { service_id } = await aService();
    for (const time of ["2020-01-01T00:00:00Z", "2200-01-01T00:00:00Z"]) {
      const body = { kind: "deploy", what: "web", time } as const;
      const asked = markEvent(actor, { serviceId: service_id, body }, options());
      await expectRefused(asked, "TARGET_OUTSIDE_WAL_WINDOW", "time");
    }
  });
});

describe("a snapshot", () => {
  test("is asked for as an operation, whose id it will have, and named by its time unless somebody names it", async () => {
    const { actor, aService } = fixture();
    const { service_id } = await aService();
    const named = await requestSnapshot(actor, { serviceId: service_id, body: { name: "before 2.0" } }, options());
    expect(named).toMatchObject({ kind: "snapshot", state: "QUEUED", service_id });
    expect(named.steps.map(({ name }) => name)).toEqual(["settle", "take"]);
    await requestSnapshot(actor, { serviceId: service_id }, options());
    const rows = await control().db.operation.findMany({
      where: { kind: "snapshot" },
      orderBy: { requestedAt: "asc" },
    });
    expect(rows.map(({ input }) => input)).toEqual([
      { name: "before 2.0" },
      { name: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) },
    ]);
  });

  test("has a name that no other one of the service has, nor one that is on its way", async () => {
    const { actor, aService, store } = fixture();
    const { service_id: serviceId, volumeId } = await aService();
    const other = await aService("other");
    const ask = (name: string, id = serviceId) => requestSnapshot(actor, { serviceId: id, body: { name } }, options());
    await store.takeSnapshot(volumeId, { snapshotId: "snap000003", name: "before", kind: "manual" });
    const taken = await expectRefused(ask("before"), "NAME_TAKEN", "name");
    expect([taken.message, taken.details]).toEqual([
      "prod has a snapshot named before already.",
      { suggestion: "before-2" },
    ]);
    await ask("before-2");
    const waiting = await expectRefused(ask("before-2"), "NAME_TAKEN", "name");
    expect(waiting.details).toEqual({ suggestion: "before-3" });
    await ask("before", other.service_id);
    await deleteSnapshot(actor, { serviceId, snapshotId: "snap000003" }, options());
    await ask("before");
  });

  test("that is named by its time gets another name when that is taken, and asks nobody who is silent", async () => {
    const { actor, aService, silence } = fixture();
    const { service_id: serviceId } = await aService();
    const ask = () => requestSnapshot(actor, { serviceId }, options());
    for (let round = 0; round < 5; round++) await ask();
    await silence();
    for (let round = 0; round < 5; round++) await ask();
    const named = { serviceId, body: { name: "mine" } };
    await expectRefused(requestSnapshot(actor, named, options()), "CONTROL_PLANE");
    const rows = await control().db.operation.findMany({ where: { kind: "snapshot" } });
    expect(new Set(rows.map(({ input }) => JSON.stringify(input))).size).toBe(10);
  });

  test("asked for twice with one key is one", async () => {
    const { actor, aService, context } = fixture();
    const { service_id } = await aService();
    const ask = () => requestSnapshot(actor, { serviceId: service_id }, { context, idempotencyKey: "nightly-1" });
    const [first, second] = await Promise.all([ask(), ask()]);
    expect(second.operation_id).toBe(first.operation_id);
  });

  test("is deleted with its event, and deleting it again is fine", async () => {
    const { actor, aService, store } = fixture();
    const { service_id, volumeId } = await aService();
    const snapshotId = "snap000003";
    await store.takeSnapshot(volumeId, { snapshotId, name: "x", kind: "manual" });
    await recordServiceEvents(control().db, service_id, [anEvent({ id: snapshotId, kind: "snapshot" }), anEvent()]);
    expect(await listSnapshots(actor, service_id, options())).toHaveLength(1);
    for (let round = 0; round < 2; round++)
      await deleteSnapshot(actor, { serviceId: service_id, snapshotId }, options());
    await deleteSnapshot(actor, { serviceId: service_id, snapshotId: "no such id" }, options());
    expect(await listSnapshots(actor, service_id, options())).toEqual([]);
    expect(await control().db.serviceEvent.count()).toBe(1);
  });
});

describe("a hold", () => {
  const take = (serviceId: string, body: Parameters<typeof takeHold>[1]["body"]) =>
    takeHold(fixture().actor, { serviceId, body }, options());

  test("keeps a moment for ten minutes, or as long as asked, and ends by itself", async () => {
    const { actor, aService, clock, store } = fixture();
    const { service_id, volumeId } = await aService();
    const hold = await take(service_id, { time: await timeOf(volumeId, 3) });
    expect(hold).toMatchObject({ commit: 3, time: await timeOf(volumeId, 3) });
    expect(Date.parse(hold.until)).toBeCloseTo(clock.nowMs() + 600_000, -3);
    await take(service_id, { commit: 2, lease_seconds: 5 });
    store.moveWindow(volumeId, 5);
    expect((await listHolds(actor, service_id, options())).map(({ commit }) => commit)).toEqual([3, 2]);
    clock.advance(6_000);
    expect((await listHolds(actor, service_id, options())).map(({ commit }) => commit)).toEqual([3]);
  });

  test("is renewed from now on, also when the window has passed it, and not once it has ended", async () => {
    const { actor, aService, clock, store } = fixture();
    const { service_id, volumeId } = await aService();
    const { id } = await take(service_id, { commit: 2, lease_seconds: 60 });
    store.moveWindow(volumeId, 5);
    clock.advance(50_000);
    const renew = () => renewHold(actor, { serviceId: service_id, holdId: id, body: { lease_seconds: 60 } }, options());
    expect(Date.parse((await renew()).until)).toBeCloseTo(clock.nowMs() + 60_000, -3);
    clock.advance(61_000);
    await expectRefused(renew(), "NOT_FOUND");
  });

  test("is released, and releasing it again is fine", async () => {
    const { actor, aService } = fixture();
    const { service_id } = await aService();
    const { id } = await take(service_id, { commit: 2 });
    for (const holdId of [id, id, "no such id"]) await releaseHold(actor, { serviceId: service_id, holdId }, options());
    expect(await listHolds(actor, service_id, options())).toEqual([]);
  });

  test("too many are refused", async () => {
    const { service_id } = await fixture().aService();
    for (let count = 0; count < HOLDS_MAX; count++) await take(service_id, { commit: 2 });
    await expectRefused(take(service_id, { commit: 2 }), "QUOTA");
  });
});

describe("storage", () => {
  test("of a service is what the store says, in the words of the screen", async () => {
    const { actor, aService } = fixture();
    const { service_id } = await aService();
    const storage = await getStorage(actor, service_id, options());
    expect(storageDto.strict().parse(storage)).toEqual(storage);
    const head = 6 * 8192;
    expect(storage).toMatchObject({
      logical_bytes: 10 * 8192,
      shared_bytes: 4 * 8192,
      written_bytes: head + 4096,
      pinned_bytes: 8192,
      frees_bytes: head,
      log: { head_bytes: head, history_bytes: 4096, garbage_bytes: 0 },
    });
    // A list says the same of it.
    const listed = await getService(actor, service_id, options());
    expect(listed.storage).toMatchObject({ logical_bytes: 10 * 8192, written_bytes: head + 4096, disk_bytes: head });
  });

  test("of a project adds up to the disk where it is the only one, and says nothing of others' otherwise", async () => {
    const { actor, aService, store } = fixture();
    await control().db.$executeRaw`DELETE FROM projects WHERE id <> ${actor.projectId}`;
    await aService("one");
    await aService("two");
    await store.create("template00");
    const alone = await getProjectStorage(actor, options());
    expect(projectStorageDto.strict().parse(alone)).toEqual(alone);
    const ofLogs = Object.values(alone.log).reduce((sum, bytes) => sum + bytes, 0);
    expect(ofLogs + (alone.system_bytes ?? 0)).toBe(alone.disk_bytes);
    expect([alone.system_bytes, alone.kept_of_purged_bytes]).toEqual([8192 + 4096 + 4096, 0]);
    await makeActor(control().db);
    expect(Object.keys(await getProjectStorage(actor, options())).sort()).toEqual(["generated_at", "log"]);
  });

  test("that a purged service left for its forks is said by itself", async () => {
    const { actor, aService, store } = fixture();
    await control().db.$executeRaw`DELETE FROM projects WHERE id <> ${actor.projectId}`;
    const { volumeId, service_id: serviceId } = await aService("one");
    const fork = await aService("fork", 0);
    await store.delete(fork.volumeId);
    await store.fork(volumeId, fork.volumeId);
    await setState(control().db, { ...fork, service_id: serviceId }, "PURGED");
    await store.delete(volumeId);
    // What a template was made in is deleted too, and nobody's.
    await store.create("workshop00");
    await store.fork("workshop00", "template00");
    await store.delete("workshop00");
    const { kept_of_purged_bytes, system_bytes, disk_bytes, log } = await getProjectStorage(actor, options());
    expect(kept_of_purged_bytes).toBe(8192);
    const ofLogs = Object.values(log).reduce((sum, bytes) => sum + bytes, 0);
    expect(ofLogs + 8192 + (system_bytes ?? 0)).toBe(disk_bytes);
  });

  test("is never below zero where the disk gave space back between two questions", async () => {
    const { actor, aService, context } = fixture();
    await control().db.$executeRaw`DELETE FROM projects WHERE id <> ${actor.projectId}`;
    await aService("one");
    const history = { ...context.engine.history, totals: async () => ({ left: [], diskBytes: 10 }) };
    const engine = { ...context.engine, history };
    const { system_bytes, disk_bytes, log } = await getProjectStorage(actor, { context: { ...context, engine } });
    expect([system_bytes, disk_bytes]).toEqual([0, Object.values(log).reduce((sum, bytes) => sum + bytes, 0)]);
  });

  test("that deleting services returns is asked for the set", async () => {
    const { actor, aService } = fixture();
    const [one, two] = [await aService("one"), await aService("two")];
    const frees = await getFrees(actor, { service_ids: [one.service_id, two.service_id, one.service_id] }, options());
    expect(freesDto.strict().parse(frees)).toEqual(frees);
    expect(frees).toMatchObject({ service_ids: [one.service_id, two.service_id], frees_bytes: 2 * 6 * 8192 });
  });
});

describe("damage", () => {
  test("is said with file, block and time, to its own service, and counted in lists", async () => {
    const { actor, aService, store, clock } = fixture();
    const { service_id, volumeId } = await aService("prod");
    const other = await aService("other");
    expect(await getDamages(actor, service_id, options())).toMatchObject({ count: 0, damages: [] });
    const commitMicros = clock.nowMicros();
    store.damage(volumeId, { path: "/base/5/16384", block: 7, commit: 3, commitMicros, foundMicros: commitMicros + 5 });
    store.damage(other.volumeId, { path: "/not/yours" });
    const damages = await getDamages(actor, service_id, options());
    expect(damagesDto.strict().parse(damages)).toEqual(damages);
    expect(damages.damages).toEqual([
      {
        path: "/base/5/16384",
        block: 7,
        found: formatMicros(commitMicros + 5),
        commit: 3,
        commit_time: formatMicros(commitMicros),
        inherited: false,
        log: 1,
        segment: 1,
        unit: 0,
      },
    ]);
    expect(damages.scrubbed).not.toBeNull();
    expect((await getService(actor, service_id, options())).damages).toBe(1);
  });

  test("in what a fork shares names no commit of another history", async () => {
    const { actor, aService, store } = fixture();
    const source = await aService("prod");
    const fork = await aService("fork");
    store.damage(source.volumeId, { volumeIds: [source.volumeId, fork.volumeId], path: undefined, block: undefined });
    const { damages } = await getDamages(actor, fork.service_id, options());
    expect(damages).toMatchObject([{ path: null, block: null, commit: null, commit_time: null, inherited: true }]);
  });

  test("of a project is no other project's to read", async () => {
    const { aService } = fixture();
    const { service_id } = await aService();
    const stranger = await makeActor(control().db);
    await expect(getDamages(stranger, service_id, options())).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("is unknown while the engine is silent: a service is shown without it, and the question fails", async () => {
    const { actor, aService, silence } = fixture();
    const { service_id } = await aService();
    await silence();
    expect((await getService(actor, service_id, options())).damages).toBeNull();
    await expect(getDamages(actor, service_id, options())).rejects.toMatchObject({ code: "CONTROL_PLANE" });
  });
});
