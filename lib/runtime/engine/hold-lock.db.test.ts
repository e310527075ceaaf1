import { describe, expect, it } from "vitest";
import { withConnection } from "@/lib/db";
import { type Clock, systemClock } from "@/lib/std/clock";
import { silentLog } from "@/lib/std/log";
import { startControlDatabase } from "@/lib/testing/control-database";
import { holdEngineLock } from "./hold-lock";

const control = startControlDatabase();
/** Half a minute passes in a few turns. */
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
const hold = (onLost = () => {}) =>
  holdEngineLock({ databaseUrl: control().connectionString, clock: hastyClock, log: silentLog, onLost });
/** Connections of this database that hold an advisory lock; other test files have databases of their own on the same server. */
const HOLDERS = `SELECT pid FROM pg_locks JOIN pg_database ON pg_locks.database = pg_database.oid
  WHERE locktype = 'advisory' AND granted AND datname = current_database()`;
const query = (text: string) =>
  withConnection(control().connectionString, async (client) => (await client.query(text)).rows);

describe("a control database", () => {
  it("has one engine: a second one is refused after it waited for the first to end", async () => {
    const first = await hold();
    await expect(hold()).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("Another engine"),
    });
    await first.release();
    await (await hold()).release();
  });

  it("that went away and came back finds its engine at work, and nobody else gets in", async () => {
    const lost: string[] = [];
    const engine = await hold(() => lost.push("lost"));
    const [before] = await query(HOLDERS);
    await query(`SELECT pg_terminate_backend(pid) FROM (${HOLDERS}) AS holders`);
    await expect.poll(() => query(HOLDERS)).toEqual([{ pid: expect.not.toSatisfy((pid) => pid === before.pid) }]);
    await expect(hold()).rejects.toMatchObject({ code: "CONFLICT" });
    expect(lost).toEqual([]);
    await engine.release();
  });
});
