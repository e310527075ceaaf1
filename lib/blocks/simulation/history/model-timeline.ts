import type { Retention } from "../../history-types";
import type { PathStep } from "../../journal/journal-records";
import type { Place } from "../../log/format";
import type { CommitPoint } from "../../store-types";
import type { ModelVolume } from "../model-volume";

/** A commit of a volume as it should be. */
export interface ModelCommit extends CommitPoint {
  readonly content: ModelVolume;
  /** Its frame: what somebody who reads this commit begins with. */
  readonly place: Place;
  /** A later commit that is one ends the lives of frames and of map nodes. */
  readonly isCheckpoint: boolean;
  /** Commits of the log with a transaction, up to this one. */
  readonly moments: number;
  /** What the clock said, if it stood more than a second before the commit before. */
  readonly clockMicros: number | undefined;
}

export interface ModelMark {
  readonly markId: string;
  readonly kind: "snapshot" | "hold" | "guard";
  readonly commit: number;
  readonly untilMicros: number;
}

export interface ModelSource {
  readonly volumeId: string;
  readonly commit: number;
}

/** Everything that ever was in one volume's log, and what the store was asked to keep of it. */
export class ModelTimeline {
  readonly volumeId: string;
  readonly log: number;
  readonly source: ModelSource | undefined;
  /** Through which commits of whose logs it descends. */
  readonly path: readonly PathStep[];
  /** Ascending, from the log's first record on. */
  readonly commits: ModelCommit[];
  readonly marks = new Map<string, ModelMark>();
  /** Commits that were refused since the store was opened: they must not come back. */
  readonly gone = new Set<number>();
  /** Undefined while the store's own default holds. */
  retention: Retention | undefined;
  /** The beginning of the exact part when it was seen last; it never goes back. */
  exactSince: number;
  /** Only what is older may have been forgotten for its age. */
  expiredMicros = Number.NEGATIVE_INFINITY;
  /** The limit in bytes was so low that history may have been thinned. */
  isPressed = false;
  /** A writer that was thought dead went on writing. */
  hadStaleWriter = false;

  constructor(
    facts: Pick<ModelTimeline, "volumeId" | "log" | "source" | "path"> & { commits: readonly ModelCommit[] },
  ) {
    this.volumeId = facts.volumeId;
    this.log = facts.log;
    this.source = facts.source;
    this.path = facts.path;
    this.commits = [...facts.commits];
    this.exactSince = this.root.commit;
  }

  get root(): ModelCommit {
    return this.commits[0] as ModelCommit;
  }

  get head(): ModelCommit {
    return this.commits.at(-1) as ModelCommit;
  }

  /** Numbers rise by one. */
  find(commit: number): ModelCommit | undefined {
    return this.commits[commit - this.root.commit];
  }

  next(commit: ModelCommit): ModelCommit | undefined {
    return this.find(commit.commit + 1);
  }

  atOrBefore(micros: number): ModelCommit | undefined {
    return this.commits.findLast((commit) => commit.micros <= micros);
  }

  /** The first later commit that is a map checkpoint. */
  checkpointAfter(commit: number): number {
    const found = this.commits.find((later) => later.commit > commit && later.isCheckpoint);
    return found?.commit ?? Number.POSITIVE_INFINITY;
  }

  marksOf(kind: ModelMark["kind"]): ModelMark[] {
    return [...this.marks.values()].filter((mark) => mark.kind === kind);
  }

  /** What is older may be forgotten for its age from now on. */
  noteWork(nowMicros: number, retention: Retention): void {
    this.expiredMicros = Math.max(this.expiredMicros, nowMicros - retention.micros);
  }

  /** What was decided and not needed yet may be decided anew: nothing was collected because of it. */
  forgetDecisions(): void {
    this.gone.clear();
    this.exactSince = this.root.commit;
  }

  copy(): ModelTimeline {
    const copy = new ModelTimeline(this);
    for (const [id, mark] of this.marks) copy.marks.set(id, mark);
    for (const commit of this.gone) copy.gone.add(commit);
    const { retention, exactSince, expiredMicros, isPressed, hadStaleWriter } = this;
    return Object.assign(copy, { retention, exactSince, expiredMicros, isPressed, hadStaleWriter });
  }
}

/** All volumes that are there, and the timelines of all logs that ever were. */
export class ModelWorld {
  readonly volumes = new Map<string, ModelTimeline>();
  readonly logs = new Map<number, ModelTimeline>();

  add(timeline: ModelTimeline): void {
    this.volumes.set(timeline.volumeId, timeline);
    this.logs.set(timeline.log, timeline);
  }

  get living(): readonly ModelTimeline[] {
    return [...this.volumes.values()];
  }

  /** Commits of a log through which living volumes descend. */
  pinsOf(log: number): number[] {
    const steps = this.living.flatMap(({ path }) => path.filter((step) => step.log === log));
    return steps.map(({ commit }) => commit);
  }

  copy(): ModelWorld {
    const copy = new ModelWorld();
    for (const [log, timeline] of this.logs) {
      const twin = timeline.copy();
      copy.logs.set(log, twin);
      if (this.volumes.get(timeline.volumeId) === timeline) copy.volumes.set(timeline.volumeId, twin);
    }
    return copy;
  }
}
