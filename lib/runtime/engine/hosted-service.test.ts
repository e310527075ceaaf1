import { beforeEach, describe, expect, it } from "vitest";
import type { Compute } from "@/lib/compute";
import { silentLog } from "@/lib/std/log";
import { ManualClock } from "@/lib/testing/manual-clock";
import { HostedService } from "./hosted-service";

/** As much of a compute as keeping it running needs: it ends when a test says so. */
class StandIn {
  end: (message: string) => void = () => {};
  stopped = false;
  readonly exited = new Promise<{ message: string }>((resolve) => {
    this.end = (message) => resolve({ message });
  });
  async stop(): Promise<void> {
    this.stopped = true;
    this.end("stopped");
  }
}

let clock: ManualClock;
let started: StandIn[];
let events: string[];
let failure: Error | undefined;
let service: HostedService;
const last = () => started.at(-1) as StandIn;
/** Lets what was awaited go on. */
const settle = () => new Promise(setImmediate);
const wait = async (ms: number) => {
  clock.advance(ms);
  await settle();
};

beforeEach(() => {
  clock = new ManualClock();
  started = [];
  events = [];
  failure = undefined;
  service = new HostedService({
    serviceId: "abcdefghij",
    clock,
    log: silentLog,
    startCompute: async () => {
      if (failure) throw failure;
      started.push(new StandIn());
      return last() as unknown as Compute;
    },
    onUnstable: (reason) => events.push(`unstable: ${reason}`),
    onRecovered: () => events.push("recovered"),
  });
});

describe("a service's Postgres", () => {
  it("is started once for all who ask", async () => {
    const all = await Promise.all([service.acquire(), service.acquire(), service.acquire()]);
    expect(new Set(all).size).toBe(1);
    expect(started).toHaveLength(1);
  });

  it("is started again at once after a crash, though nobody asks", async () => {
    await service.acquire();
    last().end("a trap");
    await settle();
    await wait(0);
    expect(started).toHaveLength(2);
    expect(events).toEqual([]);
  });

  it("that crashes again and again makes the service unstable, with the reason, and whoever asks meanwhile is told it", async () => {
    await service.acquire();
    for (const pauseMs of [0, 1_000]) {
      last().end("out of memory");
      await settle();
      await wait(pauseMs);
    }
    last().end("out of memory");
    await settle();
    expect(events).toEqual(["unstable: out of memory"]);
    await expect(service.acquire()).rejects.toMatchObject({
      code: "CONTROL_PLANE",
      message: expect.stringContaining("out of memory"),
    });
  });

  it("that cannot start is tried again with growing pauses, and recovers when its reason has gone", async () => {
    failure = new Error("block 7 is damaged");
    await expect(service.acquire()).rejects.toMatchObject({ message: expect.stringContaining("block 7 is damaged") });
    for (const pauseMs of [0, 1_000, 2_000]) await wait(pauseMs);
    expect(events).toEqual(["unstable: block 7 is damaged"]);
    failure = undefined;
    await wait(3_999);
    expect(started).toHaveLength(0);
    await wait(1);
    expect(events).toEqual(["unstable: block 7 is damaged", "recovered"]);
    expect(await service.acquire()).toBe(last());
  });

  it("that cannot start says what lies behind it, in a line", async () => {
    failure = new Error("Postgres could not be started.", {
      cause: new Error("block 7 of /base/5 is damaged\n  at read"),
    });
    await expect(service.acquire()).rejects.toMatchObject({
      message: expect.stringMatching(/could not be started. block 7 of \/base\/5 is damaged$/),
    });
  });

  it("that was stopped is not started again, neither by itself nor by a client", async () => {
    await service.acquire();
    await service.stop();
    expect(last().stopped).toBe(true);
    await wait(120_000);
    expect(started).toHaveLength(1);
    await expect(service.acquire()).rejects.toMatchObject({ code: "CONFLICT" });
  });

  it("that is stopped while it starts is stopped once it has started", async () => {
    const acquired = service.acquire();
    const stopped = service.stop();
    await acquired;
    await stopped;
    expect(last().stopped).toBe(true);
  });

  it("that waits for its next try is stopped at once", async () => {
    failure = new Error("no");
    await service.acquire().catch(() => {});
    await wait(0);
    await service.stop();
    failure = undefined;
    await wait(120_000);
    expect(started).toHaveLength(0);
  });
});
