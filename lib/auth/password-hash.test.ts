import { hashPassword as hashFormerly } from "better-auth/crypto";
import { describe, expect, it } from "vitest";
import { hashPassword, verifyPassword } from "./password-hash";

describe("a password's hash", () => {
  it("is taken by its password alone, and differs each time", async () => {
    const [hash, again] = await Promise.all([
      hashPassword("correct horse battery"),
      hashPassword("correct horse battery"),
    ]);
    expect(hash).toMatch(/^scrypt-16-8-2:[\w-]{22}:[\w-]{86}$/);
    expect(hash).not.toBe(again);
    expect(await verifyPassword({ hash, password: "correct horse battery" })).toBe(true);
    expect(await verifyPassword({ hash, password: "correct horse batterz" })).toBe(false);
    expect(await verifyPassword({ hash: "scrypt-16-8-2:x:y", password: "correct horse battery" })).toBe(false);
  });

  it("of the former format is still taken", async () => {
    const hash = await hashFormerly("correct horse battery");
    expect(await verifyPassword({ hash, password: "correct horse battery" })).toBe(true);
    expect(await verifyPassword({ hash, password: "wrong" })).toBe(false);
  });
});
