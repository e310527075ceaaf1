import { describe, expect, it } from "vitest";
import { computeRestart, EXIT } from "./restart-policy";

const MINUTE = 60_000;
const crash = { exitCode: 1, lastedMs: 100, crashesBefore: 0 };

describe("a child that ended unasked", () => {
  it("is started again after pauses that double, and given up after five in a row", () => {
    const delays: number[] = [];
    let crashesBefore = 0;
    for (let next = computeRestart(crash); next; next = computeRestart({ ...crash, crashesBefore })) {
      delays.push(next.delayMs);
      crashesBefore = next.crashes;
    }
    expect(delays).toEqual([500, 1000, 2000, 4000, 8000]);
  });

  it("starts counting anew when it had run well for a minute", () => {
    expect(computeRestart({ ...crash, lastedMs: MINUTE, crashesBefore: 5 })).toEqual({ delayMs: 500, crashes: 1 });
    expect(computeRestart({ ...crash, lastedMs: MINUTE - 1, crashesBefore: 5 })).toBeUndefined();
  });

  it("is started again also after an orderly end or a signal, which nobody asked for", () => {
    expect(computeRestart({ ...crash, exitCode: 0 })).toBeDefined();
    expect(computeRestart({ ...crash, exitCode: null })).toBeDefined();
  });

  it("is given up at once when it says that it would fail again", () => {
    expect(computeRestart({ ...crash, exitCode: EXIT.hopeless, lastedMs: MINUTE })).toBeUndefined();
  });
});
