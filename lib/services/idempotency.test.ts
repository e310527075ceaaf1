import { describe, expect, test } from "vitest";
import type { Actor } from "@/lib/schemas/actor";
import { findKeyedRequest, toCanonicalJson } from "./idempotency";

const actor: Actor = { projectId: "proj000000", userId: null, name: "ci", via: "api", role: "admin", address: null };

describe("a repeated request", () => {
  test("is recognised whatever the order of its fields", () => {
    const first = findKeyedRequest(actor, "k", { fork: "aaaaaaaaaa", body: { name: "x", ttl: "4h" } });
    const second = findKeyedRequest(actor, "k", { body: { ttl: "4h", name: "x" }, fork: "aaaaaaaaaa" });
    expect(second).toEqual(first);
  });

  test("is another one when anything it asks for differs", () => {
    const asked = { fork: "aaaaaaaaaa", body: { name: "x" } };
    const others = [
      { fork: "bbbbbbbbbb", body: { name: "x" } },
      { fork: "aaaaaaaaaa", body: { name: "y" } },
      { fork: "aaaaaaaaaa", body: { name: "x", ttl: "4h" } },
      { create: { name: "x" } },
    ];
    const hash = findKeyedRequest(actor, "k", asked)?.requestHash;
    for (const other of others) expect(findKeyedRequest(actor, "k", other)?.requestHash).not.toBe(hash);
  });

  test("has none of this without a key, and a key that cannot be one is refused", () => {
    expect(findKeyedRequest(actor, undefined, {})).toBeUndefined();
    for (const key of ["", " ", "a b", "é", "x".repeat(256), "a\u0000"])
      expect(() => findKeyedRequest(actor, key, {})).toThrow("An Idempotency-Key has 1 to 255 printable characters");
  });

  test("keeps the order of lists, which means something", () => {
    expect(toCanonicalJson({ b: [2, 1], a: undefined })).toBe('{"b":[2,1]}');
  });
});
