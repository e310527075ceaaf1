import { expect, test } from "vitest";
import { encode, text } from "@/lib/testing/backend-client";
import type { ComputeFixture, RunningService } from "@/lib/testing/compute-fixture";
import type { Moment } from "./moment";

/** CommandComplete of `DELETE 1` and ReadyForQuery. */
const TAG_AND_READY_BYTES = 14 + 6;

interface Context {
  readonly fixture: ComputeFixture;
  readonly service: RunningService;
}

/** A service of its own whose moments are collected. */
async function watch({ fixture, service }: Context) {
  const own = await fixture.create(service.imageId);
  const moments: Moment[] = [];
  own.compute.onMoment((moment) => moments.push(moment));
  await own.sql.query("CREATE TABLE kept (a int PRIMARY KEY, b int)");
  await own.sql.query("INSERT INTO kept SELECT g, g FROM generate_series(1, 2000) g");
  const findHead = async () => (await fixture.store.find(own.volumeId))?.head;
  const taken = () => moments.splice(0);
  taken();
  return { ...own, findHead, taken };
}

export function momentTests(context: Context): void {
  test("a transaction's commit is told with its number, before the answer, and a checkpoint behind it is none", async () => {
    const { sql, compute, findHead, taken } = await watch(context);
    await sql.query("DELETE FROM kept WHERE a <= 1000");
    const told = taken();
    const head = await findHead();
    expect(told).toEqual([expect.objectContaining({ ...head, isOpen: false })]);
    await compute.checkpoint();
    expect((await findHead())?.commit).toBeGreaterThan(head?.commit ?? 0);
    expect(taken()).toEqual([]);
    await compute.stop();
  });

  test("what reads, what is rolled back, and what is in the middle of a transaction is no moment", async () => {
    const { sql, compute, findHead, taken } = await watch(context);
    await sql.query("UPDATE kept SET b = b + 1");
    taken();
    await sql.query("SELECT sum(b) FROM kept");
    await compute.flush();
    await sql.query("BEGIN; UPDATE kept SET b = b + 1; ROLLBACK");
    await sql.query("CREATE TABLE IF NOT EXISTS kept (a int)");
    await compute.flush();
    expect((await sql.run("SELECT 1/0")).error?.code).toBe("22012");
    await compute.checkpoint();
    const before = await findHead();
    await sql.query("BEGIN");
    await sql.query("INSERT INTO kept SELECT g, g FROM generate_series(10000, 200000) g");
    expect(taken()).toEqual([]);
    await sql.query("COMMIT");
    const [moment, ...others] = taken();
    expect(others).toEqual([]);
    expect(moment?.commit).toBeGreaterThan(before?.commit ?? 0);
    expect(moment?.commit).toBe((await findHead())?.commit);
    await compute.stop();
  });

  test("with synchronous_commit off the answer says that a commit will follow, and the flush is it", async () => {
    const { sql, compute, taken } = await watch(context);
    await sql.query("SET synchronous_commit = off");
    await sql.query("UPDATE kept SET b = 0");
    const told = taken();
    expect(told[0]).toMatchObject({ commit: 0, isOpen: false });
    await compute.flush();
    const [flushed] = [...told.slice(1), ...taken()];
    expect(flushed?.commit).toBeGreaterThan(0);
    expect(flushed?.fromBytes).toBe(told[0]?.fromBytes);
    await compute.stop();
  });

  test("transactions that a client sends without waiting share a moment, which reaches up to the last of them", async () => {
    const { sql, compute, taken } = await watch(context);
    const statement = (query: string) => encode("Q", text(query));
    await sql.send(
      Buffer.concat([statement("DELETE FROM kept WHERE a = 1"), statement("DELETE FROM kept WHERE a = 2")]),
    );
    await sql.until("Z");
    await sql.until("Z");
    const told = taken();
    expect(told.length).toBeLessThanOrEqual(2);
    expect(told.at(-1)?.outputBytes).toBeGreaterThanOrEqual(2 * TAG_AND_READY_BYTES);
    for (const moment of told) expect(moment.isOpen).toBe(false);
    await compute.stop();
  });

  test("what a stop makes durable is told before the end", async () => {
    const { sql, compute, taken } = await watch(context);
    await sql.query("SET synchronous_commit = off");
    await sql.query("UPDATE kept SET b = 0");
    await compute.stop();
    expect(taken().at(-1)?.commit).toBeGreaterThan(0);
  });
}
