import { expect, test } from "vitest";
import { operationKind } from "@/lib/schemas/operation";
import { anOperation } from "@/lib/testing/service-fixtures";
import { computeElapsedMs, computeWaitedMs, findCurrentStep, isUnfinished, OPERATION_TITLES } from "./operations";

const nowMs = Date.parse("2026-11-23T10:00:05Z");

test("an operation that runs counts up, one that ended stands still", () => {
  const running = anOperation({ started_at: "2026-11-23T10:00:01Z" });
  expect(computeElapsedMs(running, nowMs)).toBe(4_000);
  expect(computeElapsedMs({ ...running, finished_at: "2026-11-23T10:00:02Z" }, nowMs)).toBe(1_000);
});

test("what has not started took no time, and a clock that lags gives no negative one", () => {
  expect(computeElapsedMs(anOperation({ started_at: null }), nowMs)).toBe(0);
  expect(computeElapsedMs(anOperation({ started_at: "2026-11-23T10:00:09Z" }), nowMs)).toBe(0);
});

test("a person waits from the press of the button, also while the operation is queued", () => {
  const queued = anOperation({ requested_at: "2026-11-23T10:00:00Z", started_at: null });
  expect(computeWaitedMs(queued, nowMs)).toBe(5_000);
});

test("the current step is the one that runs or failed", () => {
  const step = (name: string, state: "SUCCEEDED" | "RUNNING" | "PENDING" | "FAILED") => ({
    name,
    title: name,
    state,
    started_at: null,
    finished_at: null,
    percent: null,
  });
  expect(findCurrentStep(anOperation({ steps: [step("a", "SUCCEEDED"), step("b", "RUNNING")] }))?.name).toBe("b");
  expect(findCurrentStep(anOperation({ steps: [step("a", "FAILED"), step("b", "PENDING")] }))?.name).toBe("a");
  expect(findCurrentStep(anOperation({ steps: [step("a", "PENDING")] }))).toBeUndefined();
});

test("only what is queued or runs is unfinished", () => {
  expect(
    (["QUEUED", "RUNNING", "SUCCEEDED", "FAILED"] as const).map((state) => isUnfinished(anOperation({ state }))),
  ).toEqual([true, true, false, false]);
});

test("every kind of operation has a title", () => {
  expect(Object.keys(OPERATION_TITLES).sort()).toEqual([...operationKind.options].sort());
});
