import { AppError } from "@/lib/std/app-error";
import type { At, Bucket, Guard, Hold, Resolved, Snapshot, SnapshotKind, Window } from "../history-types";
import type { Catalogue } from "../journal/catalogue";
import type { CreatedRecord, Fact, MarkRecord } from "../journal/journal-records";
import type { Place } from "../log/format";
import type { PublishedHead } from "../log/head-cell";
import type { CommitPoint, ForkResult } from "../store-types";
import { countMoments } from "../timeline/histogram";
import type { LogIngest } from "../timeline/ingest-types";
import { findPlaced, type Placed, resolveTime } from "../timeline/resolve";
import type { TimelineSource } from "../timeline/timeline-source";
import { VolumeError } from "../volume-error";
import type { Historian } from "./historian";
import type { LogState } from "./log-state";
import type { LogStates } from "./log-states";

export interface MomentsParts {
  readonly catalogue: Catalogue;
  readonly states: LogStates;
  readonly ingest: LogIngest;
  readonly historian: Historian;
  record(fact: Fact): void;
  headOf(log: number): PublishedHead;
}

/** What `setRetention` was not asked for yet: everything is kept. */
const EVERYTHING = { micros: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };
const MARK_ID_BYTES = 200;
const NAME_BYTES = 500;
/** Snapshots and holds of one volume: a page can show them, and the journal stays small. */
const MARKS_MAX = 2_000;
/** Guarded commits of one volume; beyond that the oldest one's guard goes, and thinning may take its commit. */
const GUARDS_MAX = 10_000;

/** What a fork says of where it starts, besides its base. */
export type ForkReceipt = Pick<ForkResult, "firstLeftOutMicros" | "exact" | "momentsMissing" | "snapshotId">;

/** Of a fork of the newest commit. */
export const NOTHING_LEFT_OUT: ForkReceipt = {
  firstLeftOutMicros: undefined,
  exact: true,
  momentsMissing: 0,
  snapshotId: undefined,
};

/** The moments of a volume: which there are, what a time means, and which are kept longer. */
export class Moments {
  readonly #parts: MomentsParts;

  constructor(parts: MomentsParts) {
    this.#parts = parts;
  }

  window(volume: CreatedRecord, nowMicros: number): Window {
    const state = this.#upToDate(volume);
    const source = this.#timesOf(state);
    const marks = this.#marksOf(volume, nowMicros);
    const oldest = source.kept[0] ?? source.since;
    return {
      earliest: toPoint(oldest),
      exactSince: toPoint(source.since),
      head: toPoint(source.head),
      gaps: source.gaps,
      retention: state.retention ?? EVERYTHING,
      snapshots: marks.flatMap((mark) => toSnapshot(mark) ?? []),
      holds: marks.filter(({ kind }) => kind === "hold").map(toHold),
    };
  }

  resolve(volume: CreatedRecord, at: At, nowMicros: number): Resolved {
    const { commit, micros, nextMicros, momentsAfter, exact, momentsMissing } = this.#find(volume, at, nowMicros);
    const snapshots = this.#marksOf(volume, nowMicros).flatMap((mark) => toSnapshot(mark) ?? []);
    const nearestSnapshot = snapshots.findLast((snapshot) => snapshot.commit <= commit);
    return { commit, micros, nextMicros, momentsAfter, exact, momentsMissing, nearestSnapshot };
  }

  histogram(volume: CreatedRecord, span: { fromMicros: number; toMicros: number; buckets: number }): Bucket[] {
    return countMoments(this.#timesOf(this.#upToDate(volume)), span);
  }

  /** The frame of a moment, and what a fork from it says of itself. */
  choose(volume: CreatedRecord, at: At, nowMicros: number): { place: Place; receipt: ForkReceipt } {
    const found = this.#find(volume, at, nowMicros);
    return {
      place: { log: volume.log, segment: found.segment, unit: found.unit },
      receipt: {
        firstLeftOutMicros: found.nextMicros,
        exact: found.exact,
        momentsMissing: found.momentsMissing,
        snapshotId: "snapshotId" in at ? at.snapshotId : undefined,
      },
    };
  }

  /** As far as it is still known; for a fork that was asked for again. */
  receiptOf(source: { log: number; base: CommitPoint }): ForkReceipt {
    const volume = this.#parts.catalogue.findByLog(source.log);
    if (!volume || !this.#parts.catalogue.isLiving(source.log)) return NOTHING_LEFT_OUT;
    try {
      const found = findPlaced(this.#sourceOf(this.#upToDate(volume)), source.base.commit);
      return { ...NOTHING_LEFT_OUT, firstLeftOutMicros: found?.nextMicros };
    } catch (error) {
      // The fork is there, whatever became of its source's history since.
      if (!(error instanceof VolumeError)) throw error;
      return NOTHING_LEFT_OUT;
    }
  }

  takeSnapshot(
    volume: CreatedRecord,
    asked: { snapshotId: string; name: string; kind: SnapshotKind; at?: At | undefined },
    nowMicros: number,
  ): Snapshot {
    const known = this.#parts.catalogue.marksOf(volume.log).get(asked.snapshotId);
    const there = known && toSnapshot(known);
    if (there) return there;
    const { commit, micros } = this.#pointOf(volume, asked.at, nowMicros);
    const mark = this.#mark(volume, {
      markId: asked.snapshotId,
      kind: asked.kind,
      commit,
      micros,
      takenMicros: nowMicros,
      untilMicros: 0,
      name: asked.name,
    });
    return toSnapshot(mark) as Snapshot;
  }

  hold(volume: CreatedRecord, asked: { holdId: string; at: At; untilMicros: number }, nowMicros: number): Hold {
    const known = this.#parts.catalogue.marksOf(volume.log).get(asked.holdId);
    if (known && known.kind !== "hold")
      throw new AppError("CONFLICT", `${asked.holdId} is no hold of this volume. Choose another id.`);
    const { commit, micros } = known ?? this.#pointOf(volume, asked.at, nowMicros);
    return toHold(
      this.#mark(volume, {
        markId: asked.holdId,
        kind: "hold",
        commit,
        micros,
        takenMicros: nowMicros,
        untilMicros: asked.untilMicros,
        name: "",
      }),
    );
  }

  /** A commit that is not kept any more cannot be guarded, which is no error: its event has left the window. */
  guard(volume: CreatedRecord, asked: readonly Guard[]): void {
    const { log } = volume;
    const known = this.#parts.catalogue.marksOf(log);
    const source = this.#sourceOf(this.#upToDate(volume));
    const marks = asked.flatMap(({ guardId, commit }): MarkRecord[] => {
      const found = known.has(guardId) ? undefined : findPlaced(source, commit);
      if (!found) return [];
      const at = { commit: found.commit, micros: found.micros, takenMicros: found.micros, untilMicros: 0 };
      return [{ type: "mark", log, markId: guardId, kind: "guard", ...at, name: "" }];
    });
    for (const { markId, name } of marks) assertShort(markId, name);
    if (marks.length === 0) return;
    this.#dropOldestGuards(log, marks.length);
    this.#parts.record({ type: "marks", marks });
    this.#parts.states.get(log).revision++;
  }

  #dropOldestGuards(log: number, added: number): void {
    const guards = [...this.#parts.catalogue.marksOf(log).values()].filter(({ kind }) => kind === "guard");
    const dropped = Math.max(0, guards.length + added - GUARDS_MAX);
    if (dropped === 0) return;
    const oldest = guards.sort((a, b) => a.commit - b.commit).slice(0, dropped);
    for (const mark of oldest) this.#parts.historian.removeMark(mark);
  }

  #mark({ log, volumeId }: CreatedRecord, of: Omit<MarkRecord, "type" | "log">): MarkRecord {
    const marks = this.#parts.catalogue.marksOf(log);
    assertShort(of.markId, of.name);
    if (!marks.has(of.markId) && [...marks.values()].filter(({ kind }) => kind !== "guard").length >= MARKS_MAX)
      throw new AppError("QUOTA", `Volume ${volumeId} keeps ${MARKS_MAX} commits already. Delete snapshots first.`);
    const mark: MarkRecord = { type: "mark", log, ...of };
    this.#parts.record(mark);
    // What the volume keeps for itself and what only for forks is counted anew.
    this.#parts.states.get(log).revision++;
    return mark;
  }

  #pointOf(volume: CreatedRecord, at: At | undefined, nowMicros: number): CommitPoint {
    return at ? this.#find(volume, at, nowMicros) : this.#parts.headOf(volume.log);
  }

  #find(volume: CreatedRecord, at: At, nowMicros: number): Placed {
    const state = this.#upToDate(volume);
    const source = this.#sourceOf(state);
    if ("micros" in at)
      return resolveTime(this.#timesOf(state), {
        micros: at.micros,
        nowMicros,
        acceptInexact: at.acceptInexact ?? false,
      });
    const commit = "commit" in at ? at.commit : this.#getSnapshot(volume, at.snapshotId).commit;
    const found = findPlaced(source, commit);
    if (found) return found;
    throw new AppError(
      "TARGET_OUTSIDE_WAL_WINDOW",
      `Commit ${commit} is not kept. Choose one from ${(source.kept[0] ?? source.since).commit} to ${source.head.commit}.`,
      { details: { earliest: (source.kept[0] ?? source.since).micros, latest: nowMicros } },
    );
  }

  #getSnapshot(volume: CreatedRecord, snapshotId: string): Snapshot {
    const mark = this.#parts.catalogue.marksOf(volume.log).get(snapshotId);
    const snapshot = mark && toSnapshot(mark);
    if (!snapshot) throw new AppError("NO_SNAPSHOT", "That snapshot does not exist any more. Choose another one.");
    return snapshot;
  }

  /** Ascending by commit; holds that are over are not among them. */
  #marksOf(volume: CreatedRecord, nowMicros: number): MarkRecord[] {
    return [...this.#parts.catalogue.marksOf(volume.log).values()]
      .filter(({ untilMicros }) => untilMicros === 0 || untilMicros > nowMicros)
      .sort((a, b) => a.commit - b.commit || a.takenMicros - b.takenMicros);
  }

  #upToDate(volume: CreatedRecord): LogState {
    this.#parts.historian.catchUp(volume.log);
    return this.#parts.states.get(volume.log);
  }

  /** What times can name: snapshots that are older than every tick can be forked, and lie outside the window. */
  #timesOf(state: LogState): TimelineSource {
    const source = this.#sourceOf(state);
    const first = source.kept.findIndex(({ isTick }) => isTick);
    return { ...source, kept: first < 0 ? [] : source.kept.slice(first) };
  }

  /** What only a fork still keeps is no moment of the volume any more: what the fork replaced may be gone. */
  #sourceOf(state: LogState): TimelineSource {
    const { catalogue, ingest } = this.#parts;
    const { log, since } = state;
    const marked = new Set([...catalogue.marksOf(log).values()].map(({ commit }) => commit));
    return {
      since,
      kept: state.kept.filter(({ commit, isTick }) => isTick || marked.has(commit)),
      head: ingest.position(log) ?? since,
      segments: ingest.segments(log),
      gaps: ingest.gaps(log),
      index: (segment) => ingest.index(log, segment),
    };
  }
}

function assertShort(markId: string, name: string): void {
  if (Buffer.byteLength(markId) > MARK_ID_BYTES || Buffer.byteLength(name) > NAME_BYTES)
    throw new AppError("INVALID_REQUEST", "The name is too long.", { field: "name" });
}

const toPoint = ({ commit, micros }: CommitPoint): CommitPoint => ({ commit, micros });

function toSnapshot({ markId, kind, name, commit, micros, takenMicros }: MarkRecord): Snapshot | undefined {
  if (kind !== "manual" && kind !== "scheduled") return undefined;
  return { snapshotId: markId, name, kind, commit, micros, takenMicros };
}

const toHold = ({ markId, commit, micros, untilMicros }: MarkRecord): Hold => ({
  holdId: markId,
  commit,
  micros,
  untilMicros,
});
