import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AppError } from "@/lib/std/app-error";
import { systemClock } from "@/lib/std/clock";
import { startControlDatabase } from "@/lib/testing/control-database";
import {
  completeSetup,
  createSetupLink,
  ensureBootstrapAdmin,
  ensureBootstrapApiKey,
  findApiKeyActor,
  findApiKeyIdentity,
  findSessionActor,
  isSetupTokenValid,
  requireActor,
  signIn,
  signOut,
} from "./index";
import { auth } from "./instance";

const control = startControlDatabase();
const url = "http://127.0.0.1:3000";
const ada = { email: "ada@example.com", password: "correct horse battery" };
let dataDir: string;

beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), "offshoot-test-auth-"));
  process.env.OFFSHOOT_DATA_DIR = dataDir;
});
afterAll(() => rmSync(dataDir, { recursive: true }));

beforeEach(async () => {
  const { db } = control();
  await db.apiKey.deleteMany();
  await db.user.deleteMany();
  await db.setting.deleteMany();
  await db.project.deleteMany();
});

const tokenOf = (link: string | undefined) => new URL(link ?? "").searchParams.get("token") ?? "";
const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "no error",
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );

/** What a browser sends back: the cookies of an answer, without their attributes. */
function withCookies(answer: Headers): Headers {
  const cookies = answer.getSetCookie().map((cookie) => cookie.split(";")[0]);
  return new Headers({ cookie: cookies.join("; ") });
}

describe("the one-time setup link", () => {
  it("makes the first account and the project with its defaults, and is used up", async () => {
    const { db } = control();
    const token = tokenOf(await createSetupLink(db, { url }));
    expect(await isSetupTokenValid(token)).toBe(true);
    const userId = await completeSetup({ token, ...ada, name: "Ada" });
    expect(await db.user.findMany()).toMatchObject([{ id: userId, email: ada.email, name: "Ada" }]);
    expect(await db.project.findMany()).toMatchObject([
      { defaultTtlSeconds: 86_400, maxTtlSeconds: 2_592_000, graceSeconds: 86_400 },
    ]);
    expect(await isSetupTokenValid(token)).toBe(false);
    expect(await codeOf(completeSetup({ token, ...ada, email: "eve@example.com" }))).toBe("GONE");
    expect(await createSetupLink(db, { url })).toBeUndefined();
  });

  it("makes one account when two people use it at once", async () => {
    const { db } = control();
    const token = tokenOf(await createSetupLink(db, { url }));
    const codes = await Promise.all(
      ["a", "b", "c"].map((name) => codeOf(completeSetup({ token, ...ada, email: `${name}@example.com` }))),
    );
    expect(codes.sort()).toEqual(["GONE", "GONE", "no error"]);
    expect(await db.user.count()).toBe(1);
  });

  it("ends when a later start makes a new one", async () => {
    const { db } = control();
    const first = tokenOf(await createSetupLink(db, { url }));
    const second = tokenOf(await createSetupLink(db, { url }));
    expect(await codeOf(completeSetup({ token: first, ...ada }))).toBe("GONE");
    expect(await codeOf(completeSetup({ token: second, ...ada }))).toBe("no error");
  });

  it("is stored as a hash only", async () => {
    const { db } = control();
    const token = tokenOf(await createSetupLink(db, { url }));
    expect(JSON.stringify(await db.setting.findMany())).not.toContain(token);
  });

  it.each([
    ["short pass.", "A password has at least 12 characters."],
    ["x".repeat(129), "A password has at most 128 characters."],
  ])("refuses a password by its length and stays usable", async (password, sentence) => {
    const { db } = control();
    const token = tokenOf(await createSetupLink(db, { url }));
    await expect(completeSetup({ token, ...ada, password })).rejects.toThrow(sentence);
    expect(await isSetupTokenValid(token)).toBe(true);
    expect(await db.user.count()).toBe(0);
  });
});

describe("the bootstrap administrator", () => {
  it("is made once, ends the setup link, and later starts change nothing", async () => {
    const { db } = control();
    const token = tokenOf(await createSetupLink(db, { url }));
    expect(await ensureBootstrapAdmin(db, ada)).toBe(true);
    expect(await codeOf(completeSetup({ token, ...ada, email: "eve@example.com" }))).toBe("GONE");
    expect(await ensureBootstrapAdmin(db, { ...ada, password: "another password" })).toBe(false);
    await signIn(ada, new Headers());
  });

  it("is made once when several processes start at once", async () => {
    const { db } = control();
    const made = await Promise.all([1, 2, 3].map(() => ensureBootstrapAdmin(db, ada)));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await db.user.count()).toBe(1);
    expect(await db.project.count()).toBe(1);
  });

  it("is nobody when the variables are not set", async () => {
    expect(await ensureBootstrapAdmin(control().db, undefined)).toBe(false);
  });
});

describe("a session", () => {
  beforeEach(() => ensureBootstrapAdmin(control().db, ada));

  it("says who asks, and ends with the sign-out", async () => {
    const { db } = control();
    const headers = withCookies(await signIn({ ...ada, email: " ADA@example.com" }, new Headers()));
    const user = await db.user.findFirstOrThrow();
    const project = await db.project.findFirstOrThrow();
    expect(await requireActor(headers)).toEqual({
      projectId: project.id,
      userId: user.id,
      name: "ada",
      via: "console",
      role: "owner",
      address: null,
    });
    await signOut(headers);
    expect(await findSessionActor(headers)).toBeUndefined();
    expect(await codeOf(requireActor(headers))).toBe("UNAUTHENTICATED");
  });

  it("travels in a cookie that scripts and other sites do not get, and that ends within a week", async () => {
    const [cookie = ""] = (await signIn(ada, new Headers())).getSetCookie();
    expect(cookie).toMatch(/^offshoot\.session_token=/);
    expect(cookie).toMatch(/; HttpOnly/i);
    expect(cookie).toMatch(/; SameSite=Lax/i);
    expect(cookie).toMatch(/; Max-Age=604800/i);
    expect(cookie).not.toMatch(/; Secure/i);
  });

  it("is not given to whoever invents or alters a cookie", async () => {
    const headers = withCookies(await signIn(ada, new Headers()));
    const cookie = headers.get("cookie") ?? "";
    const altered = cookie.replace(/session_token=./, (text) => `session_token=${text.endsWith("a") ? "b" : "a"}`);
    expect(await findSessionActor(new Headers({ cookie: altered }))).toBeUndefined();
    expect(await findSessionActor(new Headers({ cookie: "offshoot.session_token=x" }))).toBeUndefined();
    expect(await findSessionActor(new Headers())).toBeUndefined();
    expect(await findSessionActor(headers)).toBeDefined();
  });

  it("answers a wrong password and an unknown address alike", async () => {
    for (const wrong of [
      { ...ada, password: "wrong password" },
      { ...ada, email: "nobody@example.com" },
    ]) {
      const asked = signIn(wrong, new Headers());
      await expect(asked).rejects.toThrow("E-mail or password is wrong.");
      expect(await codeOf(asked)).toBe("UNAUTHENTICATED");
    }
  });

  it("cannot be had by signing up", async () => {
    const asked = auth().api.signUpEmail({ body: { email: "eve@example.com", password: ada.password, name: "Eve" } });
    await expect(asked).rejects.toThrow(/sign up is not enabled/i);
    expect(await control().db.user.count()).toBe(1);
  });
});

describe("guessing a password", () => {
  beforeEach(() => ensureBootstrapAdmin(control().db, ada));

  it("is refused after ten attempts in a minute, also with the right one", async () => {
    const email = "bob@example.com";
    for (let attempt = 0; attempt < 10; attempt++)
      expect(await codeOf(signIn({ email, password: "guess" }, new Headers()))).toBe("UNAUTHENTICATED");
    expect(await codeOf(signIn({ email, password: "guess" }, new Headers()))).toBe("RATE_LIMITED");
    await signIn(ada, new Headers());
  });
});

describe("the bootstrap API key", () => {
  const key = "ci-key:0123456789abcdef";

  it("stands for the project, and the same value at every start adds nothing", async () => {
    const { db } = control();
    await ensureBootstrapApiKey(db, key);
    await ensureBootstrapApiKey(db, key);
    const project = await db.project.findFirstOrThrow();
    expect(await db.apiKey.count()).toBe(1);
    expect(await findApiKeyActor(basic(key))).toEqual({
      projectId: project.id,
      userId: null,
      name: "bootstrap",
      via: "api",
      role: "admin",
      address: null,
    });
  });

  it("belongs to the first owner, whoever comes first", async () => {
    const { db } = control();
    await ensureBootstrapApiKey(db, key);
    await ensureBootstrapAdmin(db, ada);
    await ensureBootstrapApiKey(db, "second:0123456789abcdef");
    for (const text of [key, "second:0123456789abcdef"])
      expect((await findApiKeyIdentity(basic(text)))?.user).toMatchObject({ email: ada.email });
    expect(await db.project.count()).toBe(1);
  });

  it("adds a key for another public part, and replaces the secret of the same", async () => {
    const { db } = control();
    await ensureBootstrapApiKey(db, key);
    await ensureBootstrapApiKey(db, "ci-key:fedcba9876543210");
    await ensureBootstrapApiKey(db, "other:0123456789abcdef");
    expect(await findApiKeyActor(basic(key))).toBeUndefined();
    expect(await findApiKeyActor(basic("ci-key:fedcba9876543210"))).toBeDefined();
    expect(await findApiKeyActor(basic("other:0123456789abcdef"))).toBeDefined();
  });

  it("stays revoked when the same value is given again", async () => {
    const { db } = control();
    await ensureBootstrapApiKey(db, key);
    await db.apiKey.updateMany({ data: { revokedAt: new Date(0) } });
    await ensureBootstrapApiKey(db, key);
    expect(await findApiKeyActor(basic(key))).toBeUndefined();
  });

  it.each([
    ["no header", null],
    ["no scheme", Buffer.from(key).toString("base64")],
    ["another scheme", `Bearer ${Buffer.from(key).toString("base64")}`],
    ["no base64", `Basic ${key}`],
    ["a wrong secret", basic("ci-key:0123456789abcdeX")],
    ["a secret that begins right", basic("ci-key:0123456789abcdef0")],
    ["an unknown public part", basic("other:0123456789abcdef")],
    ["no secret", basic("ci-key:")],
    ["a header of a megabyte", `Basic ${"A".repeat(1 << 20)}`],
  ])("lets nobody in with %s", async (_, header) => {
    await ensureBootstrapApiKey(control().db, key);
    expect(await findApiKeyActor(header)).toBeUndefined();
  });

  it.each(["nocolon", "a b:0123456789abcdef", "ci:short", `ci:${"x".repeat(257)}`, "ci:0123456789abc:def"])(
    "refuses the malformed value %s",
    async (text) => {
      expect(await codeOf(ensureBootstrapApiKey(control().db, text))).toBe("INVALID_REQUEST");
    },
  );

  it("notes its use, at most once a minute", async () => {
    const { db } = control();
    let nowMs = 1_000_000;
    const clock = { ...systemClock, nowMs: () => nowMs };
    await ensureBootstrapApiKey(db, key);
    const usedAt = async () => (await db.apiKey.findFirstOrThrow()).lastUsedAt?.getTime();
    await findApiKeyActor(basic(key), { clock });
    nowMs += 59_000;
    await findApiKeyActor(basic(key), { clock });
    expect(await usedAt()).toBe(1_000_000);
    nowMs += 1_000;
    await findApiKeyActor(basic(key), { clock });
    expect(await usedAt()).toBe(1_060_000);
  });
});
