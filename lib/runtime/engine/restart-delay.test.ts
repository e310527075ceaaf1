import { describe, expect, it } from "vitest";
import { computeFailures, type Failures, NO_FAILURES } from "./restart-delay";

function inARow(count: number): Failures[] {
  const all: Failures[] = [];
  for (let last = NO_FAILURES; all.length < count; all.push(last)) last = computeFailures(last, 100);
  return all;
}

describe("a Postgres that ends", () => {
  it("is started again at once, then after pauses that double up to a minute", () => {
    expect(inARow(10).map(({ delayMs }) => delayMs / 1000)).toEqual([0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it("makes its service unstable at the third time in a row", () => {
    expect(inARow(4).map(({ isUnstable }) => isUnstable)).toEqual([false, false, true, true]);
  });

  it("is forgiven what was before it ran well for a minute", () => {
    const [, , , fourth] = inARow(4);
    expect(computeFailures(fourth as Failures, 60_000)).toEqual({ count: 1, delayMs: 0, isUnstable: false });
  });
});
