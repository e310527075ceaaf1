import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "@playwright/test";

// Evaluated again in every worker process: what is drawn here once is handed on in the environment.
process.env.OFFSHOOT_E2E_PORT ??= "4105";
process.env.OFFSHOOT_E2E_DATA_DIR ??= join(tmpdir(), `offshoot-e2e-${randomBytes(4).toString("hex")}`);
process.env.OFFSHOOT_E2E_EMAIL ??= "ada@example.com";
process.env.OFFSHOOT_E2E_PASSWORD ??= randomBytes(12).toString("hex");
process.env.OFFSHOOT_E2E_API_KEY ??= `e2e:${randomBytes(16).toString("hex")}`;

const port = process.env.OFFSHOOT_E2E_PORT;
const baseURL = `http://127.0.0.1:${port}`;

/** The whole product on a data directory of its own, as `npm start` runs it. */
export default defineConfig({
  testDir: "e2e",
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 120_000,
  reporter: "list",
  use: {
    baseURL,
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    viewport: { width: 1280, height: 800 },
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  projects: [{ name: "chromium", use: { browserName: "chromium" } }],
  webServer: {
    command: "node lib/runtime/start.mjs",
    url: `${baseURL}/healthz`,
    env: {
      PORT: port,
      OFFSHOOT_DATA_DIR: process.env.OFFSHOOT_E2E_DATA_DIR,
      OFFSHOOT_GATEWAY_PORTS: "21000-21199",
      OFFSHOOT_ADMIN_EMAIL: process.env.OFFSHOOT_E2E_EMAIL,
      OFFSHOOT_ADMIN_PASSWORD: process.env.OFFSHOOT_E2E_PASSWORD,
      OFFSHOOT_BOOTSTRAP_API_KEY: process.env.OFFSHOOT_E2E_API_KEY,
    },
    reuseExistingServer: false,
    // The first start makes the control database; a build, when there is none, takes longer than that.
    timeout: 240_000,
    gracefulShutdown: { signal: "SIGTERM", timeout: 45_000 },
    stdout: "pipe",
  },
  expect: { timeout: 15_000, toHaveScreenshot: { maxDiffPixelRatio: 0.002, animations: "disabled" } },
});
