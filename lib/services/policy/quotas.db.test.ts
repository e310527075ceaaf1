import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ServiceDto } from "@/lib/schemas/service";
import { startControlDatabase } from "@/lib/testing/control-database";
import { startHistory } from "@/lib/testing/history-fixture";
import { expectRefused, setState } from "@/lib/testing/request-fixture";
import { silentEngine } from "@/lib/testing/services-context";
import { serveStoreEngine } from "@/lib/testing/store-engine";
import { requestPause, requestResume } from "../pause";
import { requestCreate } from "../request-create";
import { requestDelete } from "../request-delete";
import { requestFork } from "../request-fork";
import { requestRestore } from "../request-restore";
import { requestSnapshot } from "../request-snapshot";

const control = startControlDatabase();
const fixture = startHistory(control);
const options = () => ({ context: fixture().context });

const limit = (data: { maxForks?: number; maxRunning?: number; maxStoreBytes?: bigint }) =>
  control().db.project.update({ where: { id: fixture().actor.projectId }, data });
const forkOf = ({ service_id: sourceId }: ServiceDto, context = fixture().context) =>
  requestFork(fixture().actor, { sourceId, body: { fork_strategy: "NOW" } }, { context });
const countServices = () => control().db.service.count();

describe("a project with all the forks that it may have", () => {
  test("gets no other, is told so, and is offered what to delete; what is protected is not offered", async () => {
    const { actor, aService, store } = fixture();
    const source = await aService();
    const [small, large, kept] = [await forkOf(source), await forkOf(source), await forkOf(source)];
    await control().db.service.update({ where: { id: kept.service_id }, data: { protectedBy: "ana" } });
    for (const fork of [small, large]) {
      const { volumeId } = await control().db.service.findUniqueOrThrow({ where: { id: fork.service_id } });
      await store.create(volumeId);
      if (fork === large) store.write(volumeId, Array(50).fill("row"));
    }
    await limit({ maxForks: 3 });
    const refused = await expectRefused(forkOf(source), "QUOTA");
    expect(refused.message).toBe("This project has 3 of 3 forks. Delete one, or ask an admin for more.");
    expect(refused.details).toMatchObject({ quota: "forks", limit: 3, used: 3 });
    expect(refused.fix.map(({ label }) => label)).toEqual([`Delete ${large.name}`, `Delete ${small.name}`]);
    expect(await countServices()).toBe(4);
    await setState(control().db, small, "READY");
    await requestDelete(actor, small.service_id, options());
    await forkOf(source);
    await expectRefused(requestRestore(actor, { serviceId: small.service_id }, options()), "QUOTA");
  });
});

describe("a project with all that may run at once", () => {
  test("starts nothing else until something is paused", async () => {
    const { actor, aService } = fixture();
    const [one, fork] = [await aService("one"), await forkOf(await aService("other"))];
    await setState(control().db, fork, "READY");
    await limit({ maxRunning: 3 });
    await expectRefused(requestCreate(actor, { name: "third" }, options()), "QUOTA");
    const refused = await expectRefused(forkOf(one), "QUOTA");
    expect(refused.details).toMatchObject({ quota: "running", limit: 3, used: 3 });
    expect(refused.fix.map(({ label }) => label)).toEqual([`Pause ${fork.name}`]);
    await requestPause(actor, one.service_id, options());
    await setState(control().db, one, "PAUSED");
    await requestCreate(actor, { name: "third" }, options());
    await expectRefused(requestResume(actor, one.service_id, options()), "QUOTA");
  });

  test("is not exceeded by two that ask at once", async () => {
    const { actor, aService } = fixture();
    const [one, other] = [await aService("one"), await aService("other")];
    for (const service of [one, other]) await setState(control().db, service, "PAUSED");
    await limit({ maxRunning: 1 });
    const asked = [one, other].map(({ service_id: id }) => requestResume(actor, id, options()));
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  });
});

describe("a project with all the bytes that it may have", () => {
  test("gets nothing new, and what is there goes on", async () => {
    const { actor, aService } = fixture();
    const source = await aService("prod", 50);
    await limit({ maxStoreBytes: 1n });
    const refused = await expectRefused(forkOf(source), "QUOTA");
    expect(refused.details).toMatchObject({ quota: "store_bytes", limit: 1 });
    await expectRefused(requestSnapshot(actor, { serviceId: source.service_id }, options()), "QUOTA");
    await requestPause(actor, source.service_id, options());
  });
});

describe("a disk that is nearly full", () => {
  async function withDisk<Result>(
    freeBytes: number,
    use: (context: ReturnType<typeof fixture>["context"]) => Promise<Result>,
  ) {
    const { store, clock, context } = fixture();
    const dataDir = mkdtempSync(join(tmpdir(), "offshoot-disk-"));
    const { client, server } = await serveStoreEngine(dataDir, {
      store,
      clock,
      disk: { freeBytes, totalBytes: 1_000 },
    });
    try {
      return await use({ ...context, engine: client });
    } finally {
      await server.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
  }

  test("takes no new fork, service or snapshot below the reserve, and says how little is left", async () => {
    const { actor, aService } = fixture();
    const source = await aService();
    await withDisk(49, async (context) => {
      const refused = await expectRefused(forkOf(source, context), "STORAGE_LOW");
      expect([refused.status, refused.details]).toEqual([
        507,
        { free_bytes: 49, total_bytes: 1_000, reserve_percent: 5 },
      ]);
      await expectRefused(requestCreate(actor, { name: "new" }, { context }), "STORAGE_LOW");
      await expectRefused(requestSnapshot(actor, { serviceId: source.service_id }, { context }), "STORAGE_LOW");
      await requestPause(actor, source.service_id, { context });
    });
    expect(await countServices()).toBe(1);
  });

  test("takes them at the reserve, and when the engine that would know is silent", async () => {
    const source = await fixture().aService();
    await withDisk(50, (context) => forkOf(source, context));
    await forkOf(source, { ...fixture().context, engine: silentEngine });
    expect(await countServices()).toBe(3);
  });
});
