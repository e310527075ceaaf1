import { join } from "node:path";
import { BLOCK_BYTES } from "@/lib/blocks/log/format";
import { systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import { type BenchStack, openBenchStack, type Target } from "../bench-stack";
import { runClient } from "../client-program";
import type { Report } from "../figure";
import { countChangedPairs } from "./changed-pairs";

const IMAGE = "postgres-18";
const GROUND = "volume-without-barrier";
/** 128 bytes each on a page: 1 GB. */
const ROWS = 8_000_000;
const MB = 1e6;
const EVERYTHING = { micros: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };
const HEAD_ONLY = { micros: 1, bytes: Number.MAX_SAFE_INTEGER };
const SETTLE_MS = 50;
const CREATE = `CREATE TABLE measured AS SELECT n AS id, 0 AS counter, repeat('x', 86) AS filler FROM generate_series(1, ${ROWS}) AS n`;
/** One row of a hundred. */
const UPDATES = {
  contiguous: `UPDATE measured SET counter = counter + 1 WHERE id BETWEEN ${ROWS / 2} AND ${ROWS / 2 + ROWS / 100 - 1}`,
  random: "UPDATE measured SET counter = counter + 1 WHERE abs(hashint4(id) % 100) = 7",
};

/** What an update of one row of a hundred in a table of 1 GB makes the store grow, against the pages that it changed. */
export async function growth(report: Report): Promise<void> {
  const stack = await openBenchStack();
  try {
    const base = await stack.start(GROUND, IMAGE);
    await run(base, CREATE);
    await run(base, "VACUUM (ANALYZE, FREEZE) measured");
    await base.compute.checkpoint();
    await base.compute.stop();
    const tableBytes = (await stack.store.storage([base.volumeId])).get(base.volumeId)?.logicalBytes ?? 0;
    report("history/growth/volume", "MB", [tableBytes / MB]);
    for (const [name, update] of Object.entries(UPDATES)) await measure(stack, { base, name, update }, report);
  } finally {
    await stack.close();
  }
}

/** On a fork, so that the other one finds the table as it was. */
async function measure(
  stack: BenchStack,
  { base, name, update }: { base: Target; name: string; update: string },
  report: Report,
): Promise<void> {
  const { store } = stack;
  const id = newId();
  await store.fork(base.volumeId, id);
  await wake(stack, id, "SELECT 1");
  const before = await collectedBytes(stack, id);
  const from = (await store.find(id))?.head.commit as number;
  await store.setRetention(id, EVERYTHING);
  await wake(stack, id, update);
  const pairs = countChangedPairs(join(stack.dir, "store"), await logOf(stack, id), from);
  const differing = await countDiffering(stack, id, from);
  // A segment that may still grow is not collected; the next start seals it.
  await wake(stack, id, "SELECT 1");
  const grown = (await collectedBytes(stack, id)) - before;
  report(`history/growth/${name}/pairs`, "blocks", [pairs]);
  report(`history/growth/${name}/differing`, "blocks", [differing]);
  report(`history/growth/${name}/grown`, "MB", [grown / MB]);
  report(`history/growth/${name}/ratio`, "ratio", [grown / (pairs * BLOCK_BYTES)]);
  report(`history/growth/${name}/ratio-to-differing`, "ratio", [grown / (differing * BLOCK_BYTES)]);
}

async function wake(stack: BenchStack, id: string, statement: string): Promise<void> {
  const target = await stack.startOn(id, GROUND, IMAGE);
  await run(target, statement);
  await target.compute.checkpoint();
  await target.compute.stop();
}

/** The whole store, once of this volume's history nothing but the head is kept. */
async function collectedBytes({ store }: BenchStack, id: string): Promise<number> {
  await store.setRetention(id, HEAD_ONLY);
  await systemClock.sleep(SETTLE_MS);
  await store.collectAll();
  return (await store.totals()).diskBytes;
}

async function logOf({ store }: BenchStack, id: string): Promise<number> {
  const { ticket, release } = await store.openWriter(id);
  await release();
  return ticket.logId;
}

async function countDiffering({ store }: BenchStack, id: string, from: number): Promise<number> {
  const ranges = await store.diff({ volumeId: id, commit: from }, { volumeId: id });
  return ranges.reduce((sum, { blocks }) => sum + blocks, 0);
}

const run = (target: Target, statement: string) => runClient(target, "psql", ["--quiet", "--command", statement]);
