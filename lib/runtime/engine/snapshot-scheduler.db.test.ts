import { describe, expect, test } from "vitest";
import type { HistorySettingsBody } from "@/lib/schemas/history-settings";
import { changeHistorySettings, requestFork } from "@/lib/services";
import { newId } from "@/lib/std/ids";
import type { Log } from "@/lib/std/log";
import { silentLog } from "@/lib/std/log";
import { startControlDatabase } from "@/lib/testing/control-database";
import { startHistory } from "@/lib/testing/history-fixture";
import { setState } from "@/lib/testing/request-fixture";
import { applyRetentions } from "./apply-retentions";
import { recordEvents } from "./record-events";
import { type SnapshotSchedulerOptions, takeDueSnapshots } from "./snapshot-scheduler";

const control = startControlDatabase();
const fixture = startHistory(control);
const HOUR = 3_600_000;

/** The schedule of an engine that has just started, and what it settled. */
function aSchedule(different: Partial<SnapshotSchedulerOptions> = {}) {
  const settled: string[] = [];
  const { store, clock } = fixture();
  const settle = async (serviceId: string) => void settled.push(serviceId);
  const options = { db: control().db, store, settle, clock, log: silentLog, ...different };
  return { settled, look: () => takeDueSnapshots(options) };
}

const snapshotsOf = async (volumeId: string) => (await fixture().store.window(volumeId)).snapshots;
const set = ({ service_id: serviceId }: { service_id: string }, body: HistorySettingsBody) =>
  changeHistorySettings(fixture().actor, { serviceId, body }, { context: fixture().context });
const write = (volumeId: string) => void fixture().store.write(volumeId, ["changed"]);

describe("scheduled snapshots", () => {
  test("begin at once for a service, after a checkpoint, and go on hourly, also in an engine that has just started", async () => {
    const { aService, clock } = fixture();
    const { service_id, volumeId } = await aService();
    const { look, settled } = aSchedule();
    await look();
    expect(await snapshotsOf(volumeId)).toMatchObject([{ kind: "scheduled", commit: 6 }]);
    expect(settled).toEqual([service_id]);
    write(volumeId);
    clock.advance(HOUR - 60_000);
    await aSchedule().look();
    expect(await snapshotsOf(volumeId)).toHaveLength(1);
    clock.advance(60_000);
    await aSchedule().look();
    expect((await snapshotsOf(volumeId)).map(({ commit }) => commit)).toEqual([6, 7]);
    const events = await control().db.serviceEvent.findMany({ orderBy: { micros: "asc" } });
    expect(events.map(({ kind, commit }) => [kind, commit])).toEqual([
      ["snapshot", 6n],
      ["snapshot", 7n],
    ]);
  });

  test("are not taken while nothing changes, and the service is left alone then", async () => {
    const { aService, clock } = fixture();
    const { volumeId } = await aService();
    await aSchedule().look();
    clock.advance(5 * HOUR);
    const { look, settled } = aSchedule();
    await look();
    expect([settled, (await snapshotsOf(volumeId)).length]).toEqual([[], 1]);
    write(volumeId);
    await look();
    expect(await snapshotsOf(volumeId)).toHaveLength(2);
  });

  test("keep the newest as many as the service's settings say, and every one that a person took", async () => {
    const { aService, clock, store } = fixture();
    const service = await aService();
    const { volumeId } = service;
    await set(service, { snapshots_kept: 3 });
    await store.takeSnapshot(volumeId, { snapshotId: "manual0001", name: "mine", kind: "manual", at: { commit: 2 } });
    const { look } = aSchedule();
    for (let hour = 0; hour < 6; hour++) {
      await look();
      write(volumeId);
      clock.advance(HOUR);
    }
    expect((await snapshotsOf(volumeId)).map(({ commit }) => commit)).toEqual([2, 9, 10, 11]);
    expect(await control().db.serviceEvent.count()).toBe(3);
    await set(service, { snapshots_kept: 1 });
    await look();
    expect((await snapshotsOf(volumeId)).map(({ commit }) => commit)).toEqual([2, 12]);
    expect(await control().db.serviceEvent.count()).toBe(1);
  });

  test("are taken as often as the service's settings say, or never", async () => {
    const { aService, clock } = fixture();
    const [often, never] = [await aService("often"), await aService("never")];
    await set(often, { snapshot_interval_seconds: 600 });
    await set(never, { snapshot_interval_seconds: null });
    for (let minutes = 0; minutes < 30; minutes += 5) {
      write(often.volumeId);
      await aSchedule().look();
      clock.advance(300_000);
    }
    expect([await snapshotsOf(often.volumeId), await snapshotsOf(never.volumeId)].map(({ length }) => length)).toEqual([
      3, 0,
    ]);
  });

  test("go on at once when the clock was set back, and then at their interval", async () => {
    const { aService, clock } = fixture();
    const { volumeId } = await aService();
    await aSchedule().look();
    clock.advance(-5 * HOUR);
    for (const minutes of [1, 1, 58, 1]) {
      write(volumeId);
      await aSchedule().look();
      clock.advance(minutes * 60_000);
    }
    expect((await snapshotsOf(volumeId)).map(({ commit }) => commit)).toEqual([6, 7, 10]);
  });

  test("have names of their own, also beside one that a person gave", async () => {
    const { aService, clock, store } = fixture();
    const { volumeId } = await aService();
    const name = `${new Date(clock.nowMs()).toISOString().slice(0, 17)}`;
    for (let second = 0; second < 60; second++) {
      const given = `${name}${String(second).padStart(2, "0")}Z`;
      await store.takeSnapshot(volumeId, { snapshotId: newId(), name: given, kind: "manual", at: { commit: 2 } });
    }
    await aSchedule().look();
    const names = (await snapshotsOf(volumeId)).map((snapshot) => snapshot.name);
    expect([names.length, new Set(names).size]).toEqual([61, 61]);
  });

  test("of a fork begin an interval after it was made, and nothing that is deleted has any", async () => {
    const { actor, aService, clock, context, store } = fixture();
    const [source, deleted] = [await aService("prod"), await aService("old")];
    const body = { fork_strategy: "NOW" } as const;
    const fork = await requestFork(actor, { sourceId: source.service_id, body }, { context });
    await setState(control().db, fork, "READY");
    await setState(control().db, deleted, "DELETED");
    const { volumeId } = await control().db.service.findUniqueOrThrow({ where: { id: fork.service_id } });
    await store.fork(source.volumeId, volumeId);
    await aSchedule().look();
    expect(await Promise.all([source.volumeId, volumeId, deleted.volumeId].map(snapshotsOf))).toMatchObject([
      [{}],
      [],
      [],
    ]);
    write(volumeId);
    clock.advance(HOUR);
    await aSchedule().look();
    expect(await snapshotsOf(volumeId)).toHaveLength(1);
  });

  test("of one service that fail are logged, and others are taken", async () => {
    const { aService, store } = fixture();
    const [broken, whole] = [await aService("broken"), await aService("whole")];
    await store.delete(broken.volumeId);
    const said: string[] = [];
    const log: Log = { ...silentLog, error: (_fields, message) => void said.push(message) };
    await aSchedule({ log }).look();
    expect(said).toEqual(["A scheduled snapshot of broken could not be taken."]);
    expect(await snapshotsOf(whole.volumeId)).toHaveLength(1);
  });
});

test("a starting engine tells the store how far back each volume is kept", async () => {
  const { aService, store } = fixture();
  const [one, other] = [await aService("one"), await aService("other")];
  const data = { retentionSeconds: 7_200, retentionBytes: 5n };
  await control().db.service.update({ where: { id: one.service_id }, data });
  await store.delete(other.volumeId);
  await applyRetentions({ db: control().db, store, log: silentLog });
  expect((await store.window(one.volumeId)).retention).toEqual({ micros: 7_200_000_000, bytes: 5 });
});

test("what the engine saw is listed, and the commit before it is kept from thinning", async () => {
  const { aService, store } = fixture();
  const service = await aService();
  const at = { serviceId: service.service_id, volumeId: service.volumeId };
  await recordEvents({ db: control().db, store }, at, [
    {
      id: "event00001",
      kind: "mass_write",
      what: "DELETE",
      rows: 5012,
      commit: 4,
      micros: fixture().clock.nowMicros(),
    },
  ]);
  expect([...store.guards(service.volumeId)]).toEqual([["event00001", 3]]);
  expect(await control().db.serviceEvent.findMany()).toMatchObject([{ id: "event00001", rows: 5012n, commit: 4n }]);
});
