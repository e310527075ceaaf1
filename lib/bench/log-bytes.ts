import { openBenchStack } from "./bench-stack";
import type { Report } from "./figure";
import { initialise, runTransactions } from "./pgbench";

const ROUNDS = 3;
// Some 8 MiB of WAL, the distance of checkpoints; each round ends with one, so that none is left out.
const TRANSACTIONS = 10_000;
/** In new tables every page is full, and a first update of it moves the row: the dearest that this load ever gets. */
export const NEW = 1_000;
/** At scale 10 all but some hundred of 16,394 pages of accounts have been updated once by then, and have room. */
export const WORN = 80_000;

interface Tables {
  readonly name: string;
  readonly scale: number;
  /** Below 100 a page has room for an update of its own rows, so that no index entry is needed. */
  readonly fillfactor: number;
  /** Transactions before the first that is counted. */
  readonly warmUp: number;
}

/** Bytes that a TPC-B transaction appends to the volume's log, checkpoints of Postgres and of the volume included. */
export async function logBytes({ name, scale, fillfactor, warmUp }: Tables, report: Report): Promise<void> {
  const stack = await openBenchStack();
  try {
    const target = await stack.start("volume-without-barrier", "postgres-18");
    const written = async () => (await stack.store.storage([target.volumeId])).get(target.volumeId)?.writtenBytes ?? 0;
    await initialise(target, scale, fillfactor);
    await runTransactions(target, "tpcb-like", warmUp);
    await target.compute.checkpoint();
    const samples: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const before = await written();
      const { transactions } = await runTransactions(target, "tpcb-like", TRANSACTIONS);
      await target.compute.checkpoint();
      samples.push(((await written()) - before) / transactions / 1024);
    }
    report(`log-bytes/${name}`, "KiB/tx", samples);
  } finally {
    await stack.close();
  }
}
