import { describe, expect, test } from "vitest";
import type { ForkServiceBody } from "@/lib/schemas/service";
import { formatMicros, parseMicros } from "@/lib/std/micros";
import { startControlDatabase } from "@/lib/testing/control-database";
import { startHistory } from "@/lib/testing/history-fixture";
import { expectRefused, operationsOf, rowOf } from "@/lib/testing/request-fixture";
import { changeHistorySettings, getHistorySettings, recordServiceEvents, requestFork } from ".";

const control = startControlDatabase();
const fixture = startHistory(control);

type Moment = Omit<ForkServiceBody, "fork_strategy">;

const fork = (sourceId: string, body: ForkServiceBody, idempotencyKey?: string) =>
  requestFork(fixture().actor, { sourceId, body }, { context: fixture().context, idempotencyKey });
const pitr = (sourceId: string, body: Moment, key?: string) => fork(sourceId, { fork_strategy: "PITR", ...body }, key);

const options = () => ({ context: fixture().context });
const micros = async (volumeId: string, commit: number) => (await fixture().store.resolve(volumeId, { commit })).micros;
const countForks = () => control().db.service.count({ where: { forkedFromId: { not: null } } });
const holds = async (volumeId: string) => (await fixture().store.window(volumeId)).holds;

describe("a fork of a time", () => {
  test("starts at the last commit at or before it, and says so at once", async () => {
    const { service_id, volumeId } = await fixture().aService();
    const third = await micros(volumeId, 3);
    const target_time = formatMicros(third + 499_999);
    const made = await pitr(service_id, { target_time });
    expect(made.receipt).toEqual({
      fork_strategy: "PITR",
      requested_time: target_time,
      commit: 3,
      commit_time: formatMicros(third),
      first_left_out_time: formatMicros(await micros(volumeId, 4)),
      exact: true,
      moments_missing: 0,
      snapshot_id: null,
    });
    const exactly = await pitr(service_id, { target_time: formatMicros(await micros(volumeId, 4)) });
    expect(exactly.receipt?.commit).toBe(4);
    const justBefore = await pitr(service_id, { target_time: formatMicros((await micros(volumeId, 4)) - 1) });
    expect(justBefore.receipt?.commit).toBe(3);
  });

  test("keeps that commit until the operation has made the fork", async () => {
    const { service_id, volumeId } = await fixture().aService();
    const made = await pitr(service_id, { target_time: formatMicros(await micros(volumeId, 2)) });
    expect(await holds(volumeId)).toMatchObject([{ holdId: made.service_id, commit: 2 }]);
    const [operation] = await operationsOf(control().db, made);
    expect(operation?.input).toEqual({ reserved: { commit: 2, holdId: made.service_id, volumeId } });
  });

  test("begins with a copy of its source's settings of history, and keeps it when those change", async () => {
    const { actor, aService } = fixture();
    const { service_id: serviceId } = await aService();
    const body = { retention_seconds: 7_200, snapshot_interval_seconds: null };
    await changeHistorySettings(actor, { serviceId, body }, options());
    const made = await pitr(serviceId, { commit: 2 });
    await changeHistorySettings(actor, { serviceId, body: { retention_seconds: 600 } }, options());
    expect(await getHistorySettings(actor, serviceId, options())).toMatchObject({ retention_seconds: 600 });
    const columns = { retentionSeconds: 7_200, retentionBytes: 8n * 1024n ** 3n, snapshotIntervalSeconds: null };
    expect(await rowOf(control().db, made)).toMatchObject(columns);
  });

  test("outside of the window is refused with both ends, and nothing is made", async () => {
    const { service_id, volumeId } = await fixture().aService();
    fixture().store.moveWindow(volumeId, 3);
    const target_time = formatMicros(await micros(volumeId, 3).then((at) => at - 1));
    const error = await expectRefused(pitr(service_id, { target_time }), "TARGET_OUTSIDE_WAL_WINDOW", "target_time");
    const { earliest, latest } = error.details as { earliest: string; latest: string };
    expect(earliest).toBe(formatMicros(await micros(volumeId, 3)));
    expect(error.message).toBe(
      `${target_time} is not recoverable. You can fork prod between ${earliest} and ${latest}.`,
    );
    expect(error.fix.map(({ set }) => set)).toEqual([{ target_time: earliest }, { target_time: latest }]);
    expect([await countForks(), await holds(volumeId)]).toEqual([0, []]);
  });

  test("in the future is refused, and says what the latest is", async () => {
    const { service_id } = await fixture().aService();
    const target_time = formatMicros(fixture().clock.nowMicros() + 60_000_000);
    const error = await expectRefused(pitr(service_id, { target_time }), "TARGET_OUTSIDE_WAL_WINDOW", "target_time");
    expect(error.message).toBe(`${target_time} is in the future. Latest recoverable is ${error.details?.latest}.`);
    expect(await countForks()).toBe(0);
  });

  test("of now names the newest commit", async () => {
    const { service_id } = await fixture().aService("prod", 5);
    const made = await pitr(service_id, { target_time: formatMicros(fixture().clock.nowMicros()) });
    expect(made.receipt).toMatchObject({ commit: 6, first_left_out_time: null });
  });

  test.each([
    ["missing", {}],
    ["malformed", { target_time: "last tuesday" }],
  ])("that is %s is refused with both ends of the window", async (_what, body) => {
    const { service_id, volumeId } = await fixture().aService();
    const error = await expectRefused(pitr(service_id, body), "INVALID_REQUEST", "target_time");
    expect(error.details?.earliest).toBe(formatMicros(await micros(volumeId, 1)));
    expect(parseMicros(String(error.details?.latest))).toBeGreaterThan(await micros(volumeId, 6));
  });

  test("where history is thinned is refused with both neighbours, unless that is accepted", async () => {
    const { service_id, volumeId } = await fixture().aService();
    fixture().store.thin(volumeId, 3, 4);
    const target_time = formatMicros(await micros(volumeId, 5).then((at) => at - 1));
    const error = await expectRefused(pitr(service_id, { target_time }), "TARGET_THINNED", "target_time");
    expect(error.details).toEqual({
      before: { commit: 2, time: formatMicros(await micros(volumeId, 2)) },
      after: { commit: 5, time: formatMicros(await micros(volumeId, 5)) },
    });
    const made = await pitr(service_id, { target_time, accept_inexact: true });
    expect(made.receipt).toMatchObject({ commit: 2, exact: false, moments_missing: 2 });
  });

  test("before a fork was made names its parent, as long as that still has the moment", async () => {
    const source = await fixture().aService();
    const made = await fork(source.service_id, { fork_strategy: "NOW" });
    const { volumeId } = await rowOf(control().db, made);
    await fixture().store.fork(source.volumeId, volumeId);
    await control().db.service.update({ where: { id: made.service_id }, data: { status: "READY" } });
    const target_time = formatMicros(await micros(source.volumeId, 2));
    const error = await expectRefused(
      pitr(made.service_id, { target_time }),
      "TARGET_OUTSIDE_WAL_WINDOW",
      "target_time",
    );
    expect(error.message).toMatch(/It was forked later than that: prod still has that moment\.$/);
    expect(error.details?.parent).toBe(source.service_id);
    fixture().store.moveWindow(source.volumeId, 4);
    const gone = await expectRefused(
      pitr(made.service_id, { target_time }),
      "TARGET_OUTSIDE_WAL_WINDOW",
      "target_time",
    );
    expect([gone.details?.parent, gone.message.includes("prod still")]).toEqual([undefined, false]);
  });

  test("while the engine is silent says so, and makes nothing; a fork of now is still taken", async () => {
    const { service_id } = await fixture().aService();
    await fixture().silence();
    await expectRefused(pitr(service_id, { commit: 2 }), "CONTROL_PLANE");
    await expectRefused(fork(service_id, { fork_strategy: "LAST_SNAPSHOT" }), "CONTROL_PLANE");
    expect(await countForks()).toBe(0);
    expect((await fork(service_id, { fork_strategy: "NOW" })).receipt).toMatchObject({ commit: null, exact: null });
  });

  test("that is refused for another reason keeps no commit", async () => {
    const { service_id, volumeId } = await fixture().aService();
    await expectRefused(pitr(service_id, { commit: 2, name: "prod" }), "NAME_TAKEN", "name");
    expect(await holds(volumeId)).toEqual([]);
  });

  test("asked for twice with one key is one, also when its moment has left the window meanwhile", async () => {
    const { service_id, volumeId } = await fixture().aService();
    const body = { target_time: formatMicros(await micros(volumeId, 2)) };
    const [first, second] = await Promise.all([pitr(service_id, body, "k1"), pitr(service_id, body, "k1")]);
    expect(second.service_id).toBe(first.service_id);
    expect(await holds(volumeId)).toMatchObject([{ holdId: first.service_id }]);
    fixture().store.moveWindow(volumeId, 5);
    const third = await pitr(service_id, body, "k1");
    expect([third.service_id, third.initial_password]).toEqual([first.service_id, first.initial_password]);
  });
});

describe("a fork of a commit or an event", () => {
  test("by number starts there, and outside of the window it does not", async () => {
    const { service_id, volumeId } = await fixture().aService();
    const made = await pitr(service_id, { commit: 4 });
    expect(made.receipt).toMatchObject({ commit: 4, requested_time: null });
    fixture().store.moveWindow(volumeId, 3);
    const error = await expectRefused(pitr(service_id, { commit: 2 }), "TARGET_OUTSIDE_WAL_WINDOW", "commit");
    expect(error.message).toMatch(/^Commit 2 is not recoverable\./);
  });

  test("starts just before what changed data, and at what a marker saw", async () => {
    const { service_id, volumeId } = await fixture().aService();
    const at = await micros(volumeId, 4);
    const events = [
      { id: "event00001", kind: "mass_write", what: "DELETE", rows: 5012, commit: 4, micros: at },
      { id: "event00002", kind: "deploy", what: "web@9f31c2", rows: null, commit: 4, micros: at + 7 },
    ] as const;
    await recordServiceEvents(control().db, service_id, events);
    expect((await pitr(service_id, { target_event: "event00001" })).receipt?.commit).toBe(3);
    expect((await pitr(service_id, { target_event: "event00002" })).receipt?.commit).toBe(4);
  });

  test("of an event of another service is NOT_FOUND", async () => {
    const [one, other] = [await fixture().aService("one"), await fixture().aService("other")];
    const event = { id: "event00001", kind: "ddl", what: "CREATE TABLE", rows: null, commit: 3, micros: 1 } as const;
    await recordServiceEvents(control().db, other.service_id, [event]);
    await expectRefused(pitr(one.service_id, { target_event: "event00001" }), "NOT_FOUND", "target_event");
  });
});

describe("a fork of a snapshot", () => {
  const take = (volumeId: string, snapshotId: string, commit: number) =>
    fixture().store.takeSnapshot(volumeId, { snapshotId, name: snapshotId, kind: "manual", at: { commit } });

  test("starts at the newest one, or at the one that is named", async () => {
    const { service_id, volumeId } = await fixture().aService();
    await take(volumeId, "snap000004", 4);
    await take(volumeId, "snap000002", 2);
    const newest = await fork(service_id, { fork_strategy: "LAST_SNAPSHOT" });
    expect(newest.receipt).toMatchObject({ fork_strategy: "LAST_SNAPSHOT", commit: 4, snapshot_id: "snap000004" });
    const named = await fork(service_id, { fork_strategy: "LAST_SNAPSHOT", snapshot_id: "snap000002" });
    expect(named.receipt).toMatchObject({ commit: 2, snapshot_id: "snap000002" });
  });

  test("keeps its commit though the snapshot is deleted before the fork is made", async () => {
    const { service_id, volumeId } = await fixture().aService();
    await take(volumeId, "snap000002", 2);
    fixture().store.moveWindow(volumeId, 5);
    await fork(service_id, { fork_strategy: "LAST_SNAPSHOT" });
    await fixture().store.deleteSnapshot(volumeId, "snap000002");
    expect((await fixture().store.resolve(volumeId, { commit: 2 })).commit).toBe(2);
  });

  test("where there is none is refused with a way out", async () => {
    const { service_id } = await fixture().aService();
    const none = await expectRefused(
      fork(service_id, { fork_strategy: "LAST_SNAPSHOT" }),
      "NO_SNAPSHOT",
      "fork_strategy",
    );
    expect(none.fix).toEqual([{ label: "Fork it as it is now", set: { fork_strategy: "NOW" } }]);
    const body = { fork_strategy: "LAST_SNAPSHOT", snapshot_id: "aaaaaaaaaa" } as const;
    await expectRefused(fork(service_id, body), "NO_SNAPSHOT", "snapshot_id");
    expect(await countForks()).toBe(0);
  });
});
