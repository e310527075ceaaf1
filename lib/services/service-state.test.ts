import { describe, expect, test } from "vitest";
import { ServiceStatus } from "@/lib/db";
import { serviceStatus } from "@/lib/schemas/service";
import {
  canMove,
  isForkable,
  isInBin,
  isListed,
  isRestorable,
  isServed,
  SERVICE_STATES,
  type ServiceState,
  statesBefore,
  statesWhere,
  toApiStatus,
} from "./service-state";

/** Every state that can be reached from `start`, itself excluded unless a path leads back. */
function reachable(start: ServiceState): Set<ServiceState> {
  const seen = new Set<ServiceState>();
  const open = [start];
  for (let state = open.pop(); state !== undefined; state = open.pop())
    for (const next of SERVICE_STATES.filter((to) => canMove(state as ServiceState, to)))
      if (!seen.has(next)) {
        seen.add(next);
        open.push(next);
      }
  return seen;
}

describe("states of a service", () => {
  test("are those of the database", () => {
    expect([...SERVICE_STATES].sort()).toEqual(Object.values(ServiceStatus).sort());
  });

  test("all but the last lead to being purged, and nothing leads away from that", () => {
    for (const state of SERVICE_STATES.filter((one) => one !== "PURGED")) expect(reachable(state)).toContain("PURGED");
    expect(reachable("PURGED")).toEqual(new Set());
  });

  test("never come back once a purge was asked for", () => {
    expect(reachable("PURGING")).toEqual(new Set(["PURGED"]));
  });

  test("reach READY only through an operation that checks it, or back from UNSTABLE", () => {
    const before = ["CONFIGURING", "PAUSING", "QUEUED", "RESUMING", "UNSTABLE", "UPGRADING"];
    expect(statesBefore("READY").sort()).toEqual(before);
  });

  test("that failed hold no data, so they are neither forked nor restored", () => {
    expect(reachable("FAILED")).toEqual(new Set(["PURGING", "PURGED"]));
    expect(isForkable("FAILED") || isRestorable("FAILED")).toBe(false);
  });

  test("are shown somewhere until they are purged, and what has just ended in both places", () => {
    const inBoth = ["DELETING", "EXPIRING", "EXPIRED"];
    for (const state of SERVICE_STATES)
      expect(Number(isListed(state)) + Number(isInBin(state)), state).toBe(
        state === "PURGED" ? 0 : inBoth.includes(state) ? 2 : 1,
      );
  });

  test("have an open endpoint only when they can be forked too", () => {
    for (const state of statesWhere(isServed)) expect(isForkable(state)).toBe(true);
  });

  test("are all words of the public API", () => {
    for (const state of SERVICE_STATES) expect(serviceStatus.options).toContain(toApiStatus(state));
    expect(toApiStatus("PURGING")).toBe("DELETED");
  });
});
