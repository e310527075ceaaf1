import { expect, test } from "vitest";
import { aFork, aService } from "@/lib/testing/service-fixtures";
import { findSourceProblem } from "./fork-source";

const living = aService({ name: "billing", service_id: "billing000" });
const deleted = aService({ name: "prod-telemetry", service_id: "deleted000", status: "DELETED" });
const orphan = aFork("incident-0412", {
  forked_from: { project_id: "p", service_id: "purged0000", is_standby: false, name: "old-orders", deleted: true },
});
const find = (asked: string, different = {}) =>
  findSourceProblem(asked, { services: [living, orphan], bin: [deleted], ...different });

test("a source that is there has no problem, by name or by id", () => {
  expect(find("billing")).toBeUndefined();
  expect(find("billing000")).toBeUndefined();
});

test("a deleted source is said to be in Recently deleted, with the way there", () => {
  for (const asked of ["prod-telemetry", "deleted000"])
    expect(find(asked)).toEqual({
      problem:
        "prod-telemetry was deleted and is in Recently deleted. Restore it to fork it, or choose another source.",
      fix: [{ label: "Restore it in Recently deleted", href: "/bin" }],
    });
});

test("a source that is being purged is not offered for restoring", () => {
  const purging = aService({
    name: "prod-telemetry",
    status: "DELETED",
    progress: { operation: "purge", operation_id: "purging000", step: null, percent: null, error: null },
  });
  expect(find("prod-telemetry", { bin: [purging] })).toMatchObject({
    problem: expect.stringContaining("is being purged"),
    fix: [],
  });
});

test("a purged source is known by the forks that it left, which can be forked instead", () => {
  for (const asked of ["old-orders", "purged0000"])
    expect(find(asked)).toMatchObject({
      problem: expect.stringContaining("old-orders was purged."),
      fix: [{ label: "Use incident-0412", set: { source: "incident-0412" } }],
    });
});

test("a living service that took a deleted one's name is that name's source", () => {
  expect(find("prod-telemetry", { services: [aService({ name: "prod-telemetry" })] })).toBeUndefined();
});

test("what was never here is named", () => {
  expect(find("prod-x")?.problem).toContain("“prod-x”");
  expect(find("")?.problem).toBe("Choose the service to fork.");
});
