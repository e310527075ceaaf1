import { execFile } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ServiceDto } from "@/lib/schemas/service";
import {
  connectService,
  makeProductSettings,
  Product,
  type ProductSettings,
  queryService,
  removeData,
} from "@/lib/testing/product";
import { ensureBuild } from "../build.mjs";

type Made = ServiceDto & { initial_password: string };
const run = promisify(execFile);

let settings: ProductSettings;
let restored: ProductSettings;
let product: Product;
let source: Made;
let fork: Made;
let backup: string;
/** Rows of the source that were acknowledged before the backup was asked for, and after it was made. */
let before = 0;
let after = 0;

/** `npm run backup -- DIR`, or restore, with a data directory. */
const command = (name: "backup" | "restore", dir: string, dataDir: string) =>
  run(process.execPath, ["lib/runtime/backup.mjs", name, dir], {
    env: { PATH: process.env.PATH, NODE_ENV: "production", OFFSHOOT_DATA_DIR: dataDir },
  });
const failing = (done: Promise<unknown>): Promise<string> =>
  done.then(
    () => "it succeeded",
    (error: { stderr: string }) => error.stderr,
  );
const at = async (service: Made, text: string) =>
  queryService(await product.untilReady(service.service_id), service.initial_password, text);
const forkOf = async (of: Made): Promise<Made> =>
  product.api(`${await product.services()}/${of.service_id}/forkService`, { fork_strategy: "NOW", ttl: "1h" });

/** One row a transaction, numbered, until it is stopped. */
async function startWriter() {
  const client = await connectService(source, source.initial_password);
  let rows = 0;
  let isStopped = false;
  const write = async () => {
    while (!isStopped) {
      await client.query("INSERT INTO kept VALUES ($1, repeat('x', 2000))", [rows + 1]);
      rows++;
    }
    await client.end();
  };
  const ended = write();
  return {
    rows: () => rows,
    async stop() {
      isStopped = true;
      await ended;
    },
  };
}

// One installation, told one story: each test begins with what the one before left.
describe("npm run backup and npm run restore", { timeout: 240_000 }, () => {
  beforeAll(async () => {
    await ensureBuild({ say: () => {} });
    settings = await makeProductSettings();
    restored = { ...settings, dataDir: `${settings.dataDir}-restored` };
    backup = `${settings.dataDir}-backup`;
    product = await Product.start(settings);
    source = await product.api(await product.services(), { name: "source" });
    source = { ...source, ...(await product.untilReady(source.service_id)) };
    await at(source, "CREATE TABLE kept (n int PRIMARY KEY, filler text)");
  }, 400_000);
  afterAll(async () => {
    await Product.stopAll();
    for (const dataDir of [
      settings.dataDir,
      restored.dataDir,
      backup,
      `${settings.dataDir}-stopped`,
      `${settings.dataDir}-copy`,
    ])
      removeData({ ...settings, dataDir });
  });

  it("makes a backup while a client writes and a fork is made", async () => {
    const writer = await startWriter();
    fork = await forkOf(source);
    await product.untilReady(fork.service_id);
    before = writer.rows();
    const [{ stdout }] = await Promise.all([command("backup", backup, settings.dataDir), forkOf(source)]);
    after = writer.rows();
    await writer.stop();
    expect(stdout).toContain(`${backup} is a backup of `);
    expect(before).toBeGreaterThan(0);
    expect(after).toBeGreaterThan(before);
  });

  it("refuses a directory that has something, and one that is no backup", async () => {
    expect(await failing(command("backup", backup, settings.dataDir))).toContain("is not empty");
    expect(await failing(command("restore", settings.dataDir, restored.dataDir))).toContain("is no backup");
    expect(await failing(command("restore", backup, settings.dataDir))).toContain("has data");
    expect(existsSync(restored.dataDir)).toBe(false);
  });

  it("restores into a new directory: services, passwords, keys, and every row that was acknowledged before", async () => {
    await product.pressCtrlC();
    await command("restore", backup, restored.dataDir);
    product = await Product.start(restored);
    const [rows] = (await at(source, "SELECT count(*)::int AS count, max(n) AS last FROM kept")) as [
      { count: number; last: number },
    ];
    expect(rows.count).toBe(rows.last);
    expect(rows.count).toBeGreaterThanOrEqual(before);
    expect(rows.count).toBeLessThanOrEqual(after + 1);
    const [inFork] = (await at(fork, "SELECT count(*)::int AS count FROM kept")) as [{ count: number }];
    expect(inFork.count).toBeGreaterThan(0);
    expect(inFork.count).toBeLessThanOrEqual(before);
    const again = await forkOf(source);
    expect(await at(again, "SELECT count(*)::int AS count FROM kept")).toEqual([{ count: rows.count }]);
  });

  it("makes one while everything is stopped, too", async () => {
    await product.pressCtrlC();
    const { stdout } = await command("backup", `${settings.dataDir}-stopped`, restored.dataDir);
    expect(stdout).toContain("is a backup of");
  });

  it("a plain copy of the directory, made while everything is stopped, is a backup as it is", async () => {
    const copy = { ...settings, dataDir: `${settings.dataDir}-copy` };
    await run("cp", ["-a", "--sparse=always", restored.dataDir, copy.dataDir]);
    product = await Product.start(copy);
    expect(await at(source, "SELECT count(*) = max(n) AS whole FROM kept")).toEqual([{ whole: true }]);
    await product.pressCtrlC();
  });

  it("a restore that was cut off is not started on", async () => {
    writeFileSync(join(restored.dataDir, "restoring"), "");
    const started = Product.launch(restored);
    expect(await started.ended()).toBe(1);
    expect(started.output).toContain("was cut off. Remove the directory and restore again.");
    rmSync(join(restored.dataDir, "restoring"));
  });
});
