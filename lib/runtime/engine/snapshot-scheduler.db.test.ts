import { describe, expect, test } from "vitest";
import { requestFork } from "@/lib/services";
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

  test("keep the newest, and every one that a person took", async () => {
    const { aService, clock, store } = fixture();
    const { volumeId } = await aService();
    await store.takeSnapshot(volumeId, { snapshotId: "manual0001", name: "mine", kind: "manual", at: { commit: 2 } });
    const { look } = aSchedule({ keep: 3 });
    for (let hour = 0; hour < 6; hour++) {
      await look();
      write(volumeId);
      clock.advance(HOUR);
    }
    expect((await snapshotsOf(volumeId)).map(({ commit }) => commit)).toEqual([2, 9, 10, 11]);
    expect(await control().db.serviceEvent.count()).toBe(3);
  });

  test("are taken of no fork and of nothing that is deleted", async () => {
    const { actor, aService, context, store } = fixture();
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
