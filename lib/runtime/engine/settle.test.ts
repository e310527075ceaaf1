import { describe, expect, it } from "vitest";
import type { Compute } from "@/lib/compute";
import { ManualClock } from "@/lib/testing/manual-clock";
import { settle } from "./settle";

const MIB = 1024 * 1024;
function aCompute(pendingBytes: number, over: Partial<Compute> = {}) {
  const done: string[] = [];
  const compute = {
    pendingWalBytes: () => pendingBytes,
    checkpoint: async () => done.push("checkpoint") > 0,
    flush: async () => void done.push("flush"),
    ...over,
  } as unknown as Compute;
  return { running: Promise.resolve(compute), done };
}

describe("before a source is forked", () => {
  it("what its clients were told is committed is brought into the volume", async () => {
    const { running, done } = aCompute(MIB);
    await settle(running, new ManualClock(), "fork");
    expect(done).toEqual(["flush"]);
  });

  it("a checkpoint comes first when the fork would have more than a mebibyte to replay", async () => {
    const { running, done } = aCompute(MIB + 1);
    await settle(running, new ManualClock(), "fork");
    expect(done).toEqual(["checkpoint", "flush"]);
  });

  it("a busy source is waited for 200 ms, no longer", async () => {
    const clock = new ManualClock();
    const { running } = aCompute(0, { flush: () => new Promise(() => {}) });
    let isOver = false;
    const settled = settle(running, clock, "fork").then(() => {
      isOver = true;
    });
    clock.advance(199);
    await new Promise(setImmediate);
    expect(isOver).toBe(false);
    clock.advance(1);
    await settled;
  });

  it("one that ends meanwhile, or does not run, is forked as it is", async () => {
    const { running } = aCompute(0, { flush: () => Promise.reject(new Error("ended")) });
    await settle(running, new ManualClock(), "fork");
    await settle(undefined, new ManualClock(), "fork");
    await settle(Promise.reject(new Error("could not start")), new ManualClock(), "fork");
  });
});
