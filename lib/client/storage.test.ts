import { expect, test } from "vitest";
import type { StorageDto } from "@/lib/schemas/history";
import { aFork, aService } from "@/lib/testing/service-fixtures";
import { computeStorageView, listLogLines, sumLog } from "./storage";

const mebi = 1024 * 1024;

const aStorage = (different: Partial<StorageDto> = {}): StorageDto => ({
  logical_bytes: 24 * mebi,
  shared_bytes: 12 * mebi,
  written_bytes: 9 * mebi,
  pinned_bytes: 3 * mebi,
  frees_bytes: 12 * mebi,
  log: {
    head_bytes: 5 * mebi,
    history_bytes: 4 * mebi,
    kept_for_forks_bytes: mebi,
    garbage_bytes: 0,
    metadata_bytes: mebi,
  },
  generated_at: "2026-11-23T10:00:00.000000Z",
  ...different,
});

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
  expect(sumLog(aStorage())).toBe(11 * mebi);
  expect(listLogLines(aStorage()).every(({ help }) => help.endsWith("."))).toBe(true);
});
