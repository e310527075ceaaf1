import { openBenchStack } from "./bench-stack";
import type { Report } from "./figure";
import { initialise, runTransactions } from "./pgbench";

const ROUNDS = 2;
// Some 8 MiB of WAL, the distance of checkpoints; each round ends with one, so that none is left out.
const TRANSACTIONS = 10_000;
const WARM_UP = 1_000;

interface Tables {
  readonly name: string;
  readonly scale: number;
  /** Below 100 a page has room for an update of its own rows, so that no index entry is needed. */
  readonly fillfactor: number;
}

/** Bytes that a TPC-B transaction appends to the volume's log, checkpoints of Postgres and of the volume included. */
export async function logBytes({ name, scale, fillfactor }: Tables, report: Report): Promise<void> {
  const stack = await openBenchStack();
  try {
    const target = await stack.start("volume-without-barrier", "postgres-18");
    const written = async () => (await stack.store.storage([target.volumeId])).get(target.volumeId)?.writtenBytes ?? 0;
    await initialise(target, scale, fillfactor);
    await runTransactions(target, "tpcb-like", WARM_UP);
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
