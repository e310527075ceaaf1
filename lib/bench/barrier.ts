import pg from "pg";
import { openBenchStack, PASSWORD, type Target } from "./bench-stack";
import { median, type Report } from "./figure";
import { measureSyncs } from "./measure-syncs";
import { initialise } from "./pgbench";

const WINDOWS = 20;
const ROUNDS = 100;

interface Round {
  readonly durable: number;
  readonly fast: number;
  readonly sync: number;
}

/**
 * What the disk barrier adds to a TPC-B transaction, against a bare fdatasync of a 4 KiB append. A disk's barrier may take
 * ten times as long from one second to the next, so each round has one of each, and only medians of windows are divided.
 */
export async function barrier(report: Report): Promise<void> {
  const stack = await openBenchStack();
  try {
    const targets = [
      await stack.start("volume", "postgres-18"),
      await stack.start("volume-without-barrier", "postgres-18"),
    ] as const;
    for (const target of targets) await initialise(target, 1);
    const durable = await connect(targets[0]);
    const fast = await connect(targets[1]);
    const rounds: Round[] = [];
    for (let i = 0; i < WINDOWS * ROUNDS; i++)
      rounds.push({
        durable: await timeTransaction(durable, i),
        fast: await timeTransaction(fast, i),
        sync: measureSyncs(stack.dir, 1)[0] as number,
      });
    for (const client of [durable, fast]) await client.end();
    reportRounds(rounds, report);
  } finally {
    await stack.close();
  }
}

function reportRounds(rounds: readonly Round[], report: Report): void {
  const of = (name: keyof Round, part: readonly Round[] = rounds) => part.map((round) => round[name]);
  const windows = Array.from({ length: WINDOWS }, (_, i) => rounds.slice(i * ROUNDS, (i + 1) * ROUNDS));
  const added = windows.map((part) => median(of("durable", part)) - median(of("fast", part)));
  report("barrier/fdatasync", "ms", of("sync"));
  report("barrier/transaction", "ms", of("durable"));
  report("barrier/transaction-without", "ms", of("fast"));
  report("barrier/added", "ms", added);
  const ratios = windows.map((part, i) => (added[i] as number) / median(of("sync", part)));
  report("barrier/ratio", "ratio", ratios);
}

async function connect({ port }: Target): Promise<pg.Client> {
  const client = new pg.Client({
    host: "127.0.0.1",
    port,
    user: "tsdbadmin",
    database: "tsdb",
    password: PASSWORD,
    ssl: { rejectUnauthorized: false },
  });
  await client.connect();
  return client;
}

/** pgbench's TPC-B with a spread of accounts, in milliseconds. */
async function timeTransaction(client: pg.Client, number: number): Promise<number> {
  const account = 1 + ((number * 7919) % 100_000);
  const teller = 1 + (number % 10);
  const started = performance.now();
  await client.query("BEGIN");
  await client.query(`UPDATE pgbench_accounts SET abalance = abalance + 1 WHERE aid = ${account}`);
  await client.query(`SELECT abalance FROM pgbench_accounts WHERE aid = ${account}`);
  await client.query(`UPDATE pgbench_tellers SET tbalance = tbalance + 1 WHERE tid = ${teller}`);
  await client.query("UPDATE pgbench_branches SET bbalance = bbalance + 1 WHERE bid = 1");
  await client.query(`INSERT INTO pgbench_history VALUES (${teller}, 1, ${account}, 1, CURRENT_TIMESTAMP)`);
  await client.query("END");
  return performance.now() - started;
}
