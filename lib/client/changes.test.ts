import { describe, expect, test } from "vitest";
import { aFork, aService } from "@/lib/testing/service-fixtures";
import { findSize, listChanges, listResetChoices, readReset, SIZE_CHOICES } from "./changes";

describe("what can be done with a service", () => {
  test.each([
    ["READY", ["pause", "resize", "rename", "reset"]],
    ["UNSTABLE", ["pause", "resize", "rename", "reset"]],
    ["PAUSED", ["start", "resize", "rename", "reset"]],
    ["CONFIGURING", ["rename"]],
    ["PAUSING", ["rename"]],
    ["FAILED", []],
    ["DELETED", []],
  ] as const)("that is %s", (status, changes) => {
    expect(listChanges(aService({ status }))).toEqual(changes);
  });

  test("that has expired is little: it is restored first", () => {
    expect(listChanges(aFork("one", { status: "PAUSED", expired_at: "2026-11-24T10:00:00Z" }))).toEqual(["rename"]);
  });
});

describe("sizes", () => {
  test("are found among the offered ones, and say what they give", () => {
    const spec = { cpu_millis: 500, memory_gbs: 2, volume_type: "block-store" };
    expect(findSize(aService({ resources: [{ id: "abcdefghij", spec }] }))).toBe("500/2");
    const choice = SIZE_CHOICES.find(({ value }) => value === "500/2");
    expect(choice).toMatchObject({ label: "0.5 CPU, 2 GB", body: { cpu_millis: 500, memory_gbs: 2 } });
    expect(choice?.gives).toMatch(/^50 sessions, .+ for each sort$/);
  });

  test("have a shared one, which is asked for by its name", () => {
    expect(SIZE_CHOICES[0]).toMatchObject({ label: "Shared", body: { cpu_millis: "shared", memory_gbs: "shared" } });
  });
});

describe("a reset", () => {
  test("of a fork can go back to where it began, and one can be undone while what was before is kept", () => {
    expect(listResetChoices(aService())).toEqual(["moment"]);
    expect(listResetChoices(aFork("one"))).toEqual(["moment", "base"]);
    expect(listResetChoices(aFork("one", { reset_undo_until: "2026-11-24T10:00:00Z" }))).toEqual([
      "moment",
      "base",
      "undo",
    ]);
  });

  test("is asked for by the moment as it was typed, to the microsecond", () => {
    expect(readReset("moment", "2026-11-23 10:00:00.123456")).toEqual({
      ok: true,
      body: { fork_strategy: "PITR", target_time: "2026-11-23T10:00:00.123456Z" },
    });
    expect(readReset("base", "")).toEqual({ ok: true, body: { base: true } });
    expect(readReset("undo", "whatever")).toEqual({ ok: true, body: { undo: true } });
    expect(readReset("moment", " ")).toEqual({ ok: false, problem: "Type the moment to go back to." });
    expect(readReset("moment", "yesterday")).toMatchObject({ ok: false });
  });
});
