import type { BlockStore } from "@/lib/blocks";
import { newId } from "@/lib/std/ids";
import type { Random } from "@/lib/std/random";
import { commitRows, hotBlocks, openSource, type SourceVolume } from "./source-volume";

export interface ManyForks {
  readonly store: BlockStore;
  readonly source: SourceVolume;
  readonly count: number;
  readonly random: Random;
  /** Each begins at a commit that lies up to so many before the newest; by default at the newest. */
  readonly pastCommits?: number;
  readonly commits?: number;
}

/** Forks of one volume, each with commits of its own. */
export async function makeForks(of: ManyForks): Promise<string[]> {
  const { store, source, count, random, pastCommits = 1, commits = 1 } = of;
  const ids: string[] = [];
  for (let made = 0; made < count; made++) {
    const id = newId();
    await store.fork(source.id, id, { commit: source.volume.head.commit - random.int(pastCommits) });
    const fork = await openSource(store, id);
    for (let commit = 0; commit < commits; commit++) commitRows(fork.volume, hotBlocks(fork.volume), random);
    await fork.close();
    ids.push(id);
  }
  return ids;
}
