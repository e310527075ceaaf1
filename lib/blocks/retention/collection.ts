import type { Log } from "@/lib/std/log";
import { planRewrite } from "../collect/plan-rewrite";
import { removeFile } from "../collect/remove-files";
import { installRewrite, type RewriteJob, type RewriteResult } from "../collect/rewrite-segment";
import type { SegmentBytes } from "../collect/segment-bytes";
import type { Device } from "../device/device";
import { replaceInReserve } from "../device/reserve";
import type { Catalogue } from "../journal/catalogue";
import type { LogReader } from "../log/log-reader";
import type { StoreEpoch } from "../log/store-epoch";
import { indexPath, logPath } from "../log/store-paths";
import type { LogIngest } from "../timeline/ingest-types";
import { encodeThinnedIndex, type IndexSelection } from "../timeline/thin-index";
import { toVolumeError } from "../volume-error";
import { type Chosen, chooseSegments } from "./collect-plan";
import type { LogState } from "./log-state";
import type { LogStates } from "./log-states";

export interface CollectionParts {
  readonly device: Device;
  readonly storeDir: string;
  readonly catalogue: Catalogue;
  readonly states: LogStates;
  readonly ingest: LogIngest;
  readonly reader: LogReader;
  readonly bytes: SegmentBytes;
  readonly epoch: StoreEpoch;
  readonly log: Log;
  /** The first segment of a log that is not sealed; infinite in a log that nobody writes any more. */
  firstOpenSegment(log: number): number;
  headCommit(state: LogState): number;
}

/** Twice what a scan of a cold disk gives, so that a burst of deletions is gone within a minute; a writer still has most of it. */
const BYTES_PER_SECOND = 128 << 20;

const RETRY_MICROS = 60_000_000;

interface UnderWay {
  readonly job: RewriteJob;
  /** Freed units of the segment when the job was planned. */
  readonly freedUnits: number;
  /** What its index has afterwards. What is decided later is not durable yet, and an index must not lead. */
  readonly selection: IndexSelection;
}

/**
 * Gives space back: plans what a rewriter is to copy, installs what it wrote, and removes segments of which nothing is left.
 * Nothing leaves the disk before the ledgers that say so are durable.
 */
export class Collection {
  readonly #parts: CollectionParts;
  readonly #underWay = new Map<string, UnderWay>();
  /** Freed units of segments that could not be collected when they were tried: damage, or a disk that failed. */
  readonly #stuck = new Map<string, number>();
  /** Until when a segment is not tried again whose rewrite the disk refused. */
  readonly #putOff = new Map<string, number>();
  #nowMicros = 0;
  /** The log whose ledger is to be written, after those of its forks. */
  #saving: LogState | undefined;
  /** When garbage was first seen in a segment that is not worth a rewrite yet. */
  readonly #since = new Map<string, number>();

  constructor(parts: CollectionParts) {
    this.#parts = parts;
  }

  /** One step towards removing a segment of which nothing is left. True when there may be more. */
  removeEmpty(): boolean {
    for (const state of this.#parts.states.all()) {
      const empty = this.#choose(state, () => 0).find(({ isEmpty }) => isEmpty);
      if (!empty) continue;
      if (!this.#save(state)) this.#remove(state, empty.segment);
      return true;
    }
    return false;
  }

  /**
   * The next segment to rewrite, or a step towards it: a ledger that had to be written first; ask again then. `all`: whatever
   * it costs; else what is worth it now.
   */
  next(mode: "due" | "all", nowMicros: number): RewriteJob | "saving" | undefined {
    this.#nowMicros = nowMicros;
    for (const state of this.#parts.states.all()) {
      const isUrgent = (segment: number) => mode === "all" || state.isFinished || state.touched.has(segment);
      const chosen = this.#choose(state, (segment) =>
        isUrgent(segment) ? Number.POSITIVE_INFINITY : this.#age(state.log, segment, nowMicros),
      );
      const isPutOff = (segment: number) =>
        mode === "due" && (this.#putOff.get(keyOf(state.log, segment)) ?? 0) > nowMicros;
      const worthIt = chosen.find(({ segment, isEmpty }) => !isEmpty && !isPutOff(segment));
      if (worthIt) return this.#save(state) ? "saving" : this.#plan(state, worthIt.segment);
    }
    return undefined;
  }

  /** Goes on with what has to be made durable; meanwhile nothing shall be decided, or it would not come to an end. */
  saveOn(): boolean {
    const state = this.#saving;
    this.#saving = undefined;
    if (!state || this.#parts.states.find(state.log) !== state) return false;
    this.#save(state);
    return true;
  }

  /** What became of a job. A damaged segment stays as it is; it is tried again when more of it is garbage. */
  finish(job: RewriteJob, result: RewriteResult): void {
    const key = keyOf(job.log, job.segment);
    const planned = this.#underWay.get(key);
    this.#underWay.delete(key);
    const state = this.#parts.states.find(job.log);
    if (!planned || !state) return;
    if (!this.#parts.ingest.isFollowed(job.log)) {
      // Its history could not be read meanwhile: what is in the segment is read again first.
      this.#putOff.set(key, this.#nowMicros + RETRY_MICROS);
      return;
    }
    if (result.outcome === "damaged") {
      const { log, segment } = job;
      this.#parts.log.error({ log, segment, damages: result.damages }, "a segment is damaged and stays as it is");
      this.#stuck.set(key, planned.freedUnits);
      return;
    }
    this.#install(planned);
    state.collected.set(job.segment, planned.freedUnits);
  }

  /** The disk failed; the segment is as it was, and is tried again after a while, and others meanwhile. */
  abandon(job: RewriteJob): void {
    const key = keyOf(job.log, job.segment);
    const planned = this.#underWay.get(key);
    this.#underWay.delete(key);
    if (planned) this.#putOff.set(key, this.#nowMicros + RETRY_MICROS);
  }

  #choose(state: LogState, ageMicros: (segment: number) => number): Chosen[] {
    const { ingest, firstOpenSegment } = this.#parts;
    if (state.freed.count === 0 || !ingest.isFollowed(state.log)) return [];
    const open = Math.min(firstOpenSegment(state.log), ingest.readingSegment(state.log) ?? Number.POSITIVE_INFINITY);
    const sealed = ingest
      .segments(state.log)
      .filter(({ segment }) => segment < open && this.#isFree(state, segment))
      .map(({ segment, endUnit }) => ({ segment, units: endUnit - 1 }));
    return chooseSegments(state, sealed, ageMicros);
  }

  #isFree(state: LogState, segment: number): boolean {
    const key = keyOf(state.log, segment);
    return !this.#underWay.has(key) && this.#stuck.get(key) !== state.freed.countIn(segment);
  }

  /**
   * Makes durable what was decided about a log, and the indexes that it was decided from: before anything leaves the disk. One
   * ledger a call; when it answers false everything up to now is durable.
   */
  #save(state: LogState): boolean {
    const { states, ingest, headCommit, bytes } = this.#parts;
    const hasMore = states.saveNext(state.log, (saved) => {
      // First, because it makes the log's last frame durable: what was read of it may be written down then.
      const commit = headCommit(saved);
      if (ingest.isFollowed(saved.log)) ingest.sync(saved.log);
      bytes.changed(saved.log, "ledger");
      return commit;
    });
    this.#saving = hasMore ? state : undefined;
    return hasMore;
  }

  #age(log: number, segment: number, nowMicros: number): number {
    const key = keyOf(log, segment);
    const since = this.#since.get(key) ?? nowMicros;
    this.#since.set(key, since);
    return nowMicros - since;
  }

  #plan(state: LogState, segment: number): RewriteJob {
    const { ingest, storeDir } = this.#parts;
    const how = { storeDir, bytesPerSecond: BYTES_PER_SECOND };
    const job = planRewrite(ingest.index(state.log, segment), state.freed, how);
    const freedUnits = state.freed.countIn(segment);
    this.#underWay.set(keyOf(state.log, segment), { job, freedUnits, selection: selectLive(state, job) });
    this.#since.delete(keyOf(state.log, segment));
    state.touched.delete(segment);
    return job;
  }

  /** The index first: one that knows less than its segment has is no harm, one that knows more would be. */
  #install({ job, selection }: UnderWay): void {
    const { device, ingest, reader, bytes, epoch, storeDir } = this.#parts;
    const { log, segment } = job;
    const content = encodeThinnedIndex(ingest.index(log, segment), selection);
    try {
      replaceInReserve(device, storeDir, { path: indexPath(storeDir, log, segment), content });
      ingest.replaced(log, segment);
      installRewrite(device, job);
    } finally {
      bytes.changed(log, `${segment}.seg`);
      bytes.changed(log, `${segment}.idx`);
    }
    reader.forget(log);
    epoch.publish({ log, segment });
  }

  /**
   * The index goes once its segment is gone for good: alone it is nothing, and a collected segment that came back after a
   * power cut could not be read without it.
   */
  #remove(state: LogState, segment: number): void {
    const { ingest, reader, epoch } = this.#parts;
    const { log } = state;
    reader.forget(log);
    if (!this.#unlink(log, `${segment}.seg`)) {
      // It is not tried again before more of the log is free.
      this.#stuck.set(keyOf(log, segment), state.freed.countIn(segment));
      return;
    }
    // One that is left is removed at the next opening.
    if (this.#syncNames(log)) this.#unlink(log, `${segment}.idx`);
    ingest.removed(log, segment);
    state.freed.forget(segment);
    state.collected.delete(segment);
    this.#since.delete(keyOf(log, segment));
    epoch.publish({ log, segment });
  }

  #syncNames(log: number): boolean {
    try {
      this.#parts.device.syncDirectory(logPath(this.#parts.storeDir, log));
      return true;
    } catch (error) {
      this.#parts.log.warn({ log, error: toVolumeError(error, "removing segments") }, "removed segments may come back");
      return false;
    }
  }

  #unlink(log: number, name: string): boolean {
    const { device, storeDir, bytes } = this.#parts;
    try {
      removeFile(device, `${logPath(storeDir, log)}/${name}`);
      bytes.changed(log, name);
      return true;
    } catch (error) {
      this.#parts.log.warn({ log, name, error }, "a file that nobody needs could not be removed yet");
      return false;
    }
  }
}

/** What is left of an index: commits that are still points, what lies in live units, deaths that are not settled yet. */
function selectLive(state: LogState, job: RewriteJob): IndexSelection {
  const since = state.since.commit;
  const kept = new Set(state.kept.map(({ commit }) => commit));
  const units = new Set(job.frames);
  for (let at = 0; at < job.slots.length; at += 2) units.add(job.slots[at] as number);
  return {
    commit: ({ commit }) => commit >= since || kept.has(commit),
    slot: ({ unit }) => units.has(unit),
    death: ({ commit }) => commit > since,
    bornDead: ({ commit }) => commit > since,
  };
}

const keyOf = (log: number, segment: number): string => `${log}/${segment}`;
