import type { Log } from "@/lib/std/log";
import { Scrub } from "../check/scrub";
import type { SegmentBytes } from "../collect/segment-bytes";
import type { Device } from "../device/device";
import { diffRoots } from "../diff/diff";
import { RootView } from "../diff/root-view";
import type {
  At,
  Bucket,
  ChangedRange,
  Guard,
  Hold,
  Resolved,
  Retention,
  ScrubReport,
  Snapshot,
  SnapshotKind,
  Window,
} from "../history-types";
import type { Catalogue } from "../journal/catalogue";
import type { CreatedRecord, Fact, MarkKind } from "../journal/journal-records";
import type { LogHeads } from "../keeper/heads";
import { type Place, UNIT_BYTES } from "../log/format";
import type { LogReader } from "../log/log-reader";
import { resolveRoot } from "../log/resolved-root";
import type { StoreEpoch } from "../log/store-epoch";
import { segmentPath } from "../log/store-paths";
import { Ingest } from "../timeline/ingest";
import { VolumeError } from "../volume-error";
import { Accounts } from "./accounts";
import { Collection } from "./collection";
import { Historian } from "./historian";
import { LogStates } from "./log-states";
import { type ForkReceipt, Moments } from "./moments";
import { scrubSource } from "./scrub-source";
import { DEFAULT_SLICES, type Slices } from "./slices";

export interface HistoryParts {
  readonly device: Device;
  readonly storeDir: string;
  readonly log: Log;
  readonly catalogue: Catalogue;
  readonly reader: LogReader;
  readonly heads: LogHeads;
  readonly bytes: SegmentBytes;
  readonly epoch: StoreEpoch;
  readonly slices?: Slices | undefined;
  /** Writes a fact down, durable when it returns. */
  record(fact: Fact): void;
}

/** A commit of a volume; the newest when it is not given. */
interface Moment {
  readonly volume: CreatedRecord;
  readonly commit?: number | undefined;
}

/** Decoded indexes of sealed segments that are kept in memory: some hundred segments' worth. */
const INDEX_CACHE_BYTES = 32 << 20;

/** The store's history: what every log keeps, what was asked to be kept, and what can be given back. */
export class History {
  readonly collection: Collection;
  readonly accounts: Accounts;
  readonly #parts: HistoryParts;
  readonly #slices: Slices;
  readonly #states: LogStates;
  readonly #ingest: Ingest;
  readonly #historian: Historian;
  readonly #moments: Moments;
  readonly #scrub: Scrub;
  #nowMicros = 0;
  /** What keeps a log's history from being kept up, as it was last said. */
  readonly #troubles = new Map<number, string>();
  /** Logs that are still to be visited in this round. */
  #round: number[] = [];
  #isRemoving = false;
  /** Still to be read by the scrub. */
  #scrubBytes = 0;

  constructor(parts: HistoryParts) {
    const { device, storeDir, reader, log, catalogue } = parts;
    this.#parts = parts;
    this.#slices = parts.slices ?? DEFAULT_SLICES;
    this.#states = new LogStates({ device, storeDir, reader, catalogue });
    const onWritten = (number: number, name: string) => parts.bytes.changed(number, name);
    this.#ingest = new Ingest({ device, storeDir, reader, log, cacheBytes: INDEX_CACHE_BYTES, onWritten });
    const headOf = (number: number) => {
      const volume = this.#volumeOf(number);
      // What is found out about the log of a deleted volume is written down when its end is reached.
      return catalogue.isLiving(number) ? parts.heads.get(volume) : parts.heads.getDurable(volume);
    };
    const shared = { ...parts, states: this.#states, ingest: this.#ingest, headOf };
    this.#historian = new Historian({
      ...{ ...shared, slices: this.#slices },
      trim: (number) => this.#trim(number),
    });
    this.#moments = new Moments({ ...shared, historian: this.#historian });
    const report = (number: number, error: VolumeError) => this.#report(number, error);
    this.accounts = new Accounts({ ...shared, historian: this.#historian, report });
    const firstOpenSegment = (number: number) =>
      catalogue.isLiving(number) ? parts.heads.openSegmentOf(this.#volumeOf(number)) : this.#endOfFinished(number);
    this.collection = new Collection({
      ...shared,
      firstOpenSegment,
      headCommit: ({ log, isFinished, since }) =>
        (isFinished ? since : parts.heads.getDurable(this.#volumeOf(log))).commit,
    });
    this.#scrub = new Scrub({
      reader,
      source: scrubSource({ ...shared, firstOpenSegment }),
      nowMicros: () => this.#nowMicros,
      found: (damage) => log.error({ ...damage }, "the scrub found a damaged place"),
    });
  }

  /** So much is read with the next slices of upkeep, from where the scrub stopped, to see whether the store is still whole. */
  scrub(bytes: number): void {
    this.#scrubBytes = bytes;
  }

  get scrubReport(): ScrubReport {
    return { damages: this.#scrub.damages, scrubbedMicros: this.#scrub.scrubbedMicros };
  }

  /** Blocks that differ between two moments, of one volume or of two. */
  diff(from: Moment, to: Moment): readonly ChangedRange[] {
    const logsOf = ({ volume }: Moment) => [...volume.path.map(({ log }) => log), volume.log];
    const related = logsOf(from).some((log) => logsOf(to).includes(log));
    return diffRoots(this.#viewOf(from), this.#viewOf(to), { related });
  }

  #viewOf({ volume, commit }: Moment): RootView {
    const { reader, heads } = this.#parts;
    const place = commit === undefined ? heads.placeOf(volume) : this.#moments.choose(volume, { commit }, 0).place;
    return new RootView(reader, resolveRoot(reader, reader.getFrame(place).header));
  }

  /** One slice of upkeep, of one log or of the disk. True while more is due. */
  work(nowMicros: number): boolean {
    this.#nowMicros = nowMicros;
    if (this.collection.saveOn() || this.#removeEmpty(this.#isRemoving)) return true;
    if (this.#round.length === 0 && this.#scrubOn()) return true;
    if (this.#round.length === 0) this.#round = [...this.#parts.catalogue.computeNeededLogs()];
    const log = this.#round.at(-1);
    if (log !== undefined && this.#isNeeded(log) && this.#workOn(log, nowMicros)) return true;
    this.#round.pop();
    return this.#round.length > 0 || this.#historian.hasErrands || this.#removeEmpty(true);
  }

  /** Between two rounds, so that neither keeps the other from coming to an end. */
  #scrubOn(): boolean {
    if (this.#scrubBytes <= 0) return false;
    const bytes = Math.min(this.#scrubBytes, this.#slices.scrubBytes);
    const hasMore = this.#scrub.scrubSlice(bytes);
    this.#scrubBytes = hasMore ? this.#scrubBytes - bytes : 0;
    return true;
  }

  /** Until nothing is empty any more: another round over all logs after each segment would take longer than its removal. */
  #removeEmpty(isDue: boolean): boolean {
    this.#isRemoving = false;
    this.#isRemoving = isDue && this.collection.removeEmpty();
    return this.#isRemoving;
  }

  /** A volume that descended through the log, or its own, was deleted. */
  volumeWent(log: number): void {
    if (this.#isNeeded(log)) this.#historian.pointsWent(log, true);
  }

  forget(log: number): void {
    this.#historian.forget(log);
    this.#troubles.delete(log);
    this.accounts.forget(log);
    this.#ingest.forget(log);
    this.#states.forget(log);
  }

  /** Refuses a log that ends before what its ledger has seen: data may be collected already that its head needs. */
  refuseLostCommits(volume: CreatedRecord): void {
    const { commit } = this.#parts.heads.get(volume);
    const seenCommit = this.#findSeenCommit(volume.log);
    if (commit >= seenCommit) return;
    throw new VolumeError(
      "EIO",
      `Volume ${volume.volumeId} ends at commit ${commit}, but had commit ${seenCommit} before: its newest data is lost.`,
    );
  }

  /** Without a ledger that can be read nothing was collected because of it since the store was opened; the head stays usable. */
  #findSeenCommit(log: number): number {
    try {
      return this.#states.get(log).seenCommit;
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      this.#report(log, error);
      return 0;
    }
  }

  setRetention({ log }: CreatedRecord, retention: Retention): void {
    const state = this.#states.get(log);
    if (state.retention?.micros === retention.micros && state.retention.bytes === retention.bytes) return;
    this.#states.setRetention(state, retention);
    this.#parts.bytes.changed(log, "ledger");
  }

  window(volume: CreatedRecord, nowMicros: number): Window {
    return this.#moments.window(volume, nowMicros);
  }

  resolve(volume: CreatedRecord, at: At, nowMicros: number): Resolved {
    return this.#moments.resolve(volume, at, nowMicros);
  }

  histogram(volume: CreatedRecord, span: { fromMicros: number; toMicros: number; buckets: number }): Bucket[] {
    return this.#moments.histogram(volume, span);
  }

  choose(volume: CreatedRecord, at: At, nowMicros: number): { place: Place; receipt: ForkReceipt } {
    return this.#moments.choose(volume, at, nowMicros);
  }

  /** As far as it is still known, of a fork that is asked for again. */
  receiptOf(source: NonNullable<CreatedRecord["source"]>): ForkReceipt {
    return this.#moments.receiptOf(source);
  }

  takeSnapshot(
    volume: CreatedRecord,
    snapshot: { snapshotId: string; name: string; kind: SnapshotKind; at?: At | undefined },
    nowMicros: number,
  ): Snapshot {
    return this.#moments.takeSnapshot(volume, snapshot, nowMicros);
  }

  hold(volume: CreatedRecord, hold: { holdId: string; at: At; untilMicros: number }, nowMicros: number): Hold {
    return this.#moments.hold(volume, hold, nowMicros);
  }

  guard(volume: CreatedRecord, guards: readonly Guard[]): void {
    this.#moments.guard(volume, guards);
  }

  /** Removing what is gone already is no error. */
  removeMark({ log }: CreatedRecord, markId: string, kinds: readonly MarkKind[]): void {
    const mark = this.#parts.catalogue.marksOf(log).get(markId);
    // Ids of snapshots, holds and guards share one list; each is removed as what it is.
    if (mark && kinds.includes(mark.kind)) this.#historian.removeMark(mark);
  }

  /** A log that is damaged is left alone, and does not stop the others. */
  #workOn(log: number, nowMicros: number): boolean {
    try {
      return this.#historian.work(log, nowMicros);
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      this.#historian.dropErrands(log);
      this.#report(log, error);
      return false;
    }
  }

  /** Once for each trouble of a log: it is met again every second. */
  #report(log: number, error: VolumeError): void {
    if (this.#troubles.get(log) === error.message) return;
    this.#troubles.set(log, error.message);
    this.#parts.log.error({ log, error }, "the history of a log cannot be kept up");
  }

  #trim(log: number): void {
    const { device, storeDir, bytes } = this.#parts;
    const last = this.#ingest.segments(log).at(-1);
    if (!last) return;
    const file = device.open(segmentPath(storeDir, log, last.segment), "write");
    try {
      if (device.size(file) > last.endUnit * UNIT_BYTES) device.truncate(file, last.endUnit * UNIT_BYTES);
      bytes.changed(log, `${last.segment}.seg`);
    } finally {
      device.close(file);
    }
  }

  /** Of a deleted volume: nothing is sealed until it is known what is needed of it, and everything then. */
  #endOfFinished(log: number): number {
    return this.#states.find(log)?.isFinished ? Number.POSITIVE_INFINITY : 0;
  }

  #isNeeded(log: number): boolean {
    return this.#parts.catalogue.isLiving(log) || this.#parts.catalogue.pinsOf(log).size > 0;
  }

  #volumeOf(log: number): CreatedRecord {
    const volume = this.#parts.catalogue.findByLog(log);
    if (!volume) throw new VolumeError("EIO", `Log ${log} belongs to no volume.`);
    return volume;
  }
}
