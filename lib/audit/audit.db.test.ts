import { beforeEach, describe, expect, it } from "vitest";
import type { Actor } from "@/lib/schemas/actor";
import { startControlDatabase } from "@/lib/testing/control-database";
import { makeActor } from "@/lib/testing/services-context";
import { appendAudit, listAudit, verifyAudit } from "./index";

const control = startControlDatabase();
const NOON = Date.parse("2026-11-23T12:00:00Z");
let actor: Actor;

beforeEach(async () => {
  actor = { ...(await makeActor(control().db)), address: "203.0.113.7" };
});

const append = (change: Partial<Parameters<typeof appendAudit>[1]> = {}) =>
  control().db.$transaction((tx) =>
    appendAudit(tx, {
      actor,
      action: "service.rename",
      object: { type: "service", id: "abcdefghij", name: "prod" },
      nowMs: NOON,
      ...change,
    }),
  );

const verify = () => verifyAudit(control().db, actor.projectId);
const only = async () => (await listAudit(control().db, actor.projectId)).entries[0];

async function appendMany(count: number) {
  for (let index = 0; index < count; index++) await append({ nowMs: NOON + index * 1_000 });
}

describe("an entry", () => {
  it("says who did what to what, from where, and the fields that changed", async () => {
    await append({ before: { name: "prod", environment: "DEV" }, after: { name: "production", environment: "DEV" } });
    expect(await only()).toMatchObject({
      seq: 1,
      at: "2026-11-23T12:00:00.000Z",
      actor: { id: null, name: "ana@acme.test", via: "console", address: "203.0.113.7" },
      action: "service.rename",
      object: { type: "service", id: "abcdefghij", name: "prod" },
      before: { name: "prod" },
      after: { name: "production" },
    });
  });

  it("holds no field that is not on the list, however deep a secret was planted", async () => {
    const planted = {
      scramVerifier: "SCRAM-SHA-256$planted",
      sealedPassword: "planted",
      password: "planted",
      secretHash: "planted",
      tokenHash: "planted",
      url: "https://hooks.example.com/planted",
      initial_password: "planted",
      details: { password: "planted" },
    };
    await append({ before: planted, after: { ...planted, name: "prod" } });
    await append({ after: planted });
    expect(JSON.stringify(await control().db.auditEntry.findMany(), (_, value) => String(value))).not.toContain(
      "planted",
    );
    expect((await listAudit(control().db, actor.projectId)).entries.map(({ after }) => after)).toEqual([
      {},
      { name: "prod" },
    ]);
  });

  it("is undone with the change that it tells of", async () => {
    await append();
    const { db } = control();
    const failed = db.$transaction(async (tx) => {
      await appendAudit(tx, { actor, action: "x.y", object: { type: "x", id: "1", name: null }, nowMs: NOON });
      throw new Error("the change failed");
    });
    await expect(failed).rejects.toThrow("the change failed");
    expect(await verify()).toMatchObject({ isWhole: true, entries: 1 });
  });

  it("is read back as it was hashed, whatever a person wrote into a name", async () => {
    const odd = 'a\u0000b \ud83d "\\ é \u2028 \u{1f600}';
    await append({ object: { type: "service", id: "abcdefghij", name: odd }, after: { name: odd } });
    await append({ after: { labels: { b: 1.5, a: [null, true, 1e21, -0], [odd]: "x" }, maxStoreBytes: 2n ** 60n } });
    await append({ after: { purpose: "x".repeat(10_000), expiresAt: new Date(NOON), neverReason: undefined } });
    expect(await verify()).toMatchObject({ isWhole: true, entries: 3 });
    expect((await only())?.after).toMatchObject({ purpose: expect.stringContaining("… (10000 characters)") });
  });
});

describe("the chain", () => {
  it("stays whole when many people change things at once", async () => {
    await Promise.all(Array.from({ length: 20 }, () => append()));
    expect(await verify()).toMatchObject({ isWhole: true, entries: 20, head: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it("is whole while there is nothing", async () => {
    expect(await verify()).toEqual({ isWhole: true, entries: 0, head: "" });
  });

  const where = (seq: number) => ({ projectId_seq: { projectId: actor.projectId, seq: BigInt(seq) } });

  it.each([
    ["from the middle", 2, "Entry 2 is missing."],
    ["the first", 1, "Entry 1 is missing."],
    ["off its end", 4, "Entries 4 to 4 are missing."],
  ])("shows a row that was removed: %s", async (_where, seq, problem) => {
    await appendMany(4);
    await control().db.auditEntry.delete({ where: where(seq) });
    expect(await verify()).toMatchObject({ isWhole: false, problem });
  });

  it("shows that all rows were removed", async () => {
    await appendMany(2);
    await control().db.auditEntry.deleteMany({ where: { projectId: actor.projectId } });
    expect(await verify()).toMatchObject({ isWhole: false, problem: "Entries 1 to 2 are missing." });
  });

  it.each([
    ["who", { actorName: "eve" }],
    ["what", { action: "service.read" }],
    ["where from", { address: null }],
    ["the time", { at: new Date(NOON) }],
    ["a field", { after: { name: "other" } }],
    ["its own hash", { hash: "0".repeat(64) }],
  ])("shows a row that was changed: %s", async (_what, data) => {
    await appendMany(2);
    await append({ after: { name: "prod" }, nowMs: NOON + 5_000 });
    await control().db.auditEntry.update({ where: where(3), data });
    expect(await verify()).toMatchObject({ isWhole: false, entries: 2, problem: "Entry 3 is not what was written." });
  });

  it("shows a row that was added at its end, and a head that was set back to hide one", async () => {
    await appendMany(3);
    const { db } = control();
    const second = await db.auditEntry.findUniqueOrThrow({ where: where(2) });
    await db.project.update({ where: { id: actor.projectId }, data: { auditSeq: 2n, auditHash: second.hash } });
    expect(await verify()).toMatchObject({ isWhole: false, problem: "Entries after 2 were not written by Offshoot." });
  });
});

describe("the list", () => {
  it("is newest first, in pages", async () => {
    await appendMany(5);
    const first = await listAudit(control().db, actor.projectId, { limit: 2 });
    expect(first.entries.map(({ seq }) => seq)).toEqual([5, 4]);
    const second = await listAudit(control().db, actor.projectId, { limit: 3, before: first.next ?? 0 });
    expect(second.entries.map(({ seq }) => seq)).toEqual([3, 2, 1]);
    expect(second.next).toBeNull();
  });

  it("is filtered by what was done, to what, by whom and when", async () => {
    await appendMany(2);
    await append({ action: "keys.create", object: { type: "key", id: "pk1", name: "ci" }, nowMs: NOON + 60_000 });
    await append({ actor: { ...actor, name: "Bob" }, action: "keys.revoke", nowMs: NOON + 120_000 });
    const found = async (query: Parameters<typeof listAudit>[2]) =>
      (await listAudit(control().db, actor.projectId, query)).entries.map(({ seq }) => seq);
    expect(await found({ action: "keys" })).toEqual([4, 3]);
    expect(await found({ action: "keys.create" })).toEqual([3]);
    expect(await found({ object_id: "pk1" })).toEqual([3]);
    expect(await found({ actor: "bob" })).toEqual([4]);
    expect(await found({ from: "2026-11-23T12:01:00Z", to: "2026-11-23T14:02:00+02:00" })).toEqual([3]);
  });

  it("is a project's own", async () => {
    await append();
    const other = await makeActor(control().db);
    expect(await listAudit(control().db, other.projectId)).toEqual({ entries: [], next: null });
  });
});
