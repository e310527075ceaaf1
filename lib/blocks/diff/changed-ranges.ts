import type { ChangedRange } from "../history-types";

interface Range {
  firstBlock: number;
  blocks: number;
}

/** Collects blocks of files into ranges, so that a whole file takes no more memory than one of them. */
export class ChangedRanges {
  readonly #byPath = new Map<string, Range[]>();

  add(path: string, blocks: Iterable<number>): void {
    for (const block of blocks) {
      const ranges = this.#rangesOf(path);
      const last = ranges.at(-1);
      if (last && last.firstBlock + last.blocks === block) last.blocks++;
      else ranges.push({ firstBlock: block, blocks: 1 });
    }
  }

  /** In the order of paths and blocks, none touching another. */
  finish(): ChangedRange[] {
    const paths = [...this.#byPath].sort(([a], [b]) => (a < b ? -1 : 1));
    return paths.flatMap(([path, ranges]) => joinRanges(ranges).map((range) => ({ path, ...range })));
  }

  #rangesOf(path: string): Range[] {
    const found = this.#byPath.get(path);
    if (found) return found;
    const ranges: Range[] = [];
    this.#byPath.set(path, ranges);
    return ranges;
  }
}

function joinRanges(ranges: readonly Range[]): Range[] {
  const joined: Range[] = [];
  for (const { firstBlock, blocks } of ranges.toSorted((a, b) => a.firstBlock - b.firstBlock)) {
    const last = joined.at(-1);
    if (last && last.firstBlock + last.blocks >= firstBlock)
      last.blocks = Math.max(last.blocks, firstBlock + blocks - last.firstBlock);
    else joined.push({ firstBlock, blocks });
  }
  return joined;
}
