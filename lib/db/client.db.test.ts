import { afterEach, describe, expect, it } from "vitest";
import { startControlDatabase } from "@/lib/testing/control-database";
import { closeDatabase, database } from "./client";

const control = startControlDatabase();

afterEach(async () => {
  await closeDatabase();
  process.env.DATABASE_URL = control().connectionString;
});

describe("this process's client", () => {
  it("is one, made when it is first asked for, and made again after it was closed", async () => {
    const first = database();
    expect(database()).toBe(first);
    expect(await first.project.count()).toBe(0);
    await closeDatabase();
    expect(database()).not.toBe(first);
    expect(await database().project.count()).toBe(0);
  });

  it("needs no server until it is used, so that a build needs none", () => {
    process.env.DATABASE_URL = "postgresql://ada@127.0.0.1:1/nowhere";
    expect(database()).toBeDefined();
  });

  it("says what is missing where nobody set the address", () => {
    delete process.env.DATABASE_URL;
    expect(() => database()).toThrow(/DATABASE_URL is not set here/);
  });

  it("gives a time back as it was written, whatever the zone of the machine", async () => {
    const { db } = control();
    const createdAt = new Date("2026-11-23T17:52:07.123Z");
    await db.project.create({ data: { id: "p123456789", name: "p", createdAt, maxTtlSeconds: 1, graceSeconds: 1 } });
    expect((await db.project.findUniqueOrThrow({ where: { id: "p123456789" } })).createdAt).toEqual(createdAt);
  });
});
