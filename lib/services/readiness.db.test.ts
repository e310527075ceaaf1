import { expect, test } from "vitest";
import { openDatabase } from "@/lib/db";
import type { EngineHealth } from "@/lib/engine-client";
import { startControlDatabase } from "@/lib/testing/control-database";
import { servicesContextFor, silentEngine } from "@/lib/testing/services-context";
import { getReadiness } from "./readiness";

const control = startControlDatabase();

const engineIn = (state: EngineHealth["state"]) => ({
  ...silentEngine,
  health: async () => ({ state, pid: 1, started_at: "2026-11-23T00:00:00.000Z" }),
});

test("ready is only who reaches the control database and an engine that is ready; each part is named", async () => {
  const nowhere = openDatabase("postgresql://nobody@127.0.0.1:1/none");
  const ask = (db = control().db, engine = engineIn("ready")) =>
    getReadiness({ context: servicesContextFor(db, { engine }) });
  try {
    expect(await ask()).toEqual({ isReady: true, controlDatabase: "ok", engine: "ready" });
    expect(await ask(undefined, engineIn("starting"))).toMatchObject({ isReady: false, engine: "starting" });
    expect(await ask(nowhere)).toEqual({ isReady: false, controlDatabase: "silent", engine: "ready" });
    expect(await ask(nowhere, silentEngine as never)).toMatchObject({ isReady: false, engine: "silent" });
  } finally {
    await nowhere.$disconnect();
  }
});
