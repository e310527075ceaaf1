import type { BlockStore, History } from "@/lib/blocks";
import { seededRandom } from "@/lib/std/random";
import type { Report } from "../figure";
import { makeForks } from "./many-forks";
import { openBenchStore } from "./open-bench-store";
import { commitUntilFrames, makeRealSource } from "./source-volume";

const FORKS = 1000;
const ROUNDS = 25;
const FRAMES = 900;
const PAST_COMMITS = 800;
const COMMITS = 5;
const SOURCE_BYTES = 100e6;

type Store = BlockStore & History;

/** What pages ask about storage in a store with a thousand forks: at once after opening it, and from then on. */
export async function questions(report: Report): Promise<void> {
  const bench = await openBenchStore();
  try {
    const random = seededRandom(1);
    const source = await makeRealSource(bench.store, SOURCE_BYTES);
    commitUntilFrames(source, FRAMES, random);
    const { store } = bench;
    const forks = await makeForks({
      ...{ store, source, random, count: FORKS, pastCommits: PAST_COMMITS, commits: COMMITS },
    });
    await source.close();
    const asked = { all: [source.id, ...forks], one: forks[FORKS / 2] as string, sourceId: source.id };
    for (const [name, ask] of Object.entries(QUESTIONS)) {
      const times: number[] = [];
      const reopened = await bench.reopen();
      for (let round = 0; round <= ROUNDS; round++) times.push(await time(() => ask(reopened, asked)));
      report(`history/questions/${name}/first`, "ms", times.slice(0, 1));
      report(`history/questions/${name}`, "ms", times.slice(1));
    }
  } finally {
    await bench.close();
  }
}

interface Asked {
  readonly all: readonly string[];
  readonly one: string;
  readonly sourceId: string;
}

const QUESTIONS: Readonly<Record<string, (store: Store, asked: Asked) => Promise<unknown>>> = {
  "storage-all": (store, { all }) => store.storage(all),
  "figures-one": (store, { one }) => store.figures([one]),
  "figures-source": (store, { sourceId }) => store.figures([sourceId]),
  "figures-all": (store, { all }) => store.figures(all),
  totals: (store) => store.totals(),
  "frees-one": (store, { one }) => store.frees([one]),
  "frees-source": (store, { sourceId }) => store.frees([sourceId]),
  "frees-half": (store, { all }) => store.frees(all.slice(FORKS / 2)),
  "frees-all": (store, { all }) => store.frees(all),
  "frees-each": (store, { all }) => store.freesEach(all),
  shares: (store) => store.shares(),
  window: (store, { one }) => store.window(one),
};

async function time(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
