import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startControlDatabase } from "@/lib/testing/control-database";
import { ensureBootstrapAdmin, signIn } from "./index";

const control = startControlDatabase();
const dataDir = mkdtempSync(join(tmpdir(), "offshoot-test-tls-"));

beforeAll(() => {
  process.env.OFFSHOOT_DATA_DIR = dataDir;
  process.env.OFFSHOOT_URL = "https://forks.example.com";
});
afterAll(() => rmSync(dataDir, { recursive: true }));

it("behind TLS, the session's cookie never travels without it", async () => {
  const ada = { email: "ada@example.com", password: "correct horse battery" };
  await ensureBootstrapAdmin(control().db, ada);
  const [cookie = ""] = (await signIn(ada, new Headers())).getSetCookie();
  expect(cookie).toMatch(/^__Secure-offshoot\.session_token=/);
  expect(cookie).toMatch(/; Secure/i);
  expect(cookie).toMatch(/; HttpOnly/i);
});
