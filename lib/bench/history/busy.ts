import { systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import { type BenchStack, openBenchStack, type Target } from "../bench-stack";
import { median, type Report } from "../figure";
import { initialise, runTransactions } from "../pgbench";

const IMAGE = "postgres-18";
/** Far less than people choose, so that everything that keeps a window within its limits happens in a minute. */
const BUSY = { micros: 3_000_000, bytes: 16 << 20 };
const REST = { micros: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };
const SNAPSHOT_MS = 1_000;
const METER_MS = 300;
const SNAPSHOTS_KEPT = 5;
const WINDOWS = 9;
const RUNS = 8;
/** What they write fills a segment, so that from the first run that counts on there is as much to collect as is written. */
const FILLING_RUNS = 6;
const TRANSACTIONS = 400;
const WARM_UP_RUNS = 5;
const ROUNDS = 3;
const MEASURED_TRANSACTIONS = 10_000;

/**
 * TPC-B while snapshots are taken, the window moves on and what leaves it is collected, against the same volume with its
 * history at rest and against NodeFS. Windows of the three take turns.
 */
export async function busySpeed({ name, scale }: { name: string; scale: number }, report: Report): Promise<void> {
  const stack = await openBenchStack();
  try {
    const volume = await stack.start("volume-without-barrier", IMAGE);
    const nodefs = await stack.start("nodefs", IMAGE);
    for (const target of [volume, nodefs]) await initialise(target, scale);
    for (const target of [volume, nodefs]) await takeRuns(target, WARM_UP_RUNS);
    const windows: Record<"busy" | "rest" | "nodefs", number>[] = [];
    const returned: number[] = [];
    for (let window = 0; window < WINDOWS; window++) {
      const rest = await takeRuns(volume, RUNS);
      const beside = await takeRuns(nodefs, RUNS);
      const history = await keepBusy(stack, volume);
      await takeRuns(volume, FILLING_RUNS);
      const busy = await takeRuns(volume, RUNS);
      returned.push(await history.stop());
      windows.push({ busy, rest, nodefs: beside });
    }
    for (const side of ["busy", "rest", "nodefs"] as const)
      report(
        `${name}/${side}`,
        "tx/s",
        windows.map((window) => window[side]),
      );
    report(
      `${name}/ratio-to-rest`,
      "ratio",
      windows.map(({ busy, rest }) => busy / rest),
    );
    report(
      `${name}/ratio`,
      "ratio",
      windows.map(({ busy, nodefs: beside }) => busy / beside),
    );
    report(`${name}/returned`, "MB", returned);
  } finally {
    await stack.close();
  }
}

/** Median transactions a second of some short runs. */
async function takeRuns(target: Target, runs: number): Promise<number> {
  const speeds: number[] = [];
  for (let run = 0; run < runs; run++)
    speeds.push((await runTransactions(target, "tpcb-like", TRANSACTIONS)).perSecond);
  return median(speeds);
}

/** Snapshots, a short window and its collection until `stop`, which answers how many MB went back to the disk meanwhile. */
async function keepBusy({ store }: BenchStack, { volumeId }: Target): Promise<{ stop(): Promise<number> }> {
  await store.setRetention(volumeId, BUSY);
  await store.collectAll();
  const meter = meterLog({ store }, volumeId);
  const before = (await store.totals()).diskBytes;
  let isOver = false;
  const snapshots: string[] = [];
  const taking = (async () => {
    while (!isOver) {
      const snapshotId = newId();
      snapshots.push(snapshotId);
      await store.takeSnapshot(volumeId, { snapshotId, name: "measured", kind: "scheduled" });
      if (snapshots.length > SNAPSHOTS_KEPT) await store.deleteSnapshot(volumeId, snapshots.shift() as string);
      await systemClock.sleep(SNAPSHOT_MS);
    }
  })();
  return {
    async stop() {
      const after = (await store.totals()).diskBytes;
      const appended = await meter.stop();
      isOver = true;
      await taking;
      for (const snapshotId of snapshots) await store.deleteSnapshot(volumeId, snapshotId);
      await store.setRetention(volumeId, REST);
      await store.collectAll();
      return (before + appended - after) / 1e6;
    },
  };
}

/** Counts what commits append, collected or not, again and again while all of it is in the window; `stop` answers the bytes. */
function meterLog({ store }: Pick<BenchStack, "store">, volumeId: string): { stop(): Promise<number> } {
  let fromMicros = systemClock.nowMicros();
  let bytes = 0;
  let isOver = false;
  const count = async () => {
    const toMicros = systemClock.nowMicros();
    const [bucket] = await store.histogram(volumeId, { fromMicros, toMicros, buckets: 1 });
    bytes += bucket?.bytes ?? Number.NaN;
    fromMicros = toMicros;
  };
  const counting = (async () => {
    for (; !isOver; await systemClock.sleep(METER_MS)) await count();
  })();
  return {
    async stop() {
      isOver = true;
      await counting;
      await count();
      return bytes;
    },
  };
}

/** Bytes that a TPC-B transaction appends to the log, Postgres's checkpoints included, with history busy and at rest. */
export async function busyLogBytes(
  { name, scale, warmUp }: { name: string; scale: number; warmUp: number },
  report: Report,
): Promise<void> {
  const stack = await openBenchStack();
  try {
    const target = await stack.start("volume-without-barrier", IMAGE);
    await initialise(target, scale);
    await runTransactions(target, "tpcb-like", warmUp);
    await target.compute.checkpoint();
    const samples: Record<"busy" | "rest", number[]> = { busy: [], rest: [] };
    for (let round = 0; round < ROUNDS; round++) {
      samples.rest.push(await bytesPerTransaction(stack, target));
      const history = await keepBusy(stack, target);
      samples.busy.push(await bytesPerTransaction(stack, target));
      await history.stop();
    }
    for (const side of ["busy", "rest"] as const) report(`${name}/${side}`, "KiB/tx", samples[side]);
  } finally {
    await stack.close();
  }
}

async function bytesPerTransaction(stack: BenchStack, target: Target): Promise<number> {
  const meter = meterLog(stack, target.volumeId);
  await runTransactions(target, "tpcb-like", MEASURED_TRANSACTIONS);
  await target.compute.checkpoint();
  return (await meter.stop()) / MEASURED_TRANSACTIONS / 1024;
}
