import { expect, test } from "vitest";
import { aFork, aService, aStorage } from "@/lib/testing/service-fixtures";
import { computeStorageView, listLogLines, sumLog } from "./storage";

test("the picture is said in one sentence, with what deleting returns", () => {
  const view = computeStorageView(aFork("a"), aStorage());
  expect(view.sentence).toBe(
    "12.0\u00a0MiB shared with prod-telemetry, 3.0\u00a0MiB pinned, 9.0\u00a0MiB written. Deleting frees 12.0\u00a0MiB.",
  );
  expect(view.lines.map(({ part, share }) => [part, share])).toEqual([
    ["shared", 0.5],
    ["pinned", 0.125],
    ["written", 0.375],
  ]);
});

test("what is deleted already returns its bytes when it is purged", () => {
  const view = computeStorageView(aFork("a", { status: "DELETED" }), aStorage());
  expect(view.sentence).toContain("Purging frees 12.0\u00a0MiB.");
});

test("a fresh fork is said to have written nothing but its start, with the true figure", () => {
  const view = computeStorageView(aFork("a"), aStorage({ written_bytes: 200 * 1024 }));
  expect(view.remark).toContain("Nothing written yet");
  expect(view.sentence).toContain("200\u00a0KiB written");
});

test("an empty volume divides nothing by zero, and a service shares with its image", () => {
  const view = computeStorageView(aService(), aStorage({ shared_bytes: 0, written_bytes: 0, pinned_bytes: 0 }));
  expect(view.lines.map(({ share }) => share)).toEqual([0, 0, 0]);
  expect(view.lines[0]?.term).toBe("Shared with its image");
});

test("the parts of a log add up to it", () => {
  expect(sumLog(aStorage())).toBe(11 * 1024 * 1024);
  expect(listLogLines(aStorage()).every(({ help }) => help.endsWith("."))).toBe(true);
});
