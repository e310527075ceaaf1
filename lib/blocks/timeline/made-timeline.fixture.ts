import { assert } from "@/lib/std/assert";
import type { Random } from "@/lib/std/random";
import { IndexBuilder } from "./index-builder";
import { decodeIndex, encodeIndex, summarize } from "./index-codec";
import type { IndexView } from "./index-view";
import type { KeptCommit } from "./kept-commit";
import type { SegmentSummary } from "./segment-summary";
import type { TimelineSource } from "./timeline-source";

export interface MadeCommit {
  readonly commit: number;
  readonly micros: number;
  readonly moments: number;
  readonly segment: number;
  readonly unit: number;
  readonly endUnit: number;
}

const FIRST_MICROS = 1_700_000_000_000_000;

/** Commits of a log that never was, and the indexes of their segments as bytes. */
export class MadeTimeline {
  readonly commits: MadeCommit[] = [];
  readonly segments: SegmentSummary[] = [];
  readonly #files: Buffer[] = [];
  /** Indexes that were decoded. */
  reads = 0;

  constructor(random: Random, of: { commits: number; perSegment: number }) {
    let before = { commit: 4, micros: FIRST_MICROS, moments: 0 };
    let unitsBefore = 0;
    while (this.commits.length < of.commits) {
      const segment = this.segments.length + 1;
      const builder = new IndexBuilder({
        ...{ log: 7, segment, lastCommit: before.commit, unitsBefore, endUnit: 1 },
        ...{ ownDeadUnits: 0, bornDeadUnits: 0, baseCommit: before.commit, baseMoments: before.moments },
      });
      let unit = 1;
      for (let left = of.perSegment; left > 0 && this.commits.length < of.commits; left--) {
        const endUnit = unit + 1 + random.int(3);
        const { commit, micros, moments } = before;
        // Half of the commits are a microsecond apart, and some carry no transaction; the log's first record never does.
        before = {
          commit: commit + 1,
          micros: micros + 1 + (random.int(2) === 0 ? 0 : random.int(1000)),
          moments: moments + (this.commits.length > 0 && random.int(4) > 0 ? 1 : 0),
        };
        builder.addCommit({ ...before, unit, endUnit });
        this.commits.push({ ...before, segment, unit, endUnit });
        unit = endUnit;
      }
      builder.setEnd(unit);
      this.#add(builder.view());
      unitsBefore += unit;
    }
  }

  /** As if history before a commit were thinned to some of its commits. */
  source(since = 0, isKept: (at: number) => boolean = () => false): TimelineSource {
    const kept = this.commits.slice(0, since).flatMap((commit, at): KeptCommit[] => {
      const nextMicros = this.commits[at + 1]?.micros as number;
      return isKept(at) ? [{ ...commit, nextMicros, isTick: true }] : [];
    });
    const [first, head] = [this.commits[since], this.commits.at(-1)];
    assert(first && head, "there are commits");
    const index = (segment: number) => this.#decode(segment);
    return { since: first, kept, head, segments: this.segments, gaps: [], index };
  }

  #decode(segment: number): IndexView {
    this.reads++;
    const decoded = decodeIndex(this.#files[segment - 1] as Buffer, { log: 7, segment });
    assert(decoded, "an index is whole");
    return decoded.view;
  }

  #add(view: IndexView): void {
    this.segments.push(summarize(view));
    const bytes = encodeIndex(view);
    // Aligned, as what is read from a file is.
    this.#files.push(Buffer.from(new Uint8Array(bytes).buffer));
  }
}
