import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import type { NewServiceEvent } from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import { silentLog } from "@/lib/std/log";
import { ManualClock } from "@/lib/testing/manual-clock";
import { EventRecorder } from "./event-recorder";

const event = (commit: number) => ({ kind: "ddl" as const, what: "DROP TABLE a", rows: null, commit, micros: commit });
const commitsOf = (events: readonly NewServiceEvent[]) => events.map(({ commit }) => commit);

/** A recorder whose batches are collected; writing fails while `failures` is above zero. */
function watch({ failures = 0, error = new Error("the control database is away") } = {}) {
  const clock = new ManualClock();
  const batches: { serviceId: string; events: readonly NewServiceEvent[] }[] = [];
  const said: string[] = [];
  const recorder = new EventRecorder({
    clock,
    log: { ...silentLog, error: (_fields, message) => void said.push(message) },
    async record(serviceId, events) {
      if (failures-- > 0) throw error;
      batches.push({ serviceId, events });
    },
  });
  return { clock, batches, recorder, said };
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

test("what is refused for good is given up and said once, and what comes later is written", async () => {
  const error = new AppError("INVALID_REQUEST", "That is no event.");
  const { clock, batches, recorder, said } = watch({ failures: 1, error });
  recorder.add("a", [event(1), event(2)]);
  clock.advance(200);
  await setImmediate();
  recorder.add("a", [event(3)]);
  clock.advance(10_000);
  await setImmediate();
  expect(batches.flatMap(({ events }) => commitsOf(events))).toEqual([3]);
  expect(said).toEqual(["Events were refused for good and are not listed"]);
});

test("while nothing can be written the newest are kept, as many as a service lists", async () => {
  const { clock, batches, recorder } = watch({ failures: 2 });
  for (let round = 0; round < 2; round++) {
    recorder.add(
      "a",
      Array.from({ length: 9_000 }, (_, index) => event(round * 9_000 + index)),
    );
    clock.advance(2_000);
    await setImmediate();
  }
  clock.advance(2_000);
  await setImmediate();
  expect(batches.map(({ events }) => [events.length, events[0]?.commit])).toEqual([[10_000, 8_000]]);
});

test("a stop writes what waits", async () => {
  const { batches, recorder } = watch();
  recorder.add("a", [event(1)]);
  await recorder.stop();
  expect(batches.flatMap(({ events }) => commitsOf(events))).toEqual([1]);
});
