import { describe, expect, test } from "vitest";
import { aFork } from "@/lib/testing/service-fixtures";
import { type ForkListState, findForkSort, isFiltered, nextSort, selectForks } from "./fork-list";

const nowMs = Date.parse("2026-11-23T12:00:00Z");
const all: ForkListState = { q: "", status: [], source: "", sort: "" };
const fromBilling = {
  project_id: "p",
  service_id: "b",
  is_standby: false as const,
  name: "prod-billing",
  deleted: false,
};

const forks = [
  aFork("load-q2", {
    expires_at: "2026-11-30T12:00:00Z",
    storage: { logical_bytes: 9, written_bytes: 900, disk_bytes: 1 },
  }),
  aFork("try-index", {
    expires_at: "2026-11-23T12:20:00Z",
    storage: { logical_bytes: 9, written_bytes: 50, disk_bytes: 2 },
  }),
  aFork("pr-10", { status: "FAILED", forked_from: fromBilling, storage: null }),
  aFork("pr-9", { status: "CONFIGURING", forked_from: fromBilling, expires_at: "2026-11-24T12:00:00Z" }),
];
const names = (state: Partial<ForkListState>) =>
  selectForks(forks, { ...all, ...state }, nowMs).map(({ name }) => name);

describe("the order", () => {
  test("without a sort puts failures first, then what is being made, then what ends first", () => {
    expect(names({})).toEqual(["pr-10", "pr-9", "try-index", "load-q2"]);
  });

  test("by a column goes up, and down with a minus", () => {
    expect(names({ sort: "name" })).toEqual(["load-q2", "pr-9", "pr-10", "try-index"]);
    expect(names({ sort: "-written" })[0]).toBe("pr-9");
    expect(names({ sort: "written" })[0]).toBe("pr-10");
    expect(names({ sort: "expires" })[0]).toBe("try-index");
  });

  test("by a column that does not exist is the default", () => {
    expect(names({ sort: "burn" })).toEqual(names({}));
    expect(findForkSort("burn")).toBeUndefined();
  });

  test("turns with each press of a header: up, down, default", () => {
    expect(nextSort("", "name")).toBe("name");
    expect(nextSort("name", "name")).toBe("-name");
    expect(nextSort("-name", "name")).toBe("");
    expect(nextSort("-name", "expires")).toBe("expires");
  });
});

describe("the filter", () => {
  test("finds every word in name, id or source", () => {
    expect(names({ q: "billing 9" })).toEqual(["pr-9"]);
    expect(names({ q: "nothing" })).toEqual([]);
  });

  test("by status takes any of the chosen ones", () => {
    expect(names({ status: ["failed", "working"] })).toEqual(["pr-10", "pr-9"]);
    expect(names({ status: ["expiring"] })).toEqual(["try-index"]);
    expect(names({ status: ["unknown"] })).toEqual([]);
  });

  test("by source takes its forks", () => {
    expect(names({ source: "prod-billing" })).toEqual(["pr-10", "pr-9"]);
  });

  test("is one only when it leaves something out", () => {
    expect(isFiltered(all)).toBe(false);
    expect(isFiltered({ ...all, sort: "name" })).toBe(false);
    expect(isFiltered({ ...all, q: "a" })).toBe(true);
  });
});

test("the list that was given keeps its order", () => {
  const before = [...forks];
  names({ sort: "name" });
  expect(forks).toEqual(before);
});
