import { expect, test } from "vitest";
import { aFork, aService } from "@/lib/testing/service-fixtures";
import { computeTtlBoard } from "./ttl-board";

const nowMs = Date.parse("2026-11-24T12:00:00Z");
const names = (forks: readonly { name: string }[] | undefined) => forks?.map(({ name }) => name);
const young = { created: "2026-11-24T10:00:00Z" };
const old = { created: "2026-11-20T00:00:00Z" };

test("forks are listed by what comes next, and services are not", () => {
  const services = [
    aService(old),
    aFork("later", { ...young, expires_at: "2026-11-25T11:00:00Z" }),
    aFork("soon", { ...young, expires_at: "2026-11-24T12:10:00Z" }),
    aFork("next-week", { ...old, expires_at: "2026-12-01T12:00:00Z" }),
    aFork("kept", { ...old, never_reason: "audit" }),
    aFork("over", { status: "PAUSED", expired_at: "2026-11-24T11:00:00Z", expires_at: "2026-11-24T11:00:00Z" }),
    aFork("broken", { status: "FAILED" }),
  ];
  const board = computeTtlBoard(services, { kept: 2 }, nowMs);
  expect(names(board.expiring)).toEqual(["soon", "later"]);
  expect(names(board.never)).toEqual(["kept"]);
  expect(names(board.idle)).toEqual(["next-week"]);
  expect(names(board.grace)).toEqual(["over"]);
  expect(computeTtlBoard(services, null, nowMs).idle).toBeUndefined();
});
