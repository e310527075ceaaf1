import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ImageId } from "@/lib/schemas/image";
import { systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import { silentLog } from "@/lib/std/log";
import { createScramVerifier } from "@/lib/std/scram";
import { type ComputeFixture, openComputeFixture, type RunningService } from "../testing/compute-fixture";
import { findFreePort, PASSWORD } from "../testing/gateway-fixture";
import { WireClient } from "../testing/wire-client";
import type { ServiceEvent } from "./backend";
import { ensureCertificates } from "./certificates";
import { createGateway, type Gateway } from "./gateway";
import { BACKEND } from "./wire/backend";
import {
  encodeBind,
  encodeExecute,
  encodeMessage,
  encodeParse,
  encodeQuery,
  FLUSH,
  FRONTEND,
  SYNC,
} from "./wire/frontend";

/** What the gateway tells of a service of this image: with sockets, and with the compute and the store of the product. */
export function eventSuite(imageId: ImageId): void {
  describe(`events of ${imageId}`, () => {
    let fixture: ComputeFixture;
    let service: Pick<RunningService, "volumeId" | "imageId" | "compute">;
    let gateway: Gateway;
    let port: number;
    let client: pg.Client;
    const seen: ServiceEvent[] = [];

    beforeAll(async () => {
      fixture = await openComputeFixture();
      const volumeId = newId();
      await fixture.store.fork(await fixture.host.ensureTemplate(imageId), volumeId);
      const compute = await fixture.host.start({ serviceId: newId(), volumeId, imageId });
      service = { volumeId, imageId, compute };
      const tls = await ensureCertificates(fixture.dir, ["localhost"]);
      const onEvents = (_: string, events: readonly ServiceEvent[]) => seen.push(...events);
      gateway = createGateway({ host: "127.0.0.1", tls, log: silentLog, clock: systemClock, onEvents });
      const verifier = await createScramVerifier(PASSWORD);
      port = await findFreePort();
      await gateway.open({
        serviceId: "service",
        port,
        findVerifier: async () => verifier,
        acquireBackend: async () => compute,
      });
      client = new pg.Client({
        host: "127.0.0.1",
        port,
        user: "tsdbadmin",
        database: "tsdb",
        password: PASSWORD,
        ssl: { rejectUnauthorized: false },
      });
      await client.connect();
    });
    afterAll(async () => {
      await client?.end();
      await gateway?.shutdown();
      await fixture?.close();
    });
    beforeEach(async () => {
      await client.query("DROP TABLE IF EXISTS kept, other; CREATE TABLE kept (a int); CREATE TABLE other (a int)");
      await client.query("INSERT INTO kept SELECT generate_series(1, 5012); INSERT INTO other VALUES (0)");
      seen.length = 0;
    });

    /** All that was seen so far, without what differs from run to run. */
    const take = () => seen.splice(0).map(({ kind, what, rows }) => [kind, what, rows]);
    const headCommit = async () => (await fixture.store.find(service.volumeId))?.head.commit ?? 0;

    /** Answers of Postgres on a fork of this commit. */
    async function askAt(commit: number, sql: string): Promise<(string | null)[][]> {
      const volumeId = newId();
      await fixture.store.fork(service.volumeId, volumeId, { commit });
      const fork = await fixture.start({ volumeId, imageId });
      try {
        return await fork.sql.query(sql);
      } finally {
        await fork.compute.stop();
        await fixture.store.delete(volumeId);
      }
    }

    /** The proof: the commit before does not have what the event did, and its own has. */
    async function expectExact(event: ServiceEvent | undefined, [before, after]: [number, number]): Promise<void> {
      const count = "SELECT count(*) FROM kept";
      expect(await askAt((event?.commit ?? 0) - 1, count)).toEqual([[String(before)]]);
      expect(await askAt(event?.commit ?? 0, count)).toEqual([[String(after)]]);
    }

    test("a DELETE of many rows has exactly the commit that made it, also when a checkpoint follows at once", async () => {
      const deleting = client.query("DELETE FROM kept WHERE a > 12");
      const checkpoint = service.compute.checkpoint();
      await Promise.all([deleting, checkpoint]);
      await service.compute.checkpoint();
      const [event] = seen;
      expect(await headCommit()).toBeGreaterThan(event?.commit ?? 0);
      expect(event).toMatchObject({ kind: "mass_write", what: "DELETE kept", rows: 5000, role: "tsdbadmin" });
      await expectExact(event, [5012, 12]);
    });

    test("in the extended protocol its name is known from the Parse", async () => {
      await client.query("DELETE FROM public.kept WHERE a > $1", [12]);
      await client.query({ name: "named", text: 'UPDATE "kept" SET a = a + $1', values: [1] });
      await client.query("TRUNCATE kept");
      expect(seen[0]).toMatchObject({ what: "DELETE public.kept", rows: 5000 });
      await expectExact(seen[0], [5012, 12]);
      await client.query({ name: "named", text: 'UPDATE "kept" SET a = a + $1', values: [1] });
      await client.query("INSERT INTO kept SELECT generate_series(1, 1000)");
      await client.query({ name: "named", text: 'UPDATE "kept" SET a = a + $1', values: [1] });
      expect(take().slice(1)).toEqual([
        ["truncate", "TRUNCATE kept", undefined],
        ["mass_write", 'UPDATE "kept"', 1000],
      ]);
      await client.query("DEALLOCATE ALL");
    });

    test("in a transaction it waits for the COMMIT, whose commit it has", async () => {
      await client.query("BEGIN");
      await client.query("DELETE FROM kept");
      await client.query("SELECT repeat('x', 1000) FROM generate_series(1, 1000)");
      await client.query("ALTER TABLE other ADD COLUMN b int");
      expect(seen).toEqual([]);
      await client.query("COMMIT");
      expect(seen.map(({ what }) => what)).toEqual(["DELETE kept", "ALTER TABLE other"]);
      expect(seen[1]?.commit).toBe(seen[0]?.commit);
      await expectExact(seen[0], [5012, 0]);
    });

    test("what was rolled back did not happen, however it was rolled back", async () => {
      await client.query("BEGIN; DELETE FROM kept; ROLLBACK");
      await expect(client.query("DELETE FROM kept; SELECT 1/0")).rejects.toThrow();
      await client.query("BEGIN; DELETE FROM kept");
      await expect(client.query("SELECT 1/0")).rejects.toThrow();
      await client.query("COMMIT");
      const wire = await WireClient.logIn({ port, password: PASSWORD });
      wire.send(encodeParse("", "DELETE FROM kept"), encodeBind("", ""), encodeExecute(""));
      wire.send(encodeParse("", "SELECT 1/0"), encodeBind("", ""), encodeExecute(""), SYNC);
      await wire.until(BACKEND.readyForQuery);
      wire.send(encodeQuery("BEGIN; DELETE FROM kept"));
      await wire.until(BACKEND.readyForQuery);
      wire.destroy();
      await client.query("SELECT 1");
      await service.compute.flush();
      expect(take()).toEqual([]);
    });

    test("a rollback to a savepoint takes back what came after it only", async () => {
      await client.query("BEGIN; DELETE FROM kept; SAVEPOINT a; DROP TABLE other; SAVEPOINT b; TRUNCATE kept");
      await client.query("ROLLBACK TO SAVEPOINT a; SAVEPOINT c; TRUNCATE other; RELEASE c; COMMIT");
      expect(take()).toEqual([
        ["mass_write", "DELETE kept", 5012],
        ["truncate", "TRUNCATE other", undefined],
      ]);
    });

    test("each statement of a text is seen under its own name, and each transaction of it has a commit that is not too late", async () => {
      const text =
        "BEGIN; DELETE /* ; */ FROM kept WHERE a > 12 AND a::text <> ';'; COMMIT; SELECT repeat('x', 1000) FROM generate_series(1, 1000)";
      await client.query(`${text}; CREATE UNIQUE INDEX IF NOT EXISTS first ON kept (a); DROP TABLE other`);
      expect(seen.map(({ what }) => what)).toEqual(["DELETE kept", "CREATE INDEX first", "DROP TABLE other"]);
      await expectExact(seen[0], [5012, 12]);
      const before = (seen[2]?.commit ?? 0) - 1;
      expect(await askAt(before, "SELECT to_regclass('other') IS NOT NULL")).toEqual([["t"]]);
    });

    test("with synchronous_commit off it has the commit that made it durable", async () => {
      await client.query("SET synchronous_commit = off");
      await client.query("DELETE FROM kept WHERE a > 12");
      await service.compute.flush();
      await client.query("RESET synchronous_commit");
      expect(seen.map(({ what }) => what)).toEqual(["DELETE kept"]);
      await expectExact(seen[0], [5012, 12]);
    });

    test("a Flush that shows the tag before the transaction ends does not make it an event", async () => {
      const wire = await WireClient.logIn({ port, password: PASSWORD });
      wire.send(encodeParse("", "DELETE FROM kept WHERE a > 12"), encodeBind("", ""), encodeExecute(""), FLUSH);
      await wire.until(BACKEND.commandComplete);
      expect(seen).toEqual([]);
      wire.send(SYNC);
      await wire.until(BACKEND.readyForQuery);
      expect(seen.map(({ what }) => what)).toEqual(["DELETE kept"]);
      await expectExact(seen[0], [5012, 12]);
      wire.destroy();
    });

    test("of transactions that are sent without waiting none has a commit that is too late", async () => {
      const wire = await WireClient.logIn({ port, password: PASSWORD });
      const texts = [
        "INSERT INTO other VALUES (1)",
        "DELETE FROM kept WHERE a > 12",
        "TRUNCATE other",
        "DELETE FROM kept",
      ];
      wire.send(...texts.map(encodeQuery));
      for (const _ of texts) await wire.until(BACKEND.readyForQuery);
      const [deleted, truncated] = seen;
      expect(take()).toEqual([
        ["mass_write", "DELETE kept", 5000],
        ["truncate", "TRUNCATE other", undefined],
      ]);
      expect(await askAt((deleted?.commit ?? 0) - 1, "SELECT count(*) FROM kept")).toEqual([["5012"]]);
      expect(await askAt(deleted?.commit ?? 0, "SELECT count(*) <= 12 FROM kept")).toEqual([["t"]]);
      expect(await askAt((truncated?.commit ?? 0) - 1, "SELECT count(*) > 0 FROM other")).toEqual([["t"]]);
      wire.destroy();
    });

    test("few rows, inserts, COPY, temporary tables and what changed nothing are no events", async () => {
      await client.query("DELETE FROM kept WHERE a <= 999; UPDATE kept SET a = 1 WHERE a < 1100");
      await client.query("CREATE TEMP TABLE mine (a int); INSERT INTO mine VALUES (1)");
      await client.query("CREATE TABLE IF NOT EXISTS kept (a int)");
      expect(take()).toEqual([]);
      await client.query("DISCARD ALL");
      const wire = await WireClient.logIn({ port, password: PASSWORD });
      wire.send(encodeQuery("COPY kept FROM stdin"));
      await wire.until(BACKEND.copyIn);
      wire.send(
        encodeMessage(FRONTEND.copyData, Buffer.from("1\n".repeat(2_000))),
        encodeMessage(FRONTEND.copyDone, Buffer.alloc(0)),
      );
      await wire.until(BACKEND.readyForQuery);
      wire.destroy();
      expect(take()).toEqual([]);
    });
  });
}
