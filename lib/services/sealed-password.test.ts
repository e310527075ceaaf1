import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { findSealedPassword, sealPassword } from "./sealed-password";

const key = randomBytes(32);

describe("a sealed password", () => {
  test("opens with its key for its service", () => {
    const sealed = sealPassword(key, "aaaaaaaaaa", "correct horse");
    expect(findSealedPassword(key, "aaaaaaaaaa", sealed)).toBe("correct horse");
    expect(sealed).not.toContain("horse");
  });

  test("looks different each time", () => {
    expect(sealPassword(key, "aaaaaaaaaa", "same")).not.toBe(sealPassword(key, "aaaaaaaaaa", "same"));
  });

  test("does not open for another service, with another key, or when a bit of it changed", () => {
    const sealed = sealPassword(key, "aaaaaaaaaa", "secret");
    expect(findSealedPassword(key, "bbbbbbbbbb", sealed)).toBeUndefined();
    expect(findSealedPassword(randomBytes(32), "aaaaaaaaaa", sealed)).toBeUndefined();
    const bytes = Buffer.from(sealed, "base64");
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(findSealedPassword(key, "aaaaaaaaaa", changed.toString("base64")), `byte ${index}`).toBeUndefined();
    }
    expect(findSealedPassword(key, "aaaaaaaaaa", "")).toBeUndefined();
  });
});
