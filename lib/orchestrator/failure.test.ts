import { describe, expect, it } from "vitest";
import { AppError } from "@/lib/std/app-error";
import { AssertionError } from "@/lib/std/assert";
import { computeBackoffMs, describeCause, isFinal } from "./failure";

describe("after a failed attempt", () => {
  it("the pause doubles and stays below half a minute", () => {
    expect([1, 2, 3, 4].map(computeBackoffMs)).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(computeBackoffMs(50)).toBe(30_000);
  });

  it("only what may pass is tried again", () => {
    const isTriedAgain = (error: unknown) => !isFinal(error);
    expect(isTriedAgain(new Error("socket hang up"))).toBe(true);
    expect(isTriedAgain(new AppError("CONTROL_PLANE", "No answer."))).toBe(true);
    expect(isTriedAgain(new AppError("CONFLICT", "The port is taken."))).toBe(false);
    expect(isTriedAgain(new AppError("STORAGE_LOW", "The disk is full."))).toBe(false);
    expect(isTriedAgain(new AssertionError("broken"))).toBe(false);
  });

  it("a person reads one line of bounded length, whatever was thrown", () => {
    expect(describeCause(new AppError("CONFLICT", "The port 20001 is taken."))).toBe("The port 20001 is taken.");
    expect(describeCause(new Error("first line\nsecond line"))).toBe("first line");
    expect(describeCause(new TypeError(""))).toBe("TypeError");
    expect(describeCause("just a text")).toBe("just a text");
    expect(describeCause(new Error("x".repeat(1_000)))).toHaveLength(300);
  });
});
