import { describe, expect, test } from "vitest";
import { aFork, aService, aSnapshot } from "@/lib/testing/service-fixtures";
import {
  type ForkFormState,
  findForkField,
  formatForkCurl,
  type KnownHistory,
  readForkForm,
  toFormValues,
} from "./fork-form";
import { UTC } from "./time";

const context = {
  nowMs: Date.parse("2026-11-23T18:07:00Z"),
  zone: UTC,
  limits: { shortestSeconds: 10, longestSeconds: 7 * 86_400, allowNever: false },
  services: [
    aService({ service_id: "aaaaaaaaaa" }),
    aFork("incident-0412"),
    aService({ name: "old", status: "DELETING" }),
  ],
  bin: [],
  history: {},
};
const good: ForkFormState = {
  source: "prod-telemetry",
  strategy: "NOW",
  at: "",
  event: "",
  commit: "",
  snapshot: "",
  inexact: "",
  reason: "",
  ttl: "4h",
  name: "incident-1123",
};
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

  test("is kept and named: a way to fork that does not exist, with one that does", () => {
    expect(problems({ strategy: "then" })).toEqual([
      {
        field: "strategy",
        problem: "“then” is no way to fork. Choose one of these.",
        fix: [{ label: "Use Now", set: { strategy: "NOW" } }],
      },
    ]);
  });

  test("is kept and named: a moment that is none", () => {
    expect(problems({ strategy: "PITR", at: "half past five" })[0]).toMatchObject({
      field: "moment",
      problem: expect.stringContaining("“half past five”"),
    });
    expect(problems({ strategy: "PITR", commit: "-1" })[0]).toMatchObject({ field: "moment" });
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

describe("a moment in the past", () => {
  const bodyOf = (different: Partial<ForkFormState>, history: KnownHistory = {}) => {
    const reading = readForkForm({ ...good, strategy: "PITR", ...different }, { ...context, history });
    return reading.ok ? reading.request.body : undefined;
  };

  test("is asked for with every microsecond that was typed", () => {
    expect(bodyOf({ at: "2026-11-23 17:29:58.114027" })).toMatchObject({
      fork_strategy: "PITR",
      target_time: "2026-11-23T17:29:58.114027Z",
    });
  });

  test("just before an event is asked for by the event, and the typed time waits in its field", () => {
    const body = bodyOf({ at: "2026-11-23 17:29", event: "eventid000" });
    expect(body).toMatchObject({ target_event: "eventid000" });
    expect(body).not.toHaveProperty("target_time");
  });

  test("stands in nobody's way while another strategy is chosen", () => {
    expect(bodyOf({ strategy: "NOW", at: "half past five" })).toMatchObject({ fork_strategy: "NOW" });
  });

  test("is refused in the engine's words, with its ways out", () => {
    const refusal = { problem: "It is gone.", fix: [{ label: "Use earliest", set: { target_time: "x" } }] };
    const reading = readForkForm(
      { ...good, strategy: "PITR", at: "2026-11-23 17:29" },
      { ...context, history: { refusal } },
    );
    expect(reading).toMatchObject({ ok: false, problems: [{ field: "moment", ...refusal }] });
  });

  test("that is held is asked for by its commit once the window has moved on", () => {
    expect(bodyOf({ at: "2026-11-23 17:29" }, { heldCommit: 42 })).toMatchObject({ commit: 42 });
  });

  test("in thinned history is taken inexactly only when that was said", () => {
    expect(bodyOf({ at: "2026-11-23 17:29" })).not.toHaveProperty("accept_inexact");
    expect(bodyOf({ at: "2026-11-23 17:29", inexact: "yes" })).toMatchObject({ accept_inexact: true });
  });

  test("replaces the one before it, however that was said", () => {
    expect(toFormValues({ target_time: "x" })).toEqual({ at: "x", event: "", commit: "", inexact: "" });
    expect(toFormValues({ commit: "7" })).toEqual({ commit: "7", event: "", inexact: "" });
    expect(toFormValues({ target_event: "e" })).toEqual({ event: "e", commit: "", inexact: "" });
  });
});

describe("a snapshot", () => {
  const snapshots = [aSnapshot({ id: "newest0000" }), aSnapshot({ id: "older00000" })];
  const read = (different: Partial<ForkFormState>, known: KnownHistory = { snapshots }) =>
    readForkForm({ ...good, strategy: "LAST_SNAPSHOT", ...different }, { ...context, history: known });

  test("is the one that stands on the screen: the newest, or the chosen one", () => {
    expect(read({})).toMatchObject({ request: { body: { snapshot_id: "newest0000" } } });
    expect(read({ snapshot: "older00000" })).toMatchObject({ request: { body: { snapshot_id: "older00000" } } });
  });

  test("is left to the server while the list cannot be read", () => {
    const reading = read({}, {});
    expect(reading.ok && reading.request.body).toEqual({ fork_strategy: "LAST_SNAPSHOT", name: good.name, ttl: "4h" });
  });

  test("is refused when there is none, or when the chosen one was deleted", () => {
    expect(read({}, { snapshots: [] })).toMatchObject({
      problems: [{ field: "snapshot", problem: expect.stringContaining("no snapshot yet") }],
    });
    expect(read({ snapshot: "gone000000" }, { snapshots: [] })).toMatchObject({
      problems: [{ field: "snapshot", problem: expect.stringContaining("was deleted, and there is no other one") }],
    });
    expect(read({ snapshot: "gone000000" })).toMatchObject({
      problems: [{ field: "snapshot", fix: [{ label: "Use the newest", set: { snapshot_id: "" } }] }],
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
    expect(formatForkCurl("http://x", "p", { ok: false, problems: [], strategy: "NOW" })).toContain("<service_id>");
    const curl = formatForkCurl("http://x", "p", readForkForm({ ...good, name: "ana's" }, context));
    expect(curl).toContain(`"ana'\\''s"`);
  });
});
