import { assert } from "@/lib/std/assert";
import type { Gap } from "../history-types";
import { damagedFrame } from "../log/log-reader";
import type { SegmentIndex } from "../log/segment-index";
import { toVolumeError } from "../volume-error";
import { encodeIndex } from "./index-codec";
import { IndexFiles } from "./index-files";
import type { IndexView } from "./index-view";
import type { IngestOptions, IngestTotals, LogIngest } from "./ingest-types";
import { type FrameAt, LogFollower } from "./log-follower";
import type { SegmentSummary } from "./segment-summary";
import { ViewCache } from "./view-cache";

/** The indexes of all logs that were asked for. */
export class Ingest implements LogIngest {
  readonly #options: IngestOptions;
  readonly #files: IndexFiles;
  readonly #cache: ViewCache;
  readonly #followers = new Map<number, LogFollower>();

  constructor(options: IngestOptions) {
    this.#options = options;
    this.#files = new IndexFiles(options);
    this.#cache = new ViewCache(options.cacheBytes);
  }

  ingest(log: number, head: FrameAt, budgetFrames: number): boolean {
    try {
      return this.#follow(log).follow(head, budgetFrames);
    } catch (error) {
      // A record may be half read: the next call begins where the disk says, as after a restart.
      this.#followers.delete(log);
      throw toVolumeError(error, `reading the history of log ${log}`);
    }
  }

  isFollowed(log: number): boolean {
    return this.#followers.has(log);
  }

  readingSegment(log: number): number | undefined {
    return this.#get(log).readingSegment;
  }

  finish(log: number): void {
    this.#get(log).finish();
  }

  position(log: number) {
    const { last } = this.#get(log);
    if (!last) return undefined;
    const { commit, micros, moments, place } = last;
    return { commit, micros, moments, segment: place.segment, unit: place.unit };
  }

  segments(log: number): readonly SegmentSummary[] {
    return this.#get(log).segments;
  }

  index(log: number, segment: number): SegmentIndex {
    const follower = this.#get(log);
    const { open } = follower;
    return open?.segment === segment
      ? open
      : (this.#cache.find(log, segment) ?? this.#load(follower, { log, segment }));
  }

  *from(log: number, commit: number): Generator<SegmentIndex> {
    for (const summary of this.segments(log))
      if (commit === 0 || (summary.commitCount > 0 && summary.lastCommit >= commit))
        yield this.index(log, summary.segment);
  }

  gaps(log: number): readonly Gap[] {
    const follower = this.#get(log);
    for (const segment of follower.unreadSteps) this.index(log, segment);
    return follower.gaps;
  }

  totals(log: number): IngestTotals {
    const totals = { units: 0, ownDeadUnits: 0, bornDeadUnits: 0 };
    for (const summary of this.segments(log)) {
      totals.units += summary.endUnit - 1;
      totals.ownDeadUnits += summary.ownDeadUnits;
      totals.bornDeadUnits += summary.bornDeadUnits;
    }
    return totals;
  }

  sync(log: number): void {
    this.#files.sync(log);
    this.#get(log).saveOpen();
  }

  replaced(log: number, segment: number): void {
    this.#cache.drop(log, segment);
    this.#files.disown({ log, segment });
    this.#get(log).replaced(segment);
  }

  removed(log: number, segment: number): void {
    this.#cache.drop(log, segment);
    this.#files.disown({ log, segment });
    this.#get(log).removed(segment);
  }

  forget(log: number): void {
    this.#followers.delete(log);
    this.#cache.forget(log);
    this.#files.forget(log);
  }

  #load(follower: LogFollower, of: { log: number; segment: number }): SegmentIndex {
    const stored = this.#files.read(of);
    if (stored) {
      this.#cache.add(stored.view, stored.bytes);
      return stored.view;
    }
    const summary = follower.findSealed(of.segment);
    if (!summary) throw damagedFrame({ ...of, unit: 1 });
    const view = rebuild(follower, summary);
    const bytes = encodeIndex(view);
    this.#files.write(of, bytes);
    this.#cache.add(view, bytes.length);
    return view;
  }

  #follow(log: number): LogFollower {
    const found = this.#followers.get(log);
    if (found) return found;
    const { device, storeDir, reader } = this.#options;
    const follower = new LogFollower({ log, device, storeDir, reader, files: this.#files });
    this.#followers.set(log, follower);
    return follower;
  }

  #get(log: number): LogFollower {
    const follower = this.#followers.get(log);
    assert(follower, "a log was ingested before it is asked about");
    return follower;
  }
}

/** What it needs may be damaged, or collected. */
function rebuild(follower: LogFollower, summary: SegmentSummary): IndexView {
  try {
    return follower.rebuild(summary);
  } catch (error) {
    throw toVolumeError(error, `reading segment ${summary.segment} again, whose index is damaged`);
  }
}
