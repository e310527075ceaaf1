import { describe, expect, test } from "vitest";
import { aFork, aService } from "@/lib/testing/service-fixtures";
import { type ForkFormState, findForkField, formatForkCurl, readForkForm, toFormValues } from "./fork-form";
import { UTC } from "./time";

const context = {
  nowMs: Date.parse("2026-11-23T18:07:00Z"),
  zone: UTC,
  limits: { shortestSeconds: 10, longestSeconds: 7 * 86_400 },
  services: [
    aService({ service_id: "aaaaaaaaaa" }),
    aFork("incident-0412"),
    aService({ name: "old", status: "DELETING" }),
  ],
};
const good: ForkFormState = { source: "prod-telemetry", strategy: "NOW", ttl: "4h", name: "incident-1123" };
const problems = (different: Partial<ForkFormState>) => {
  const reading = readForkForm({ ...good, ...different }, context);
  return reading.ok ? [] : reading.problems;
};

describe("a filled form", () => {
  test("makes the API's request", () => {
    expect(readForkForm(good, context)).toEqual({
      ok: true,
      request: { sourceId: "aaaaaaaaaa", body: { fork_strategy: "NOW", name: "incident-1123", ttl: "4h" } },
    });
  });

  test("may name its source by id, and may end at a fixed time", () => {
    const reading = readForkForm({ ...good, source: "aaaaaaaaaa", ttl: "2026-11-24 09:00" }, context);
    expect(reading).toMatchObject({ request: { body: { expires_at: "2026-11-24T09:00:00.000Z" } } });
  });
});

describe("what a link carries wrongly", () => {
  test("is kept and named: an unknown source", () => {
    expect(problems({ source: "prod-x" })[0]).toMatchObject({
      field: "source",
      problem: expect.stringContaining("“prod-x”"),
    });
  });

  test("is kept and named: a source that is being deleted", () => {
    expect(problems({ source: "old" })[0]?.problem).toContain("is being deleted");
  });

  test("is kept and named: a way to fork that is not there yet, with the one that is", () => {
    expect(problems({ strategy: "PITR" })).toEqual([
      {
        field: "strategy",
        problem: "Point in time is not available yet.",
        fix: [{ label: "Use Now", set: { strategy: "NOW" } }],
      },
    ]);
    expect(problems({ strategy: "then" })[0]?.problem).toContain("“then”");
  });

  test("is kept and named: a lifetime of zero, of a year, or of nothing", () => {
    for (const ttl of ["0h", "365d", "banana"]) expect(problems({ ttl })[0]?.field).toBe("ttl");
  });

  test("is kept and named: a taken name, with a free one", () => {
    expect(problems({ name: "incident-0412" })[0]).toMatchObject({
      problem: "incident-0412 is taken by a fork of prod-telemetry.",
      fix: [{ set: { name: "incident-0412-2" } }],
    });
  });
});

test("what the API says about its fields is shown at the form's", () => {
  expect(["ttl", "expires_at", "fork_strategy", "name", "region_code", undefined].map(findForkField)).toEqual([
    "ttl",
    "ttl",
    "strategy",
    "name",
    undefined,
    undefined,
  ]);
  expect(toFormValues({ fork_strategy: "NOW", ttl: "7d", region_code: "x" })).toEqual({ strategy: "NOW", ttl: "7d" });
});

test("every problem of a form is reported at once, in the order of the fields", () => {
  const fields = problems({ source: "", strategy: "", ttl: "", name: "" }).map(({ field }) => field);
  expect(fields).toEqual(["source", "strategy", "ttl", "name"]);
});

describe("the same thing in a shell", () => {
  test("holds the request and takes the key from the environment", () => {
    const curl = formatForkCurl("http://localhost:3000", "p123456789", readForkForm(good, context));
    expect(curl).toContain("/projects/p123456789/services/aaaaaaaaaa/forkService");
    expect(curl).toContain(`-d '{"fork_strategy":"NOW","name":"incident-1123","ttl":"4h"}'`);
    expect(curl).toContain(`-u "$OFFSHOOT_API_KEY"`);
  });

  test("has placeholders until the form is filled, and quotes a name for the shell", () => {
    expect(formatForkCurl("http://x", "p", { ok: false, problems: [] })).toContain("<service_id>");
    const curl = formatForkCurl("http://x", "p", readForkForm({ ...good, name: "ana's" }, context));
    expect(curl).toContain(`"ana'\\''s"`);
  });
});
