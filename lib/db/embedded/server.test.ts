import { mkdtempSync, chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startEmbedded } from "./server";
import { withConnection } from "../connect";
it("starts", async () => {
  const dir = mkdtempSync(join(tmpdir(), "offshoot-test-")); chmodSync(dir, 0o711);
  const log = { debug: console.log, info: console.log, warn: console.log, error: console.log };
  console.time("start");
  const a = await Promise.all([1,2,3].map(() => startEmbedded({ dataDir: { path: dir, isExplicit: true }, log })));
  console.timeEnd("start");
  console.log(a.map((x) => [x.connectionString, x.started]));
  console.log(await withConnection(a[0]!.connectionString, async (c) => (await c.query("select version(), current_setting('timezone')")).rows));
  console.time("stop");
  await a[1]!.stop(); await a[0]!.stop();
  console.timeEnd("stop");
});
