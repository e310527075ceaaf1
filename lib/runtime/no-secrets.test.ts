import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signIn } from "@/lib/auth";
import { closeDatabase, type EmbeddedDatabase, startEmbedded } from "@/lib/db";
import type { ServiceDto } from "@/lib/schemas/service";
import { silentLog } from "@/lib/std/log";
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

const plant = (what: string) => `planted-${what}-${randomBytes(8).toString("hex")}`;
const admin = { email: "ada@example.com", password: plant("admin") };
/** What no log, URL or page may hold. */
const planted: Record<string, string> = {
  "the first account's password": admin.password,
  "the control database's password": plant("database"),
  "the SMTP password": plant("smtp"),
  "a wrong password at sign-in": plant("sign-in"),
  "a wrong password at a service": plant("psql"),
  "an unknown API key's secret": plant("key"),
};

let databaseDir: string;
let controlDatabase: EmbeddedDatabase;
let settings: ProductSettings;
let product: Product;
let service: ServiceDto & { initial_password: string };
let cookie: string;
const pages: string[] = [];

async function openPage(path: string, headers: Record<string, string> = { cookie }): Promise<Response> {
  const answer = await fetch(product.url + path, { headers, redirect: "manual" });
  pages.push(`${path}\n${answer.headers.get("location")}\n${await answer.text()}`);
  return answer;
}

describe("secrets", { timeout: 180_000 }, () => {
  beforeAll(async () => {
    await ensureBuild({ say: () => {} });
    databaseDir = mkdtempSync(join(tmpdir(), "offshoot-secrets-"));
    controlDatabase = await startEmbedded({ dataDir: { path: databaseDir, isExplicit: false }, log: silentLog });
    const databaseUrl = controlDatabase.connectionString.replace(
      "@",
      `:${planted["the control database's password"]}@`,
    );
    settings = {
      ...(await makeProductSettings()),
      env: {
        DATABASE_URL: databaseUrl,
        OFFSHOOT_ADMIN_EMAIL: admin.email,
        OFFSHOOT_ADMIN_PASSWORD: admin.password,
        OFFSHOOT_SMTP_URL: `smtp://mail:${planted["the SMTP password"]}@127.0.0.1:9`,
        OFFSHOOT_MAIL_FROM: "offshoot@example.com",
        OFFSHOOT_METRICS_PORT: String((await makeProductSettings()).port),
      },
    };
    planted["the API key's secret"] = settings.apiKey.split(":")[1] as string;
    Object.assign(process.env, { DATABASE_URL: databaseUrl, OFFSHOOT_DATA_DIR: settings.dataDir });
    product = await Product.start(settings);
  }, 400_000);
  afterAll(async () => {
    await Product.stopAll();
    await closeDatabase();
    await controlDatabase.stop();
    removeData(settings);
    rmSync(databaseDir, { recursive: true, force: true });
  });

  it("are used, rightly and wrongly, and things go wrong", async () => {
    const signedIn = await signIn(admin, new Headers());
    cookie = signedIn
      .getSetCookie()
      .map((one) => one.split(";")[0])
      .join("; ");
    planted["a session's cookie"] = /session_token=([^;]+)/.exec(cookie)?.[1] as string;
    await expect(
      signIn({ ...admin, password: planted["a wrong password at sign-in"] }, new Headers()),
    ).rejects.toThrow();
    const basic = Buffer.from(`nobody:${planted["an unknown API key's secret"]}`).toString("base64");
    const refused = await fetch(`${product.url}/public/api/v1/auth/info`, {
      headers: { authorization: `Basic ${basic}` },
    });
    expect(refused.status).toBe(401);

    service = await product.api(await product.services(), { name: "planted" });
    planted["a service's password"] = service.initial_password;
    await product.untilReady(service.service_id);
    await queryService(
      { ...service, ...(await product.untilReady(service.service_id)) },
      service.initial_password,
      "SELECT 1",
    );
    const ready = await product.untilReady(service.service_id);
    await expect(connectService(ready, planted["a wrong password at a service"] as string)).rejects.toThrow();

    expect((await openPage("/login", {})).status).toBe(200);
    for (const path of [
      "/dashboard/services",
      `/dashboard/services/${service.service_id}`,
      "/services",
      "/settings/keys",
    ])
      await openPage(path);
    expect(pages.some((page) => page.includes("planted"))).toBe(true);
    const metrics = await (await fetch(`http://127.0.0.1:${settings.env?.OFFSHOOT_METRICS_PORT}/metrics`)).text();
    expect(metrics).toContain('offshoot_services{status="READY"} 1');
    pages.push(metrics);
  });

  it("are not told when the control database is gone, either", async () => {
    await controlDatabase.stop();
    await waitUntil(async () => (await fetch(`${product.url}/readyz`)).status === 503, 30_000);
    await openPage("/dashboard/services");
    const answer = await fetch(`${product.url}/public/api/v1/projects`, {
      headers: { authorization: `Basic ${Buffer.from(settings.apiKey).toString("base64")}` },
    });
    expect(answer.status).toBeGreaterThanOrEqual(500);
    pages.push(await answer.text());
    await product.pressCtrlC();
  });

  it("are in no log, no address and no page", () => {
    const logs = readdirSync(join(settings.dataDir, "logs"));
    expect(logs).toEqual(expect.arrayContaining(["engine.log", "web-server.log"]));
    const texts: Record<string, string> = {
      ...Object.fromEntries(logs.map((name) => [name, readFileSync(join(settings.dataDir, "logs", name), "utf8")])),
      "the terminal": product.output,
      pages: pages.join("\n"),
    };
    // What is looked for would be found: the logs do have the trouble that was made.
    expect(texts["web-server.log"]).toMatch(/a request failed/);
    const encodings = (secret: string) => [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString("base64").slice(0, -4),
    ];
    const found = Object.entries(planted).flatMap(([what, secret]) =>
      Object.entries(texts).flatMap(([where, text]) =>
        encodings(secret).some((form) => text.includes(form)) ? [`${what} is in ${where}`] : [],
      ),
    );
    expect(found).toEqual([]);
  });
});
