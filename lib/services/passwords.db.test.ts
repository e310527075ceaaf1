import { beforeEach, describe, expect, test } from "vitest";
import type { Actor } from "@/lib/schemas/actor";
import type { ServiceDto } from "@/lib/schemas/service";
import { startControlDatabase } from "@/lib/testing/control-database";
import { makeActor, servicesContextFor } from "@/lib/testing/services-context";
import { findScramVerifier } from "./engine-side";
import { getService } from "./get-service";
import { resetPassword, revealPassword, updatePassword } from "./passwords";
import { reapDue } from "./reap";
import { requestCreate } from "./request-create";

const control = startControlDatabase();
const HOUR = 3_600_000;
let context: ReturnType<typeof servicesContextFor>;
let actor: Actor;
let service: ServiceDto;

beforeEach(async () => {
  context = servicesContextFor(control().db);
  actor = await makeActor(control().db);
  service = await requestCreate(actor, { name: "prod" }, { context });
});

const reveal = () => revealPassword(actor, service.service_id, { context });
const verifier = () => findScramVerifier(control().db, service.service_id);
const row = () => control().db.service.findUniqueOrThrow({ where: { id: service.service_id } });

describe("a one-time password", () => {
  test("is revealed once, and then nothing of it is kept", async () => {
    expect(await reveal()).toEqual({ password: service.initial_password });
    await expect(reveal()).rejects.toMatchObject({ code: "GONE" });
    expect(await row()).toMatchObject({ sealedPassword: null, passwordSealedAt: null });
    expect((await getService(actor, service.service_id, { context })).password_sealed).toBe(false);
  });

  test("is revealed to one of many who ask at once", async () => {
    const asked = await Promise.allSettled(Array.from({ length: 6 }, reveal));
    expect(asked.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  test("is refused after an hour, also before the sweep came by", async () => {
    context.clock.advance(HOUR + 1_000);
    await expect(reveal()).rejects.toMatchObject({ code: "GONE" });
    expect((await row()).sealedPassword).toBeNull();
  });

  test("is erased by the sweep after an hour and not before", async () => {
    context.clock.advance(HOUR - 60_000);
    expect((await reapDue(context.clock.nowMs(), { context })).sealsErased).toBe(0);
    context.clock.advance(61_000);
    expect((await reapDue(context.clock.nowMs(), { context })).sealsErased).toBeGreaterThan(0);
    expect((await row()).sealedPassword).toBeNull();
  });

  test("that the key of another installation sealed is gone, not garbage", async () => {
    await expect(
      revealPassword(actor, service.service_id, { context: { ...context, sealKey: () => new Uint8Array(32) } }),
    ).rejects.toMatchObject({ code: "GONE" });
  });
});

describe("a new password", () => {
  test("is said once, takes effect, and ends the one before", async () => {
    const before = await verifier();
    const { password } = await resetPassword(actor, service.service_id, { context });
    expect(password).not.toBe(service.initial_password);
    expect(await verifier()).not.toBe(before);
    await expect(reveal()).rejects.toMatchObject({ code: "GONE" });
  });

  test("that a person chose takes effect too", async () => {
    const before = await verifier();
    await updatePassword(actor, { serviceId: service.service_id, password: "correct horse" }, { context });
    expect(await verifier()).not.toBe(before);
    expect(Object.values(await row()).join()).not.toContain("horse");
  });

  test("says when it was set", async () => {
    context.clock.advance(HOUR);
    await resetPassword(actor, service.service_id, { context });
    const { password_set_at, created } = await getService(actor, service.service_id, { context });
    expect(Date.parse(password_set_at)).toBeGreaterThan(Date.parse(created) + HOUR - 1_000);
  });

  test("is not for a deleted service, to which nobody may log in", async () => {
    await control().db.service.update({ where: { id: service.service_id }, data: { status: "DELETED" } });
    await expect(resetPassword(actor, service.service_id, { context })).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await verifier()).toBeUndefined();
  });
});
