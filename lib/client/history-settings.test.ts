import { expect, test } from "vitest";
import type { HistorySettings } from "@/lib/schemas/history-settings";
import { type HistoryForm, listHistoryLosses, readHistoryForm, sayReach, writeHistoryForm } from "./history-settings";

const DEFAULTS: HistorySettings = {
  retention_seconds: 86_400,
  retention_bytes: 8 * 1024 ** 3,
  snapshot_interval_seconds: 3_600,
  snapshots_kept: 24,
};
const read = (different: Partial<HistoryForm>, current = DEFAULTS) =>
  readHistoryForm({ ...writeHistoryForm(current), ...different }, current);

test("the settings are written as a person would, and read back as they were", () => {
  expect(writeHistoryForm(DEFAULTS)).toEqual({
    retention_seconds: "1d",
    retention_bytes: "8 GiB",
    snapshot_interval_seconds: "1h",
    snapshots_kept: "24",
  });
  const odd = { ...DEFAULTS, retention_bytes: 1_000_000_001, snapshot_interval_seconds: null };
  expect(writeHistoryForm(odd)).toMatchObject({ retention_bytes: "953.674 MiB", snapshot_interval_seconds: "never" });
  expect(read({}, odd)).toEqual({ ok: true, settings: odd });
});

test("what is typed is read in any unit", () => {
  expect(read({ retention_seconds: "2d 12h", retention_bytes: "1.5tib", snapshot_interval_seconds: "Never" })).toEqual({
    ok: true,
    settings: {
      ...DEFAULTS,
      retention_seconds: 216_000,
      retention_bytes: 1.5 * 1024 ** 4,
      snapshot_interval_seconds: null,
    },
  });
});

test.each([
  [{ retention_seconds: "5m" }, "The window is from 10 minutes to 30 days long. Write it like 12h or 7d."],
  [{ retention_seconds: "" }, "The window is from 10 minutes to 30 days long. Write it like 12h or 7d."],
  [{ retention_bytes: "8" }, "The window's history may take from 64 MiB to 16 TiB. Write it like 8 GiB."],
  [
    { snapshot_interval_seconds: "0s" },
    "Snapshots are taken every 5 minutes at most and every 30 days at least, or never. Write it like 30m, 1h or never.",
  ],
  [{ snapshots_kept: "2.5" }, "From 1 to 200 snapshots are kept."],
])("what cannot be had is refused beside its field: %j", (different, problem) => {
  expect(read(different)).toEqual({ ok: false, problems: { [Object.keys(different)[0] ?? ""]: problem } });
});

test("what a change lets go is said before it goes, and keeping more lets nothing go", () => {
  const less = {
    retention_seconds: 3_600,
    retention_bytes: 1024 ** 3,
    snapshot_interval_seconds: null,
    snapshots_kept: 1,
  };
  expect(listHistoryLosses(DEFAULTS, less)).toEqual([
    "Moments older than 1 hour can no longer be forked.",
    "History beyond 1.0\u00a0GiB is thinned, the oldest first, and then dropped.",
    "Of the snapshots taken by schedule the newest one stays; older ones are deleted.",
  ]);
  expect(listHistoryLosses(less, DEFAULTS)).toEqual([]);
});

test("how far back snapshots reach is said", () => {
  expect(sayReach(DEFAULTS)).toBe("24 snapshots, one every 1 hour, reach back 1 day; longer where nothing changed.");
  expect(sayReach({ ...DEFAULTS, snapshot_interval_seconds: null })).toContain("None are taken by themselves.");
});
