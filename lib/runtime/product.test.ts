import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engineClient } from "@/lib/engine-client";
import type { ServiceDto } from "@/lib/schemas/service";
import {
  connectService,
  makeProductSettings,
  Product,
  type ProductSettings,
  queryService,
  removeData,
  waitUntil,
} from "@/lib/testing/product";
import { ensureBuild } from "./build.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
const commandOf = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, "utf8");
/** Engine and web server; the control database is a child too, but in a group of its own. */
const childrenOf = (pid: number) =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(" ")
    .map(Number)
    .filter((child) => !commandOf(child).includes("bin/postgres"));

let settings: ProductSettings;
let product: Product;
let source: ServiceDto & { initial_password: string };
const sum = async () => (await queryService(source, source.initial_password, "SELECT sum(n)::int AS sum FROM kept"))[0];

// One product, told one story: each test begins with what the one before left.
describe("npm start", { timeout: 180_000 }, () => {
  beforeAll(async () => {
    await ensureBuild({ say: () => {} });
    settings = await makeProductSettings();
    product = await Product.start(settings);
  }, 300_000);
  afterAll(async () => {
    await Product.stopAll();
    removeData(settings);
  });

  it("prints one address, and a link for the first person", () => {
    expect(product.output.match(/running: (http:\S+)/)?.[1]).toBe(product.url);
    expect(product.output).toContain(`${product.url}/setup?token=`);
  });

  it("gives a service that a client can work with", async () => {
    source = await product.api(await product.services(), { name: "source" });
    expect(source.status).not.toBe("READY");
    await product.untilReady(source.service_id);
    await queryService(source, source.initial_password, "CREATE TABLE kept AS SELECT generate_series(1, 100) AS n");
    expect(await sum()).toEqual({ sum: 5050 });
  });

  it("gives a fork with the source's rows, which neither changes for the other", async () => {
    const fork = await product.api<typeof source>(`${await product.services()}/${source.service_id}/forkService`, {
      fork_strategy: "NOW",
      ttl: "1h",
    });
    await product.untilReady(fork.service_id);
    const inFork = (text: string) => queryService(fork, fork.initial_password, text);
    expect(await inFork("DELETE FROM kept WHERE n > 10 RETURNING n")).toHaveLength(90);
    expect(await sum()).toEqual({ sum: 5050 });
    await queryService(source, source.initial_password, "INSERT INTO kept VALUES (1000)");
    expect(await inFork("SELECT sum(n)::int AS sum FROM kept")).toEqual([{ sum: 55 }]);
  });

  it("refuses a second start on the same data, and says where the first one is", async () => {
    const second = Product.launch({ ...settings, port: settings.port + 1 });
    expect(await second.ended()).toBe(1);
    expect(second.output).toContain(`in use by the Offshoot at ${product.url}`);
  });

  it("refuses a port that is taken, before anything is started", async () => {
    const other = { ...(await makeProductSettings()), port: settings.port };
    const second = Product.launch(other);
    expect(await second.ended()).toBe(1);
    expect(second.output).toMatch(/port is in use.*set PORT/);
    removeData(other);
  });

  it("refuses a second engine on the same data, which disturbs nobody", async () => {
    const engine = spawn(process.execPath, [join(ROOT, "dist/engine.js")], {
      env: {
        NODE_ENV: "production",
        OFFSHOOT_DATA_DIR: settings.dataDir,
        DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none",
      },
    });
    let said = "";
    engine.stdout.on("data", (part) => {
      said += part;
    });
    const [exitCode] = await once(engine, "close");
    expect(exitCode).toBe(78);
    expect(said).toContain("in use by another engine");
    expect(await sum()).toEqual({ sum: 6050 });
  });

  it("starts a killed engine again, with everything that was acknowledged", async () => {
    const client = await connectService(source, source.initial_password);
    await client.query("INSERT INTO kept VALUES (10000)");
    const broken = new Promise((resolve) => client.once("end", resolve));
    const { pid } = await engineClient(settings.dataDir).health();
    process.kill(pid, "SIGKILL");
    await broken;
    await waitUntil(async () => {
      const health = await engineClient(settings.dataDir)
        .health()
        .catch(() => undefined);
      return health !== undefined && health.pid !== pid && health.state === "ready";
    }, 30_000);
    expect(await sum()).toEqual({ sum: 16_050 });
    expect(product.output).toMatch(/engine was ended by SIGKILL; starting it again/);
  });

  it("starts a killed web server again, without a word to who is connected to a service", async () => {
    const client = await connectService(source, source.initial_password);
    const { pid: engine } = await engineClient(settings.dataDir).health();
    const web = childrenOf(product.process.pid as number).find((pid) => pid !== engine);
    process.kill(web as number, "SIGKILL");
    await waitUntil(async () => (await fetch(`${product.url}/healthz`).catch(() => undefined))?.ok === true, 30_000);
    expect((await client.query("SELECT count(*)::int AS count FROM kept")).rows).toEqual([{ count: 102 }]);
    await client.end();
  });

  it("starts a killed control database again; sessions go on, and so does what is asked for", async () => {
    const client = await connectService(source, source.initial_password);
    const postmaster = join(settings.dataDir, "control-database/pgdata/postmaster.pid");
    process.kill(Number(readFileSync(postmaster, "utf8").split("\n")[0]), "SIGKILL");
    await waitUntil(() => product.output.includes("control database ended unasked"), 10_000);
    expect((await client.query("SELECT count(*)::int AS count FROM kept")).rows).toEqual([{ count: 102 }]);
    await client.end();
    await waitUntil(async () => (await product.services().catch(() => undefined)) !== undefined, 30_000);
    const fork = await product.api<typeof source>(`${await product.services()}/${source.service_id}/forkService`, {
      fork_strategy: "NOW",
      ttl: "1h",
    });
    await product.untilReady(fork.service_id);
  });

  it("ends in order on Ctrl-C, telling clients why, and leaves no process behind", async () => {
    const client = await connectService(source, source.initial_password);
    await client.query("INSERT INTO kept VALUES (100000)");
    const toldWhy = once(client, "error");
    const children = childrenOf(product.process.pid as number);
    expect(children).toHaveLength(2);
    expect(await product.pressCtrlC()).toBe(0);
    expect(await toldWhy).toMatchObject([{ code: "57P01" }]);
    expect(children.filter(isAlive)).toEqual([]);
  });

  it("finds everything at the next start", async () => {
    product = await Product.start(settings);
    expect(await sum()).toEqual({ sum: 116_050 });
    expect((await product.api<ServiceDto[]>(await product.services())).map(({ status }) => status)).toEqual([
      "READY",
      "READY",
      "READY",
    ]);
  });

  it("killed, takes engine and web with it, and the next start finds everything", async () => {
    const children = childrenOf(product.process.pid as number);
    expect(children).toHaveLength(2);
    await queryService(source, source.initial_password, "INSERT INTO kept VALUES (1000000)");
    product.process.kill("SIGKILL");
    await waitUntil(() => !children.some(isAlive), 25_000);
    product = await Product.start(settings);
    expect(await sum()).toEqual({ sum: 1_116_050 });
  });

  it("started by npm, ends in order when npm alone is told to, as a service manager does", async () => {
    await product.pressCtrlC();
    product = await Product.start(settings, { byNpm: true });
    const { pid } = await engineClient(settings.dataDir).health();
    product.process.kill("SIGTERM");
    expect(await product.ended()).toBe(0);
    expect(product.output).toContain("Stopped.");
    expect(isAlive(pid)).toBe(false);
  });
});
