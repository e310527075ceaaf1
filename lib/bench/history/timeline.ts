import type { BlockStore, History } from "@/lib/blocks";
import { openVolume } from "@/lib/blocks";
import { systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import { type Random, seededRandom } from "@/lib/std/random";
import { quantile, type Report } from "../figure";
import { openBenchStore } from "./open-bench-store";

const COMMITS = 1_000_000;
const ROUNDS = 300;
const HISTOGRAM_ROUNDS = 20;
const BUCKETS = [100, 1000];

type Store = BlockStore & History;

/** Times in a window of a million commits: what they resolve to, and what happened in each part of it. */
export async function timeline(report: Report): Promise<void> {
  const bench = await openBenchStore();
  try {
    const random = seededRandom(1);
    const id = newId();
    const span = await makeCommits(bench.store, id);
    const started = performance.now();
    await bench.store.window(id);
    report("history/timeline/catch-up", "ms", [performance.now() - started]);
    await askTimes(bench.store, { id, span, random }, { name: "history/timeline", report });
    const store = await bench.reopen();
    const opened = performance.now();
    await store.window(id);
    report("history/timeline/reopened/window", "ms", [performance.now() - opened]);
    await askTimes(store, { id, span, random }, { name: "history/timeline/reopened", report });
  } finally {
    await bench.close();
  }
}

interface Span {
  readonly fromMicros: number;
  readonly toMicros: number;
}

/** Tiny ones without a barrier: what is measured is reading them. */
async function makeCommits(store: BlockStore, id: string): Promise<Span> {
  await store.create(id);
  const { ticket, release } = await store.openWriter(id);
  const volume = openVolume({ ...ticket, barrier: false });
  const inode = volume.create("/wal", 0o600);
  const row = Buffer.alloc(64);
  const fromMicros = volume.commit().micros;
  for (let commit = 1; commit <= COMMITS; commit++) {
    row.writeUInt32LE(commit);
    volume.write(inode, row, (commit % 128) * row.length);
    volume.commit();
    // The keeper reads behind the writer, as it does behind a compute.
    if (commit % 10_000 === 0) await systemClock.sleep(1);
  }
  const toMicros = volume.head.micros;
  volume.close();
  await release();
  return { fromMicros, toMicros };
}

async function askTimes(
  store: Store,
  { id, span, random }: { id: string; span: Span; random: Random },
  { name, report }: { name: string; report: Report },
): Promise<void> {
  const { fromMicros, toMicros } = span;
  const atRandom = () => fromMicros + random.int(toMicros - fromMicros);
  const times = await timeEach(ROUNDS, () => store.resolve(id, { micros: atRandom() }));
  report(`${name}/resolve`, "ms", times);
  report(`${name}/resolve/p99`, "ms", [quantile(times, 0.99)]);
  report(`${name}/resolve/longest`, "ms", [Math.max(...times)]);
  for (const buckets of BUCKETS) {
    const whole = await timeEach(HISTOGRAM_ROUNDS, () => store.histogram(id, { ...span, buckets }));
    report(`${name}/histogram-${buckets}`, "ms", whole);
    report(`${name}/histogram-${buckets}/longest`, "ms", [Math.max(...whole)]);
    const part = { fromMicros: toMicros - (toMicros - fromMicros) / 24, toMicros, buckets };
    const hour = await timeEach(HISTOGRAM_ROUNDS, () => store.histogram(id, part));
    report(`${name}/histogram-${buckets}/last-24th`, "ms", hour);
  }
}

async function timeEach(rounds: number, ask: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    await ask();
    times.push(performance.now() - started);
  }
  return times;
}
