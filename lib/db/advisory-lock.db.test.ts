import { describe, expect, it } from "vitest";
import { startControlDatabase } from "@/lib/testing/control-database";
import { acquireAdvisoryLock } from "./advisory-lock";
import { withConnection } from "./connect";

const control = startControlDatabase();
const acquire = (name: string, waitMs = 0) => acquireAdvisoryLock(control().connectionString, { name, waitMs });

describe("an advisory lock", () => {
  it("is one's own until it is released", async () => {
    const first = await acquire("one engine");
    expect(first).toBeDefined();
    expect(await acquire("one engine")).toBeUndefined();
    const other = await acquire("something else");
    expect(other).toBeDefined();
    await first?.release();
    const second = await acquire("one engine", 5_000);
    expect(second).toBeDefined();
    await Promise.all([second?.release(), other?.release()]);
  });

  it("is waited for while its holder is still ending", async () => {
    const first = await acquire("handed over");
    const waiting = acquire("handed over", 30_000);
    await first?.release();
    const second = await waiting;
    expect(second).toBeDefined();
    await second?.release();
  });

  it("says when it is lost with its connection", async () => {
    const lock = await acquire("cut off");
    await withConnection(control().connectionString, (client) =>
      client.query("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"),
    );
    await lock?.lost;
    await lock?.release();
  });
});
