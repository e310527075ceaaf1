import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import type { NewServiceEvent } from "@/lib/services";
import { silentLog } from "@/lib/std/log";
import { ManualClock } from "@/lib/testing/manual-clock";
import { EventRecorder } from "./event-recorder";

const event = (commit: number) => ({ kind: "ddl" as const, what: "DROP TABLE a", rows: null, commit, micros: commit });
const commitsOf = (events: readonly NewServiceEvent[]) => events.map(({ commit }) => commit);

/** A recorder whose batches are collected; writing fails while `failures` is above zero. */
function watch({ failures = 0 } = {}) {
  const clock = new ManualClock();
  const batches: { serviceId: string; events: readonly NewServiceEvent[] }[] = [];
  const recorder = new EventRecorder({
    clock,
    log: silentLog,
    async record(serviceId, events) {
      if (failures-- > 0) throw new Error("the control database is away");
      batches.push({ serviceId, events });
    },
  });
  return { clock, batches, recorder };
}

test("events of a moment are written together, by service and in order", async () => {
  const { clock, batches, recorder } = watch();
  recorder.add("a", [event(1)]);
  recorder.add("b", [event(7)]);
  recorder.add("a", [event(2), event(3)]);
  expect(batches).toEqual([]);
  clock.advance(200);
  await setImmediate();
  expect(batches.map(({ serviceId, events }) => [serviceId, commitsOf(events)])).toEqual([
    ["a", [1, 2, 3]],
    ["b", [7]],
  ]);
});

test("what could not be written is written later under the same ids, before what came meanwhile", async () => {
  const { clock, batches, recorder } = watch({ failures: 1 });
  recorder.add("a", [event(1)]);
  clock.advance(200);
  await setImmediate();
  recorder.add("a", [event(2)]);
  clock.advance(2_000);
  await setImmediate();
  expect(batches.flatMap(({ events }) => commitsOf(events))).toEqual([1, 2]);
  expect(new Set(batches.flatMap(({ events }) => events.map(({ id }) => id))).size).toBe(2);
});

test("a stop writes what waits", async () => {
  const { batches, recorder } = watch();
  recorder.add("a", [event(1)]);
  await recorder.stop();
  expect(batches.flatMap(({ events }) => commitsOf(events))).toEqual([1]);
});
