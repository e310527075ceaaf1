import { expect, test } from "vitest";
import { aFork, aService } from "@/lib/testing/service-fixtures";
import { computeStorageView } from "./storage";

const mebi = 1024 * 1024;

test("a fresh fork is said to have written nothing but its start, with the true figure", () => {
  const view = computeStorageView(aFork("a", { storage: { logical_bytes: 24 * mebi, written_bytes: 200 * 1024 } }));
  expect(view?.sentence).toBe("200\u00a0KiB of its own; at least 23.8\u00a0MiB shared with prod-telemetry.");
  expect(view?.remark).toContain("Nothing written yet");
});

test("a fork that wrote says what its deletion frees", () => {
  const view = computeStorageView(aFork("a", { storage: { logical_bytes: 24 * mebi, written_bytes: 12 * mebi } }));
  expect(view).toMatchObject({ sharedBytes: 12 * mebi, writtenShare: 0.5 });
  expect(view?.remark).toContain("frees them");
});

test("a log larger than the data leaves nothing that is surely shared", () => {
  const view = computeStorageView(aService({ storage: { logical_bytes: mebi, written_bytes: 3 * mebi } }));
  expect(view).toMatchObject({ sharedBytes: 0, writtenShare: 1, sharedWith: "its image" });
});

test("without the engine there is no figure, and an empty volume divides nothing by zero", () => {
  expect(computeStorageView(aService({ storage: null }))).toBeUndefined();
  expect(computeStorageView(aService({ storage: { logical_bytes: 0, written_bytes: 0 } }))?.writtenShare).toBe(0);
});
