import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { listAudit } from "@/lib/audit";
import type { Actor } from "@/lib/schemas/actor";
import type { Role } from "@/lib/schemas/role";
import { systemClock } from "@/lib/std/clock";
import { startControlDatabase } from "@/lib/testing/control-database";
import { expectRefused } from "@/lib/testing/request-fixture";
import {
  changePassword,
  changeRole,
  createApiKey,
  createProject,
  endSession,
  ensureBootstrapAdmin,
  findApiKeyActor,
  findInvitation,
  findSessionActor,
  inviteMember,
  joinProject,
  listApiKeys,
  listMembers,
  listMyProjects,
  listSessions,
  PROJECT_COOKIE,
  removeMember,
  requireActor,
  revokeApiKey,
  signIn,
  withdrawInvitation,
} from "./index";
import { createRateLimit, REQUEST_RATE, takeRequest } from "./rate-limit";

const control = startControlDatabase();
const ada = { email: "ada@example.com", password: "correct horse battery" };
const bob = { email: "bob@example.com", password: "staple battery horse" };
let dataDir: string;
let owner: Actor;
let adasHeaders: Headers;

beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), "offshoot-test-people-"));
  process.env.OFFSHOOT_DATA_DIR = dataDir;
});
afterAll(() => rmSync(dataDir, { recursive: true }));

beforeEach(async () => {
  const { db } = control();
  await db.$executeRaw`TRUNCATE api_keys, invitations, memberships, users, projects, audit_entries CASCADE`;
  await ensureBootstrapAdmin(db, ada);
  adasHeaders = await sessionOf(ada);
  owner = await requireActor(adasHeaders);
});

async function sessionOf(account: { email: string; password: string }): Promise<Headers> {
  const answer = await signIn(account, new Headers());
  const cookies = answer.getSetCookie().map((cookie) => cookie.split(";")[0]);
  return new Headers({ cookie: cookies.join("; ") });
}

const tokenOf = (link: string) => new URL(link).searchParams.get("token") ?? "";
const basic = (key: { public_key: string; secret: string }) =>
  `Basic ${Buffer.from(`${key.public_key}:${key.secret}`).toString("base64")}`;
const actionsOf = async () => (await listAudit(control().db, owner.projectId)).entries.map(({ action }) => action);

/** Bob, invited and joined. */
async function joined(role: Role): Promise<Actor> {
  const { link } = await inviteMember(owner, { role });
  await joinProject({ token: tokenOf(link), ...bob });
  return requireActor(await sessionOf(bob));
}

describe("an invitation", () => {
  it("makes somebody with a new account a member, once", async () => {
    const { link, ...invitation } = await inviteMember(owner, { role: "developer", email: bob.email });
    const token = tokenOf(link);
    expect(await findInvitation(token)).toEqual({ project: "Default project", role: "developer", email: bob.email });
    expect((await listMembers(owner)).invitations).toEqual([invitation]);
    await joinProject({ token, ...bob });
    expect(await requireActor(await sessionOf(bob))).toMatchObject({ projectId: owner.projectId, role: "developer" });
    expect(await findInvitation(token)).toBeUndefined();
    await expectRefused(joinProject({ token, ...bob, email: "eve@example.com" }), "GONE");
    expect(await actionsOf()).toEqual(["session.begin", "members.join", "members.invite", "session.begin"]);
  });

  it("makes one member when two people use it at once", async () => {
    const token = tokenOf((await inviteMember(owner, { role: "viewer" })).link);
    const asked = ["b", "c", "d"].map((name) => joinProject({ token, ...bob, email: `${name}@example.com` }));
    expect((await Promise.allSettled(asked)).filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await listMembers(owner)).members).toHaveLength(2);
    expect(await control().db.user.count()).toBe(2);
  });

  it("takes the account that somebody has, by its password and not without it", async () => {
    await joined("viewer");
    const second = { ...owner, projectId: (await createProject(owner, { name: "Second" })).id };
    const token = tokenOf((await inviteMember(second, { role: "admin" })).link);
    await expectRefused(joinProject({ token, ...bob, password: "wrong password here" }), "UNAUTHENTICATED", "password");
    await joinProject({ token, ...bob });
    expect((await listMembers(second)).members.map(({ email, role }) => [email, role])).toEqual([
      [ada.email, "owner"],
      [bob.email, "admin"],
    ]);
    expect(await control().db.user.count()).toBe(2);
  });

  it("is the way back for who belongs to no project any more, with a new password", async () => {
    const bobs = await joined("viewer");
    await removeMember(owner, bobs.userId ?? "");
    await expectRefused(sessionOf(bob), "FORBIDDEN");
    const token = tokenOf((await inviteMember(owner, { role: "admin" })).link);
    const anew = { ...bob, password: "a password of this week" };
    await joinProject({ token, ...anew });
    await expectRefused(sessionOf(bob), "UNAUTHENTICATED");
    expect(await requireActor(await sessionOf(anew))).toMatchObject({ userId: bobs.userId, role: "admin" });
  });

  it("ends after a week, and when it is withdrawn", async () => {
    const [first, second] = [
      await inviteMember(owner, { role: "viewer" }),
      await inviteMember(owner, { role: "viewer" }),
    ];
    await withdrawInvitation(owner, first.id);
    await expectRefused(joinProject({ token: tokenOf(first.link), ...bob }), "GONE");
    await expectRefused(withdrawInvitation(owner, first.id), "NOT_FOUND");
    const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + 7 * 86_400_000 + 1 };
    await expectRefused(joinProject({ token: tokenOf(second.link), ...bob }, { clock }), "GONE");
  });

  it("is stored as a hash, and gives no role above one's own", async () => {
    const { link } = await inviteMember(owner, { role: "owner" });
    expect(JSON.stringify(await control().db.invitation.findMany())).not.toContain(tokenOf(link));
    await expectRefused(inviteMember({ ...owner, role: "admin" }, { role: "owner" }), "FORBIDDEN");
  });
});

describe("members", () => {
  it("lose every session and key with the membership", async () => {
    const bobs = await joined("admin");
    const headers = await sessionOf(bob);
    const key = await createApiKey(bobs, { name: "ci", role: "developer" });
    expect(await findApiKeyActor(basic(key))).toMatchObject({ role: "developer", name: "bob" });
    await removeMember(owner, bobs.userId ?? "");
    expect(await findSessionActor(headers)).toBeUndefined();
    expect(await findApiKeyActor(basic(key))).toBeUndefined();
    expect(await listApiKeys(owner)).toEqual([]);
  });

  it("have one owner at least, also when two remove each other at once", async () => {
    await expectRefused(removeMember(owner, owner.userId ?? ""), "CONFLICT");
    await expectRefused(changeRole(owner, { userId: owner.userId ?? "", role: "admin" }), "CONFLICT");
    const bobs = await joined("owner");
    const outcomes = await Promise.allSettled([
      removeMember(owner, bobs.userId ?? ""),
      removeMember(bobs, owner.userId ?? ""),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect((await listMembers(owner)).members.map(({ role }) => role)).toEqual(["owner"]);
  });

  it("are not changed by those below them, and given no role above one's own", async () => {
    const admin = await joined("admin");
    await expectRefused(removeMember(admin, owner.userId ?? ""), "FORBIDDEN");
    await expectRefused(changeRole(admin, { userId: owner.userId ?? "", role: "viewer" }), "FORBIDDEN");
    await expectRefused(changeRole(admin, { userId: admin.userId ?? "", role: "owner" }), "FORBIDDEN");
    expect((await changeRole(owner, { userId: admin.userId ?? "", role: "viewer" })).role).toBe("viewer");
    expect((await actionsOf())[0]).toBe("members.changeRole");
  });
});

describe("an API key", () => {
  it("shows its secret once, is stored as a hash, and ends when it is revoked", async () => {
    const key = await createApiKey(owner, { name: "ci", role: "viewer" });
    expect(await findApiKeyActor(basic(key), { address: "203.0.113.7" })).toEqual({
      projectId: owner.projectId,
      userId: owner.userId,
      name: "ada",
      via: "api",
      role: "viewer",
      address: "203.0.113.7",
    });
    const { secret, ...shown } = key;
    expect(await listApiKeys(owner)).toEqual([{ ...shown, last_used: expect.any(String) }]);
    const stored = [await control().db.apiKey.findMany(), await listApiKeys(owner)];
    const told = (await listAudit(control().db, owner.projectId)).entries;
    expect(JSON.stringify([stored, told])).not.toContain(secret);
    await revokeApiKey(owner, key.public_key);
    expect(await findApiKeyActor(basic(key))).toBeUndefined();
    expect((await actionsOf()).slice(0, 2)).toEqual(["keys.revoke", "keys.create"]);
  });

  it("may never do more than whoever made it, now", async () => {
    const bobs = await joined("admin");
    await expectRefused(createApiKey(bobs, { name: "root", role: "owner" }), "FORBIDDEN");
    const key = await createApiKey(bobs, { name: "ci", role: "admin" });
    await changeRole(owner, { userId: bobs.userId ?? "", role: "viewer" });
    expect((await findApiKeyActor(basic(key)))?.role).toBe("viewer");
  });
});

describe("sessions", () => {
  it("are listed with the present one marked, and end at once", async () => {
    const second = await sessionOf(ada);
    const listed = await listSessions(owner, { headers: second });
    expect(listed.map(({ current }) => current).sort()).toEqual([false, true]);
    const first = listed.find(({ current }) => !current);
    await endSession(owner, first?.id ?? "");
    expect(await findSessionActor(adasHeaders)).toBeUndefined();
    expect(await findSessionActor(second)).toBeDefined();
    expect((await actionsOf())[0]).toBe("sessions.end");
  });

  it("of others are not there", async () => {
    const bobs = await joined("admin");
    const [adas] = await listSessions(owner);
    await expectRefused(endSession(bobs, adas?.id ?? ""), "NOT_FOUND");
    expect(JSON.stringify(await listSessions(bobs))).not.toContain(adas?.id);
  });

  it("hold no token in their list", async () => {
    const { token } = await control().db.session.findFirstOrThrow();
    expect(JSON.stringify(await listSessions(owner))).not.toContain(token);
  });

  it("other than the present one end with a new password, which needs the old one", async () => {
    const second = await sessionOf(ada);
    await expectRefused(
      changePassword(owner, { current: "wrong password", next: "another password" }, { headers: second }),
      "UNAUTHENTICATED",
      "current",
    );
    await changePassword(owner, { current: ada.password, next: "another password" }, { headers: second });
    expect((await actionsOf())[0]).toBe("session.password");
    expect(await findSessionActor(adasHeaders)).toBeUndefined();
    await expectRefused(sessionOf(ada), "UNAUTHENTICATED");
    await sessionOf({ ...ada, password: "another password" });
  });
});

describe("a project", () => {
  it("belongs to the person who made it, who chooses it by a cookie that opens no other", async () => {
    const { id, name } = await createProject(owner, { name: "Second" });
    expect(await listMyProjects(owner)).toMatchObject([{ current: true }, { id, name, role: "owner", current: false }]);
    const choosing = (project: string) =>
      new Headers({ cookie: `${adasHeaders.get("cookie")}; ${PROJECT_COOKIE}=${project}` });
    expect((await requireActor(choosing(id))).projectId).toBe(id);
    const foreign = await control().db.project.create({
      data: { id: "foreign000", name: "x", createdAt: new Date(0), maxTtlSeconds: 1, graceSeconds: 1 },
    });
    expect((await requireActor(choosing(foreign.id))).projectId).toBe(owner.projectId);
  });

  it("needs a person to own it", async () => {
    await expectRefused(createProject({ ...owner, userId: null }, { name: "Second" }), "FORBIDDEN");
  });
});

describe("requests", () => {
  it("are bounded for one session or key, with the seconds to wait", () => {
    const limit = createRateLimit(REQUEST_RATE);
    const waits = Array.from({ length: REQUEST_RATE.count + 1 }, () => limit.take("key", 1_000));
    expect(waits.filter((wait) => wait > 0)).toEqual([REQUEST_RATE.windowMs]);
    for (let count = 0; count < REQUEST_RATE.count; count++) takeRequest("a key", 0);
    expect(() => takeRequest("a key", 15_000)).toThrow("Too many requests. Try again in 45 s.");
    expect(() => takeRequest("another key", 15_000)).not.toThrow();
  });
});
