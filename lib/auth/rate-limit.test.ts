import { describe, expect, it } from "vitest";
import { createRateLimit, SIGN_IN_RATE } from "./rate-limit";

const MINUTE_MS = 60_000;

describe("the limit on attempts to sign in", () => {
  it("allows ten a minute for one address, then says how long to wait", () => {
    const limit = createRateLimit(SIGN_IN_RATE);
    const waits = Array.from({ length: 11 }, (_, index) => limit.take("ada@example.com", index * 1_000));
    expect(waits).toEqual([...Array(10).fill(0), MINUTE_MS - 10_000]);
    expect(limit.take("ada@example.com", MINUTE_MS)).toBe(0);
  });

  it("keeps one address apart from another", () => {
    const limit = createRateLimit(SIGN_IN_RATE);
    for (let index = 0; index < 10; index++) limit.take("ada@example.com", 0);
    expect(limit.take("ada@example.com", 0)).toBeGreaterThan(0);
    expect(limit.take("bob@example.com", 0)).toBe(0);
  });

  it("begins anew after a right password", () => {
    const limit = createRateLimit(SIGN_IN_RATE);
    for (let index = 0; index < 10; index++) limit.take("ada@example.com", 0);
    limit.clear("ada@example.com");
    expect(limit.take("ada@example.com", 0)).toBe(0);
  });

  it("does not forget an address that is being guessed when thousands of others are made up", () => {
    const limit = createRateLimit(SIGN_IN_RATE);
    for (let index = 0; index < 20_000; index++) {
      limit.take(`${index}@example.com`, 0);
      if (index % 1_000 === 0) limit.take("ada@example.com", 0);
    }
    expect(limit.take("ada@example.com", 0)).toBeGreaterThan(0);
  });
});
