import { describe, expect, test } from "vitest";
import { aFork, aService } from "@/lib/testing/service-fixtures";
import { isProtected, readAllowList, safetyHref, sayDetails, sayProtected } from "./safety";

describe("what is typed as an allow list", () => {
  test("is read by lines and commas, in one spelling", () => {
    const reading = readAllowList("203.0.113.7\n  2001:DB8::/32, 203.0.113.7\n\n", null);
    expect(reading).toEqual({ ok: true, entries: ["203.0.113.7/32", "2001:db8::/32"], excludesYou: false });
  });

  test("says when whoever types it would not be let in", () => {
    expect(readAllowList("203.0.113.0/24", "198.51.100.1")).toMatchObject({ excludesYou: true });
    expect(readAllowList("203.0.113.0/24", "::ffff:203.0.113.9")).toMatchObject({ excludesYou: false });
    expect(readAllowList("", "198.51.100.1")).toEqual({ ok: true, entries: [], excludesYou: false });
  });

  test("says what is wrong with it", () => {
    const problem =
      "10.1.2.3/8 is an address in a network, not a network. Write 10.0.0.0/8 for the network, or the address alone.";
    expect(readAllowList("10.1.2.3/8", null)).toEqual({ ok: false, problem });
  });
});

describe("a protected service", () => {
  test("is one that somebody protected, or that is tagged PROD", () => {
    expect(isProtected(aService({ name: "prod" }))).toBe(false);
    const kept = aFork("kept", { protected_by: "ana" });
    expect([isProtected(kept), sayProtected(kept)]).toEqual([
      true,
      "kept was protected by ana. End its protection on its Safety card first.",
    ]);
    const prod = aService({ name: "prod", metadata: { environment: "PROD" } });
    expect([isProtected(prod), sayProtected(prod)]).toEqual([
      true,
      "prod is tagged PROD, which protects it. Tag it DEV on its Safety card first.",
    ]);
    expect(safetyHref(kept)).toBe(`/forks/${kept.service_id}#safety`);
  });
});

test("what was disarmed is told by what is known of it", () => {
  const item = { id: "i", kind: "job", name: "n", disarmed_at: "", armed_at: null, armed_by: null } as const;
  expect(sayDetails({ ...item, details: { job_id: 1000, runs: "policy", every: "1 day", on: "public.flights" } })).toBe(
    "policy, every 1 day, on public.flights",
  );
  expect(sayDetails({ ...item, details: {} })).toBe("");
});
