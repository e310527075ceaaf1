import { describe, expect, test } from "vitest";
import type { Compute } from "@/lib/compute";
import { DAMAGES_MAX } from "@/lib/engine-client";
import { ManualClock } from "@/lib/testing/manual-clock";
import { MemoryStore } from "@/lib/testing/memory-store";
import { answerHistory } from "./answer-history";
import { answerQuestions } from "./answer-questions";

const VOLUME = "volume0000";
const SERVICE = "service000";
const asked = { serviceId: SERVICE, volumeId: VOLUME, holdId: "hold000000", leaseMicros: 60_000_000 };

/** A service whose Postgres has acknowledged a transaction that is not in the volume yet. */
async function aServiceWithSomethingToFlush() {
  const clock = new ManualClock();
  const store = new MemoryStore(clock);
  await store.create(VOLUME);
  clock.advance(1_000);
  store.write(VOLUME, ["committed"]);
  clock.advance(1_000);
  const done: string[] = [];
  const compute = {
    pendingWalBytes: () => 64 * 1024 * 1024,
    checkpoint: async () => done.push("checkpoint") > 0,
    flush: async () => {
      done.push("flush");
      store.write(VOLUME, ["acknowledged"]);
    },
  } as unknown as Compute;
  const answers = answerHistory(() => ({ store, clock, findCompute: () => Promise.resolve(compute) }));
  return { clock, store, done, answers };
}

describe("reserving a moment", () => {
  test("of now commits first what was acknowledged, without a checkpoint that would be later than asked", async () => {
    const { clock, done, answers } = await aServiceWithSomethingToFlush();
    const { commit } = await answers.reserve({ ...asked, at: { micros: clock.nowMicros() } });
    expect([commit, done]).toEqual([3, ["flush"]]);
  });

  test("of the past leaves the service alone", async () => {
    const { clock, store, done, answers } = await aServiceWithSomethingToFlush();
    store.write(VOLUME, ["newer"]);
    const { commit } = await answers.reserve({ ...asked, at: { micros: clock.nowMicros() - 500_000 } });
    expect([commit, done]).toEqual([2, []]);
  });

  test("keeps the commit that was resolved, for as long as asked", async () => {
    const { clock, store, answers } = await aServiceWithSomethingToFlush();
    const { untilMicros } = await answers.reserve({ ...asked, at: { commit: 1 } });
    expect(untilMicros).toBe(clock.nowMicros() + 60_000_000);
    expect((await store.window(VOLUME)).holds).toMatchObject([{ holdId: "hold000000", commit: 1, untilMicros }]);
    await answers.release({ volumeId: VOLUME, holdId: "hold000000" });
    expect((await store.window(VOLUME)).holds).toEqual([]);
  });

  test("in the future is refused by the engine's clock, with both ends", async () => {
    const { clock, store, answers } = await aServiceWithSomethingToFlush();
    const { earliest } = await store.window(VOLUME);
    await expect(answers.reserve({ ...asked, at: { micros: clock.nowMicros() + 1 } })).rejects.toMatchObject({
      code: "TARGET_OUTSIDE_WAL_WINDOW",
      details: { earliest: earliest.micros, latest: clock.nowMicros() },
    });
    expect((await store.window(VOLUME)).holds).toEqual([]);
  });

  test("of the newest snapshot takes the newest moment, whenever it was named", async () => {
    const { store, answers } = await aServiceWithSomethingToFlush();
    const at = { newestSnapshot: true } as const;
    await expect(answers.reserve({ ...asked, at })).rejects.toMatchObject({ code: "NO_SNAPSHOT" });
    await store.takeSnapshot(VOLUME, { snapshotId: "snap000002", name: "2", kind: "scheduled", at: { commit: 2 } });
    await store.takeSnapshot(VOLUME, { snapshotId: "snap000001", name: "1", kind: "manual", at: { commit: 1 } });
    expect(await answers.reserve({ ...asked, at })).toMatchObject({ commit: 2, snapshotId: "snap000002" });
  });
});

test("damage is told to those who asked about a volume that has it, without the names of others, the newest first", async () => {
  const { store, answers } = await aServiceWithSomethingToFlush();
  const [one, two] = ["volume0001", "volume0002"];
  store.damage(one, { volumeIds: [one, two], foundMicros: 10 });
  store.damage(two, { volumeIds: [two], foundMicros: 20 });
  store.damage("template00", { volumeIds: [], foundMicros: 15 });
  const { damages, counts } = await answers.damages({ volumeIds: [two, VOLUME] });
  expect(damages.map(({ volumeIds, foundMicros }) => [volumeIds, foundMicros])).toEqual([
    [[two], 20],
    [[two], 10],
  ]);
  expect(counts).toEqual({ [two]: 2 });
  expect((await answers.damages({})).damages.map(({ foundMicros }) => foundMicros)).toEqual([20, 15, 10]);
});

test("of more damage than a person reads the newest is told, and all of it counted", async () => {
  const { store, answers } = await aServiceWithSomethingToFlush();
  for (let place = 0; place < DAMAGES_MAX + 20; place++) store.damage(VOLUME, { foundMicros: place });
  const { damages, counts } = await answers.damages({ volumeIds: [VOLUME] });
  expect([damages.length, damages[0]?.foundMicros, counts[VOLUME]]).toEqual([DAMAGES_MAX, 119, 120]);
});

test("before the store is open the past cannot be asked for, and that is said", async () => {
  const health = { state: "starting", pid: 1, started_at: "2026-11-23T00:00:00.000Z" } as const;
  const { handlers } = answerQuestions(() => health, "/");
  await expect(handlers.window({ volumeId: VOLUME })).rejects.toMatchObject({ code: "CONTROL_PLANE" });
});
