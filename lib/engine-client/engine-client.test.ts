import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answerHistory } from "@/lib/runtime/engine/answer-history";
import { systemClock } from "@/lib/std/clock";
import { silentLog } from "@/lib/std/log";
import { MemoryStore } from "@/lib/testing/memory-store";
import { type EngineHandlers, type EngineServer, engineClient, serveEngine } from "./index";
import { findSocketPath } from "./socket-path";

const VOLUME = "abcdefghi1";
const SERVICE = "abcdefghi2";
const HEALTH = { state: "ready", pid: 1, started_at: "2026-11-23T00:00:00.000Z" } as const;
const PSQL = { application: "psql", address: "127.0.0.1", role: "tsdbadmin", since: "2026-11-23T00:00:00.000Z" };
const store = new MemoryStore();
const handlers: EngineHandlers = {
  health: () => HEALTH,
  storage: async ({ volumeIds }) =>
    Object.fromEntries(
      volumeIds
        .filter((id) => id === VOLUME)
        .map((id) => [id, { logicalBytes: 8192, writtenBytes: 4096, diskBytes: 5120 }]),
    ),
  connections: ({ serviceIds }) => Object.fromEntries(serviceIds.map((id) => [id, [PSQL]])),
  disk: () => ({ freeBytes: 1, totalBytes: 2 }),
  closeUsage: () => ({ asOfMs: 1 }),
  ...answerHistory(() => ({ store, findCompute: () => undefined, clock: systemClock })),
};

let dataDir: string;
const servers: EngineServer[] = [];
const children: ChildProcess[] = [];
async function serve(over: Partial<EngineHandlers> = {}): Promise<EngineServer> {
  const server = await serveEngine({ dataDir, handlers: { ...handlers, ...over }, log: silentLog });
  servers.push(server);
  return server;
}

beforeEach(() => {
  dataDir = realpathSync(mkdtempSync(join(tmpdir(), "offshoot-engine-")));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const server of servers.splice(0)) await server.close();
  rmSync(dataDir, { recursive: true, force: true });
});

describe("questions", () => {
  it("are answered with the engine's own figures", async () => {
    await serve();
    const client = engineClient(dataDir);
    expect(await client.health()).toEqual(HEALTH);
    expect(await client.storage([VOLUME, "unknown000"])).toEqual(
      new Map([[VOLUME, { logicalBytes: 8192, writtenBytes: 4096, diskBytes: 5120 }]]),
    );
    expect(await client.connections([SERVICE])).toEqual(new Map([[SERVICE, [PSQL]]]));
  });

  it("end with a clear error when no engine runs", async () => {
    await expect(engineClient(dataDir).health()).rejects.toMatchObject({ code: "CONTROL_PLANE" });
  });

  it("end at the deadline when the engine is silent", async () => {
    await serve({ health: () => new Promise(() => {}) });
    await expect(engineClient(dataDir, { deadlineMs: 50 }).health()).rejects.toMatchObject({ code: "CONTROL_PLANE" });
  });

  it("end with a clear error when the engine fails, and the engine goes on", async () => {
    await serve({
      storage: () => {
        throw new Error("broken");
      },
    });
    const client = engineClient(dataDir);
    await expect(client.storage([VOLUME])).rejects.toMatchObject({ code: "CONTROL_PLANE" });
    expect(await client.health()).toEqual(HEALTH);
  });

  it("that the engine refuses are refused in its own words, with its facts", async () => {
    await serve();
    await store.create(VOLUME);
    const { history } = engineClient(dataDir);
    await expect(history.window({ volumeId: SERVICE })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(history.resolve({ volumeId: VOLUME, at: { micros: 1 } })).rejects.toMatchObject({
      code: "TARGET_OUTSIDE_WAL_WINDOW",
      details: { earliest: expect.any(Number), latest: expect.any(Number) },
    });
    expect(await history.resolve({ volumeId: VOLUME, at: { commit: 1 } })).toMatchObject({
      commit: 1,
      momentsAfter: 0,
    });
  });

  it("are refused for ids that are none", async () => {
    await serve();
    await expect(engineClient(dataDir).storage(["../../etc"])).rejects.toMatchObject({ code: "CONTROL_PLANE" });
  });
});

describe("the token", () => {
  it("and the socket are readable by their owner alone", async () => {
    await serve();
    expect(statSync(join(dataDir, "engine.token")).mode & 0o777).toBe(0o600);
    expect(statSync(findSocketPath(dataDir, "engine.sock")).mode & 0o777).toBe(0o600);
  });

  it("is needed for an answer", async () => {
    await serve();
    writeFileSync(join(dataDir, "engine.token"), "0".repeat(64));
    await expect(engineClient(dataDir).health()).rejects.toMatchObject({
      cause: expect.objectContaining({ message: expect.stringContaining("401") }),
    });
  });

  it("of a restarted engine is in force for clients that were there before", async () => {
    const client = engineClient(dataDir);
    const first = await serve();
    const before = readFileSync(join(dataDir, "engine.token"), "utf8");
    await first.close();
    await serve();
    expect(readFileSync(join(dataDir, "engine.token"), "utf8")).not.toBe(before);
    expect(await client.health()).toEqual(HEALTH);
  });
});

describe("a data directory", () => {
  it("has one engine: the second is told so, the first goes on with its token", async () => {
    await serve();
    await expect(serve()).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("in use") });
    expect(await engineClient(dataDir).health()).toEqual(HEALTH);
  });

  it("has one engine of many that start at once", async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => serve()));
    expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
    expect(await engineClient(dataDir).health()).toEqual(HEALTH);
  });

  it("is free again after its engine was killed", async () => {
    const path = findSocketPath(dataDir, "engine.sock");
    const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => console.log("up"))`;
    const predecessor = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    children.push(predecessor);
    await once(predecessor.stdout, "data");
    predecessor.kill("SIGKILL");
    await once(predecessor, "exit");
    expect(existsSync(path)).toBe(true);
    await serve();
    expect(await engineClient(dataDir).health()).toEqual(HEALTH);
  });

  it("has one engine of two that find the same dead file", async () => {
    const path = findSocketPath(dataDir, "engine.sock");
    for (let round = 0; round < 20; round++) {
      const dead = createServer().listen(`${path}.dead`);
      await once(dead, "listening");
      renameSync(`${path}.dead`, path); // Node removes a socket under the name it was given only
      await new Promise((resolve) => dead.close(resolve));
      const outcomes = await Promise.allSettled([serve(), serve()]);
      expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
      expect(await engineClient(dataDir).health()).toEqual(HEALTH);
      for (const server of servers.splice(0)) await server.close();
    }
  });

  it("stays taken while its engine has no time to answer", async () => {
    const busy = createServer(() => {});
    busy.listen(findSocketPath(dataDir, "engine.sock"));
    await once(busy, "listening");
    await expect(serve()).rejects.toMatchObject({ code: "CONFLICT" });
    await new Promise((resolve) => busy.close(resolve));
  });

  it("with a path that no socket can have gets a short one, recorded, private, and found by clients", async () => {
    const outer = dataDir;
    dataDir = join(outer, "d".repeat(120));
    mkdirSync(dataDir);
    await serve();
    const path = readFileSync(join(dataDir, "engine.sock.path"), "utf8").trim();
    expect(Buffer.byteLength(path)).toBeLessThan(104);
    expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700);
    expect(await engineClient(dataDir).health()).toEqual(HEALTH);
    await expect(serve()).rejects.toMatchObject({ code: "CONFLICT" });
    rmSync(join(path, ".."), { recursive: true });
    dataDir = outer;
  });
});
