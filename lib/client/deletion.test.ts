import { describe, expect, test } from "vitest";
import type { DeleteFactsDto } from "@/lib/schemas/delete-facts";
import { aFork, aService, aStorage } from "@/lib/testing/service-fixtures";
import { chooseDeletionWay, listDeletionFacts, sayPurge, sayTogether } from "./deletion";

const easy: DeleteFactsDto = {
  service_id: "abcdefghij",
  name: "incident-0412",
  environment: "DEV",
  connections: [],
  written_bytes: 200_000,
  forks: [],
  grace_seconds: 86_400,
};
const fork = aFork("incident-0412", { expires_at: "2026-11-24T10:00:00Z" });
const client = { application: "psql", address: "127.0.0.1", since: "2026-11-23T10:00:00Z" };

describe("a deletion", () => {
  test("of a quiet little DEV fork that would end anyway happens at once", () => {
    expect(chooseDeletionWay(fork, easy)).toBe("at-once");
  });

  test("is asked for with facts when a client is connected, much was written, it is PROD, or it never ends", () => {
    expect(chooseDeletionWay(fork, { ...easy, connections: [client] })).toBe("with-facts");
    expect(chooseDeletionWay(fork, { ...easy, written_bytes: 2 * 1024 ** 3 })).toBe("with-facts");
    expect(chooseDeletionWay(fork, { ...easy, environment: "PROD" })).toBe("with-facts");
    expect(chooseDeletionWay({ ...fork, expires_at: null }, easy)).toBe("with-facts");
  });

  test("is asked for with facts when the engine cannot say what is lost", () => {
    expect(chooseDeletionWay(fork, { ...easy, connections: null })).toBe("with-facts");
    expect(chooseDeletionWay(fork, { ...easy, written_bytes: null })).toBe("with-facts");
  });

  test("of a service needs its name typed, whatever the facts", () => {
    expect(chooseDeletionWay(aService(), easy)).toBe("typed-name");
  });
});

describe("the facts", () => {
  test("name who is connected, what is lost, what lives on and how long it can be restored", () => {
    const facts = {
      ...easy,
      connections: [client, { ...client, application: "grafana" }],
      forks: [{ service_id: "x", name: "try-index" }],
    };
    const storage = aStorage({ written_bytes: 200_000, frees_bytes: 100_000 });
    expect(listDeletionFacts(facts, { storage, together: "Together they free more." })).toEqual([
      "2 clients are connected (psql, grafana).",
      "195\u00a0KiB were written here; its forks keep what they share of that.",
      "Deleting it frees 97.7\u00a0KiB, once it is purged.",
      "Together they free more.",
      "1 fork was made from it (try-index); it keeps working and keeps its data.",
      "It can be restored for 1 day from Recently deleted, with its data, endpoint and password.",
    ]);
  });

  test("say what is not known instead of zero", () => {
    const sentences = listDeletionFacts(
      { ...easy, connections: null, written_bytes: null },
      { storage: undefined },
    ).join(" ");
    expect(sentences).toContain("Whether clients are connected is not known");
    expect(sentences).toContain("How much was written here is not known");
  });
});

test("what was written is said to exist nowhere else only where no fork shares it", () => {
  const storage = aStorage({ written_bytes: 200_000, frees_bytes: 300_000 });
  expect(sayPurge(storage, false)).toBe("195\u00a0KiB written here exist nowhere else. Purging it frees 293\u00a0KiB.");
  expect(sayPurge(storage, true)).not.toContain("nowhere else");
});

test("a service and its forks free together what no sum over them says", () => {
  const frees = { service_ids: ["a", "b"], frees_bytes: 3 * 1024 ** 3, pinned_bytes: 0, generated_at: "" };
  expect(sayTogether(1, frees)).toBe("Deleting it and its fork together frees 3.0\u00a0GiB.");
  expect(sayTogether(3, frees)).toBe("Deleting it and its 3 forks together frees 3.0\u00a0GiB.");
});
