import { describe, expect, test } from "vitest";
import { findLowestFreePort } from "./ports";

const RANGE = { firstPort: 20000, lastPort: 20003 };

describe("a new endpoint's port", () => {
  test.each([
    [[], 20000],
    [[20000], 20001],
    [[20001, 20002], 20000],
    [[20000, 20001, 20002], 20003],
    [[19999, 20004, null], 20000],
  ])("is the lowest that is free beside %j", (taken, port) => {
    expect(findLowestFreePort(new Set(taken), RANGE)).toBe(port);
  });

  test("is none when the range is used up", () => {
    expect(findLowestFreePort(new Set([20000, 20001, 20002, 20003]), RANGE)).toBeUndefined();
  });
});
