import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findSocketPath } from "@/lib/engine-client";
import { type Clock, systemClock } from "@/lib/std/clock";
import { assertPortFree } from "./assert-port-free";
import { claimSingleStart, type SingleStart } from "./single-start";

let dataDir: string;
let waited: string[];
const starts: SingleStart[] = [];
async function claim(clock: Clock = systemClock): Promise<SingleStart> {
  const onWait = (sentence: string) => waited.push(sentence);
  const start = await claimSingleStart({ dataDir, url: "http://127.0.0.1:3000", clock, onWait });
  starts.push(start);
  return start;
}
/** Time flies: what waits for half a minute has waited after a few turns. */
const hastyClock: Clock = (() => {
  let nowMs = 0;
  return {
    ...systemClock,
    monotonicMs: () => nowMs,
    sleep: async (delayMs) => {
      nowMs += delayMs;
    },
  };
})();

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "offshoot-start-"));
  waited = [];
});
afterEach(async () => {
  for (const start of starts.splice(0)) await start.release();
  rmSync(dataDir, { recursive: true, force: true });
});

describe("a data directory", () => {
  it("that is in use is refused at once, with the address and process of who uses it", async () => {
    await claim();
    await expect(claim()).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringMatching(
        new RegExp(`http://127.0.0.1:3000 \\(process ${process.pid}\\).*OFFSHOOT_DATA_DIR`),
      ),
    });
    expect(waited).toEqual([]);
  });

  it("whose user is stopping is waited for", async () => {
    const first = await claim();
    first.markStopping();
    const second = claim();
    while (waited.length === 0) await new Promise(setImmediate);
    await first.release();
    await second;
    expect(waited).toEqual(["Waiting for the previous start to end, at most 30 s."]);
  });

  it("in which the engine of a killed start still ends is waited for", async () => {
    const engine = createServer().listen(findSocketPath(dataDir, "engine.sock"));
    await once(engine, "listening");
    const start = claim();
    while (waited.length === 0) await new Promise(setImmediate);
    engine.close();
    await start;
  });

  it("whose engine does not end within 30 s is refused, and free for the next start", async () => {
    const engine = createServer().listen(findSocketPath(dataDir, "engine.sock"));
    await once(engine, "listening");
    await expect(claim(hastyClock)).rejects.toMatchObject({ code: "CONFLICT" });
    engine.close();
    await once(engine, "close");
    await claim();
  });
});

describe("the web server's port", () => {
  it("that is taken is an error that names the address and the variable", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    await expect(assertPortFree("127.0.0.1", port, hastyClock)).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringMatching(new RegExp(`127.0.0.1:${port}.*in use.*set PORT`)),
    });
    other.close();
    await once(other, "close");
    await assertPortFree("127.0.0.1", port, systemClock);
  });

  it("on an address that this machine does not have is an error that names HOST", async () => {
    await expect(assertPortFree("192.0.2.1", 3000, systemClock)).rejects.toMatchObject({
      message: expect.stringContaining("Set HOST"),
    });
  });
});
