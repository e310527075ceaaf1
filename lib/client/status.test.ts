import { describe, expect, test } from "vitest";
import { type ServiceDto, serviceStatus } from "@/lib/schemas/service";
import { aFork, aService } from "@/lib/testing/service-fixtures";
import { computeStatusView, findForkObstacle, isExpiring, isInProgress, listDescendants } from "./status";

const created = "2026-11-23T10:00:00Z";
const nowMs = Date.parse("2026-11-23T12:00:00Z");

test("every status has a word and an icon", () => {
  for (const status of serviceStatus.options) {
    const view = computeStatusView(aService({ status }), nowMs);
    expect(view.label).not.toBe("");
    expect(view.icon).not.toBe("");
  }
});

describe("expiring", () => {
  test("is said in the last hour of a long life and in the last quarter of a short one", () => {
    const day = aService({ created, expires_at: "2026-11-24T10:00:00Z" });
    expect(isExpiring(day, nowMs)).toBe(false);
    expect(isExpiring(day, Date.parse("2026-11-24T09:30:00Z"))).toBe(true);
    expect(isExpiring(day, Date.parse("2026-11-24T05:00:00Z"))).toBe(true);
    expect(isExpiring(aService({ created, expires_at: null }), nowMs)).toBe(false);
  });

  test("takes the place of Ready, with the time that is left", () => {
    const view = computeStatusView(aService({ created, expires_at: "2026-11-23T12:42:00Z" }), nowMs);
    expect(view).toMatchObject({ label: "Expires in 42 m", tone: "warn", icon: "expiring" });
  });
});

test("what is being done is said by its step, with percent where the step can tell", () => {
  const progress = { operation: "create" as const, operation_id: "o", step: "sample", percent: 63, error: null };
  const view = computeStatusView(aService({ status: "CONFIGURING", progress }), nowMs);
  expect(view.label).toBe("Loading sample 63%");
});

test("a source that cannot be forked says why, one that can says nothing", () => {
  expect(findForkObstacle(aService({ status: "DELETING" }))).toContain("is being deleted");
  expect(findForkObstacle(aService({ status: "READY" }))).toBeUndefined();
  expect(findForkObstacle(aService({ status: "PAUSED" }))).toBeUndefined();
});

test("only what is in progress is looked at often", () => {
  expect(isInProgress(aService({ status: "CONFIGURING" }))).toBe(true);
  expect(isInProgress(aService({ status: "READY" }))).toBe(false);
});

test("descendants are the forks, their forks and so on, without what is on its way out", () => {
  const of = (name: string, parent: string, status: ServiceDto["status"] = "READY") => {
    const fork = aFork(name);
    const forked_from = fork.forked_from && { ...fork.forked_from, service_id: parent };
    return aFork(name, { forked_from, status });
  };
  const services = [
    of("child", "abcdefghij"),
    of("grandchild", "child"),
    of("gone", "abcdefghij", "DELETED"),
    of("x", "y"),
  ];
  expect(listDescendants(aService(), services).map(({ name }) => name)).toEqual(["child", "grandchild"]);
});
