import type { At, BlockStore, History } from "@/lib/blocks";
import { newId } from "@/lib/std/ids";
import { type Random, seededRandom } from "@/lib/std/random";
import { median, quantile, type Report } from "../figure";
import { timeBareFork } from "./bare-fork";
import { makeForks } from "./many-forks";
import { type BenchStore, openBenchStore } from "./open-bench-store";
import {
  commitRows,
  commitUntilFrames,
  hotBlocks,
  makeBigSource,
  makeRealSource,
  openSource,
  type SourceVolume,
} from "./source-volume";

const ROUNDS = 120;
const SIZES = [
  ["10-mb", 10e6],
  ["1-gb", 1e9],
  ["100-gb", 100e9],
  ["1-tb", 1e12],
] as const;
/** From here on a size is made of blocks that repeat. */
const BIG_BYTES = 10e9;
/** Of the 1,024 after which a map checkpoint is written: a fork's root names them all. */
const FRAMES = 900;
const PAST_COMMITS = 800;
const DEPTH = 100;
const FORKS = 1000;
const MB = 1e6;

/** A volume to fork, and moments of its past. */
interface Forked {
  readonly label: string;
  readonly store: BlockStore & History;
  readonly id: string;
  readonly snapshotId: string;
  readonly newest: number;
}

/** Forks of the head, of a snapshot and of past moments: of small and huge volumes, of deep ones, and beside a thousand forks. */
export async function forkMoments(report: Report): Promise<void> {
  const bench = await openBenchStore();
  const beside = await openBenchStore();
  const sources: SourceVolume[] = [];
  try {
    const random = seededRandom(1);
    const sizes = await openSizes(bench, { sources, random });
    await compare("history/fork/size", sizes, { random, report, dir: bench.dir });
    const depths = await openDepths(bench, { sources, random });
    await compare("history/fork/depth", depths, { random, report, dir: bench.dir });
    const counts = await openCounts(bench, beside, { sources, random });
    await compare("history/fork/forks", counts, { random, report, dir: bench.dir });
  } finally {
    for (const source of sources) await source.close();
    await bench.close();
    await beside.close();
  }
}

interface Making {
  readonly sources: SourceVolume[];
  readonly random: Random;
}

async function openSizes({ store }: BenchStore, making: Making): Promise<Forked[]> {
  const forked: Forked[] = [];
  for (const [label, bytes] of SIZES) {
    const source = bytes < BIG_BYTES ? await makeRealSource(store, bytes) : await makeBigSource(store, bytes);
    forked.push(await ready(label, { store, source }, making));
  }
  return forked;
}

/** A fork of a fork of a fork …, each of which wrote something before it was forked. */
async function openDepths({ store }: BenchStore, making: Making): Promise<Forked[]> {
  const root = await makeRealSource(store, 10 * MB);
  making.sources.push(root);
  const forked: Forked[] = [];
  let id = root.id;
  for (let depth = 1; depth <= DEPTH; depth++) {
    const forkId = newId();
    await store.fork(id, forkId);
    id = forkId;
    const source = await openSource(store, id);
    if (depth === 1 || depth === DEPTH) forked.push(await ready(`depth-${depth}`, { store, source }, making));
    else {
      commitRows(source.volume, hotBlocks(source.volume), making.random);
      await source.close();
    }
  }
  return forked;
}

async function openCounts(few: BenchStore, many: BenchStore, making: Making): Promise<Forked[]> {
  const forked: Forked[] = [];
  for (const [{ store }, count] of [
    [few, 1],
    [many, FORKS],
  ] as const) {
    const source = await makeRealSource(store, 10 * MB);
    await makeForks({ store, source, count, random: making.random });
    forked.push(await ready(`forks-${count}`, { store, source }, making));
  }
  return forked;
}

/** With as many frames to walk through as every other one, so that only what is compared differs. */
async function ready(
  label: string,
  { store, source }: { store: BlockStore & History; source: SourceVolume },
  { sources, random }: Making,
): Promise<Forked> {
  sources.push(source);
  commitUntilFrames(source, FRAMES, random);
  const newest = source.volume.head.commit;
  const snapshotId = newId();
  const at = { commit: newest - PAST_COMMITS / 2 };
  await store.takeSnapshot(source.id, { snapshotId, name: "measured", kind: "manual", at });
  return { label, store, id: source.id, snapshotId, newest };
}

const KINDS: Readonly<Record<string, (forked: Forked, random: Random) => At | undefined>> = {
  head: () => undefined,
  snapshot: ({ snapshotId }) => ({ snapshotId }),
  past: ({ newest }, random) => ({ commit: newest - random.int(PAST_COMMITS) }),
};

/** Takes all of them in turn, round after round, and divides the worst median by the best. */
async function compare(
  name: string,
  forked: readonly Forked[],
  { random, report, dir }: { random: Random; report: Report; dir: string },
): Promise<void> {
  const samples = new Map<string, number[]>();
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    bare.push(timeBareFork(dir));
    for (const [kind, choose] of Object.entries(KINDS))
      for (const of of forked) {
        const key = `${kind}/${of.label}`;
        const ms = await timeFork(of, choose(of, random));
        samples.set(key, [...(samples.get(key) ?? []), ms]);
      }
  }
  report(`${name}/bare-disk`, "ms", bare);
  report(`${name}/bare-disk/p99`, "ms", [quantile(bare, 0.99)]);
  for (const kind of Object.keys(KINDS)) {
    for (const { label } of forked) {
      const times = samples.get(`${kind}/${label}`) as number[];
      report(`${name}/${kind}/${label}`, "ms", times);
      report(`${name}/${kind}/${label}/p99`, "ms", [quantile(times, 0.99)]);
    }
    const medians = forked.map(({ label }) => median(samples.get(`${kind}/${label}`) as number[]));
    const [best, worst] = [Math.min(...medians), Math.max(...medians)];
    report(`${name}/${kind}/ratio`, "ratio", [worst / best]);
    report(`${name}/${kind}/difference`, "ms", [worst - best]);
  }
}

async function timeFork({ store, id }: Forked, at: At | undefined): Promise<number> {
  const forkId = newId();
  const started = performance.now();
  await store.fork(id, forkId, at);
  const ms = performance.now() - started;
  await store.delete(forkId);
  // What a deletion leaves to do is done before the next fork, or in its way: here it shall not be.
  await store.list();
  return ms;
}
