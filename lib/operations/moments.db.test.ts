import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ForkServiceBody, ServiceDto } from "@/lib/schemas/service";
import {
  changeHistorySettings,
  getOperation,
  getService,
  getTimeline,
  listSnapshots,
  requestCreate,
  requestDelete,
  requestFork,
  requestPurge,
  requestSnapshot,
} from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import { formatMicros } from "@/lib/std/micros";
import { startControlDatabase } from "@/lib/testing/control-database";
import { startHistory } from "@/lib/testing/history-fixture";
import { SimulatedEngine } from "@/lib/testing/simulated-engine";

const control = startControlDatabase();
const fixture = startHistory(control);
let engine: SimulatedEngine;

beforeEach(async () => {
  await control().db.$executeRaw`DELETE FROM graphile_worker._private_jobs`;
  engine = new SimulatedEngine(control(), fixture().store, fixture().clock);
});
afterEach(() => engine.bury());

const options = () => ({ context: fixture().context });
const see = ({ service_id }: ServiceDto) => getService(fixture().actor, service_id, { ...options(), deletedToo: true });
const volumeOf = async ({ service_id }: ServiceDto) =>
  (await control().db.service.findUniqueOrThrow({ where: { id: service_id } })).volumeId;
const holdsOf = async (service: ServiceDto) => (await fixture().store.window(await volumeOf(service))).holds;

async function done<Asked>(asked: Promise<Asked>): Promise<Asked> {
  const answer = await asked;
  await engine.settled();
  return answer;
}

/** A source with a row, a time at which nothing else was in it, and a row that came later. */
async function aSource(): Promise<{ source: ServiceDto; target_time: string }> {
  const source = await done(requestCreate(fixture().actor, { name: "prod" }, options()));
  engine.plane.insert(source.service_id, "before");
  fixture().clock.advance(1_000);
  const target_time = formatMicros(fixture().clock.nowMicros());
  fixture().clock.advance(1_000);
  engine.plane.insert(source.service_id, "after");
  return { source, target_time };
}

const fork = (source: ServiceDto, body: ForkServiceBody) =>
  requestFork(fixture().actor, { sourceId: source.service_id, body }, options());

/** The window begins with the newest commit: only what is held is left of the past. */
async function passWindow(source: ServiceDto): Promise<void> {
  const volumeId = await volumeOf(source);
  fixture().store.moveWindow(volumeId, (await fixture().store.window(volumeId)).head.commit);
}

describe("a fork of a moment", () => {
  beforeEach(() => engine.start());

  test("holds what was there then, and its receipt says where it starts and what it leaves out", async () => {
    const { source, target_time } = await aSource();
    const made = await done(fork(source, { fork_strategy: "PITR", target_time }));
    expect(engine.plane.rows(made.service_id)).toEqual(["before"]);
    const { status, receipt } = await see(made);
    expect(status).toBe("READY");
    expect(receipt).toMatchObject({
      fork_strategy: "PITR",
      requested_time: target_time,
      exact: true,
      moments_missing: 0,
    });
    expect(receipt?.commit_time && receipt.commit_time <= target_time).toBe(true);
    expect(receipt?.first_left_out_time && receipt.first_left_out_time > target_time).toBe(true);
    expect(await holdsOf(source)).toEqual([]);
    expect(engine.plane.acts).not.toContain(`computes.settle ${source.service_id}`);
  });

  test("of a fork of a fork works the same", async () => {
    const { source, target_time } = await aSource();
    let parent = await done(fork(source, { fork_strategy: "PITR", target_time }));
    for (const generation of [1, 2, 3]) {
      engine.plane.insert(parent.service_id, `generation ${generation}`);
      const now = formatMicros(fixture().clock.nowMicros());
      engine.plane.insert(parent.service_id, "too late");
      parent = await done(fork(parent, { fork_strategy: "PITR", target_time: now }));
      expect(engine.plane.rows(parent.service_id).at(-1)).toBe(`generation ${generation}`);
    }
    expect(engine.plane.rows(parent.service_id)).toEqual(["before", "generation 1", "generation 2", "generation 3"]);
  });

  test("is made though the window passes it between the request and the operation", async () => {
    const { source, target_time } = await aSource();
    await engine.bury();
    const made = await fork(source, { fork_strategy: "PITR", target_time });
    await passWindow(source);
    await engine.start();
    await engine.settled();
    expect(engine.plane.rows(made.service_id)).toEqual(["before"]);
  });

  test("whose reservation has ended says that the window has moved, and leaves nothing", async () => {
    const { source, target_time } = await aSource();
    await engine.bury();
    const made = await fork(source, { fork_strategy: "PITR", target_time });
    await passWindow(source);
    fixture().clock.advance(2 * 86_400_000);
    await engine.start();
    await engine.settled();
    const { status, status_reason } = await see(made);
    expect([status, status_reason]).toEqual([
      "FAILED",
      expect.stringMatching(/^Clone storage .+ failed: Commit \d+ of prod left the WAL window before it was forked\.$/),
    ]);
    expect(await fixture().store.find(await volumeOf(made))).toBeUndefined();
  });

  test("that fails gives up its reservation", async () => {
    const { source, target_time } = await aSource();
    engine.plane.failNext("volumes.fork", new AppError("NOT_OFFERED", "No."));
    const made = await done(fork(source, { fork_strategy: "PITR", target_time }));
    expect((await see(made)).status).toBe("FAILED");
    expect(await holdsOf(source)).toEqual([]);
  });

  test("whose source was purged after it was cloned is still made", async () => {
    const { source, target_time } = await aSource();
    engine.plane.failNext("computes.start", new Error("worker lost"));
    const made = await fork(source, { fork_strategy: "PITR", target_time });
    await engine.settled();
    await done(requestDelete(fixture().actor, source.service_id, options()));
    await done(requestPurge(fixture().actor, source.service_id, options()));
    expect(engine.plane.rows(made.service_id)).toEqual(["before"]);
  });

  test("and a new service tell the store how far back each is kept, and so does who changes that", async () => {
    const { source } = await aSource();
    const kept = async (service: ServiceDto) => (await fixture().store.window(await volumeOf(service))).retention;
    expect(await kept(source)).toEqual({ micros: 86_400_000_000, bytes: 8 * 1024 ** 3 });
    const body = { retention_seconds: 7_200, retention_bytes: 1024 ** 3 };
    await changeHistorySettings(fixture().actor, { serviceId: source.service_id, body }, options());
    await engine.settled();
    const changed = { micros: 7_200_000_000, bytes: 1024 ** 3 };
    expect(await kept(source)).toEqual(changed);
    expect(await kept(await done(fork(source, { fork_strategy: "NOW" })))).toEqual(changed);
    expect(await kept(source)).toEqual(changed);
  });
});

describe("a snapshot", () => {
  beforeEach(() => engine.start());

  test("is of the service as it is then, with the operation's id, an event, and forks that start from it", async () => {
    const { actor } = fixture();
    const { source } = await aSource();
    const { operation_id } = await done(requestSnapshot(actor, { serviceId: source.service_id }, options()));
    engine.plane.insert(source.service_id, "later still");
    const [snapshot] = await listSnapshots(actor, source.service_id, options());
    expect(snapshot).toMatchObject({ id: operation_id, kind: "manual", forks: 0 });
    const made = await done(fork(source, { fork_strategy: "LAST_SNAPSHOT" }));
    expect(engine.plane.rows(made.service_id)).toEqual(["before", "after"]);
    expect((await see(made)).receipt).toMatchObject({ snapshot_id: operation_id, commit: snapshot?.commit });
    expect((await listSnapshots(actor, source.service_id, options()))[0]?.forks).toBe(1);
    const { events } = await getTimeline(actor, { serviceId: source.service_id }, options());
    expect(events).toMatchObject([{ id: operation_id, kind: "snapshot", commit: snapshot?.commit }]);
    expect((await see(source)).status).toBe("READY");
  });

  test("of a service that was purged first says so, and changes nothing", async () => {
    const { actor } = fixture();
    const { source } = await aSource();
    await engine.bury();
    const { operation_id } = await requestSnapshot(actor, { serviceId: source.service_id }, options());
    await fixture().store.delete(await volumeOf(source));
    await control().db.service.update({ where: { id: source.service_id }, data: { status: "PURGED" } });
    await engine.start();
    await engine.settled();
    const operation = await getOperation(actor, operation_id, options());
    expect(operation.error).toBe("prod was purged before a snapshot of it could be taken.");
    expect(await see(source).catch((error: AppError) => error.code)).toBe("NOT_FOUND");
  });
});

const BOUNDARIES = (["settle", "clone", "start", "check"] as const).flatMap((step) =>
  (["before", "done", "recorded"] as const).map((when) => [step, when] as const),
);

describe("an engine killed in the middle of a fork of a moment", () => {
  test.each(BOUNDARIES)("at %s (%s) makes it of the same commit, and leaves no reservation", async (step, when) => {
    const died = engine.dieAt({ kind: "fork", step, when });
    await engine.start();
    const { source, target_time } = await aSource();
    const made = await fork(source, { fork_strategy: "PITR", target_time });
    await died;
    await passWindow(source);
    await engine.start();
    await engine.settled();
    expect(engine.plane.rows(made.service_id)).toEqual(["before"]);
    const { status, receipt } = await see(made);
    expect([status, receipt?.commit, receipt?.exact]).toEqual(["READY", made.receipt?.commit, true]);
    expect(await holdsOf(source)).toEqual([]);
  });

  test.each([
    ["settle", "done"],
    ["take", "before"],
    ["take", "done"],
    ["take", "recorded"],
  ] as const)("or of a snapshot at %s (%s) takes one snapshot and lists one event", async (step, when) => {
    const { actor, store } = fixture();
    const died = engine.dieAt({ kind: "snapshot", step, when });
    await engine.start();
    const { source } = await aSource();
    const { operation_id } = await requestSnapshot(actor, { serviceId: source.service_id }, options());
    await died;
    await engine.start();
    await engine.settled();
    const { snapshots } = await store.window(await volumeOf(source));
    expect(snapshots.map(({ snapshotId }) => snapshotId)).toEqual([operation_id]);
    expect(await control().db.serviceEvent.count()).toBe(1);
    expect((await getOperation(actor, operation_id, options())).state).toBe("SUCCEEDED");
  });
});
