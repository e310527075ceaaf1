import { AppError } from "@/lib/std/app-error";
import type { Log } from "@/lib/std/log";
import type { RewriteJob, RewriteResult } from "../collect/rewrite-segment";
import { SegmentBytes } from "../collect/segment-bytes";
import type { Device } from "../device/device";
import type {
  At,
  Bucket,
  ChangedRange,
  Frees,
  Hold,
  LogFigures,
  Resolved,
  Retention,
  ScrubReport,
  Snapshot,
  SnapshotKind,
  Window,
} from "../history-types";
import { Catalogue } from "../journal/catalogue";
import type { Journal } from "../journal/journal";
import type { CreatedRecord, Fact, PathStep } from "../journal/journal-records";
import { openTidyJournal } from "../journal/tidy-journal";
import { BLOCK_BYTES, HOLE } from "../log/format";
import { FRAME_KIND } from "../log/frame";
import { createLog } from "../log/log-create";
import { LogReader } from "../log/log-reader";
import { type ResolvedRoot, resolveRoot } from "../log/resolved-root";
import { StoreEpoch } from "../log/store-epoch";
import { journalPath, logsPath, toLogNumbers } from "../log/store-paths";
import { History, type HistoryParts } from "../retention/history";
import { NOTHING_LEFT_OUT } from "../retention/moments";
import type { ForkResult, VolumeInfo, VolumeStorage, WriterTicket } from "../store-types";
import { toVolumeError } from "../volume-error";
import { DoomedLogs } from "./doomed-logs";
import { answerEach, unlessDiskFails } from "./failures";
import { LogHeads } from "./heads";
import { removeLog } from "./log-remove";
import { removeStrayFiles } from "./stray-files";

// The keeper reads frames and map nodes only, of one log at a time.
const DESCRIPTORS = 64;
/** Files of deleted logs that one slice removes: freeing 16 MiB takes a file system some six milliseconds. */
const DOOMED_FILES = 1;
const NOTHING: Frees = { freesBytes: 0, pinnedBytes: 0 };
const FIRST_COMMIT = 1;
const FIRST_INODE_LIMIT = 2;

export type KeeperOptions = Pick<HistoryParts, "device" | "storeDir" | "log" | "slices">;

/**
 * Owns what exists: journal, forks, deletion, history and figures of one store. All of it on one thread, one request at a
 * time, so a fork never races a deletion. Writers run elsewhere and publish their heads in shared memory.
 */
export class Keeper {
  readonly #device: Device;
  readonly #storeDir: string;
  readonly #log: Log;
  readonly #reader: LogReader;
  readonly #catalogue = new Catalogue();
  readonly #journal: Journal;
  readonly #heads: LogHeads;
  readonly #bytes: SegmentBytes;
  readonly #history: History;
  readonly #doomed: DoomedLogs;

  /** Opens or makes the store: reads the journal and removes what a crash left half made or half removed. */
  constructor(options: KeeperOptions) {
    const { device, storeDir, log } = options;
    this.#device = device;
    this.#storeDir = storeDir;
    this.#log = log;
    this.#reader = new LogReader(device, storeDir, DESCRIPTORS);
    const storeEpoch = StoreEpoch.allocate();
    this.#heads = new LogHeads({
      ...{ device, storeDir, reader: this.#reader, log, storeEpoch },
      newestKnown: (number) => this.#catalogue.newestKnown(number),
    });
    this.#bytes = new SegmentBytes(device, storeDir);
    this.#doomed = new DoomedLogs({ device, storeDir, log });
    device.mkdir(logsPath(storeDir));
    const { journal, records, isSettled } = openTidyJournal(this.#catalogue, options);
    this.#journal = journal;
    this.#history = new History({
      ...{ ...options, reader: this.#reader },
      catalogue: this.#catalogue,
      heads: this.#heads,
      bytes: this.#bytes,
      epoch: new StoreEpoch(storeEpoch),
      record: (fact) => this.#record(fact),
    });
    const last = records.at(-1);
    if (last?.type === "created" && !isSettled) this.#undoIncomplete(last);
    this.#settleJournal();
    this.#removeUnneededLogs();
    for (const needed of this.#catalogue.computeNeededLogs()) removeStrayFiles(device, storeDir, needed);
  }

  create(volumeId: string, nowMicros: number): VolumeInfo {
    const found = this.find(volumeId);
    if (found) return found;
    assertVolumeId(volumeId);
    const root = {
      commit: FIRST_COMMIT,
      micros: nowMicros,
      mappedBlocks: 0,
      inodeLimit: FIRST_INODE_LIMIT,
      tableHeight: 0,
      tableRoot: HOLE,
      frames: [],
    };
    this.#add({ type: "created", volumeId, log: this.#catalogue.nextLog, source: undefined, path: [] }, root);
    return this.#infoOf(this.#get(volumeId));
  }

  /** `at`: a moment of the source that is kept; the newest commit when it is not given. */
  fork(of: { sourceId: string; volumeId: string; at?: At | undefined }, nowMicros: number): ForkResult {
    const found = this.#catalogue.find(of.volumeId);
    if (found) return this.#forkResultOf(found, of.sourceId);
    assertVolumeId(of.volumeId);
    const source = this.#get(of.sourceId);
    const chosen = of.at && this.#history.choose(source, of.at, nowMicros);
    const frame = this.#reader.getFrame(chosen?.place ?? this.#heads.placeOf(source)).header;
    const root = resolveRoot(this.#reader, frame);
    const base = { commit: root.commit, micros: root.micros };
    // A source that wrote nothing since its own beginning has no block in its log: the fork does not depend on it.
    const step: PathStep[] = frame.kind === FRAME_KIND.root ? [] : [{ log: source.log, commit: base.commit }];
    this.#add(
      {
        type: "created",
        volumeId: of.volumeId,
        log: this.#catalogue.nextLog,
        source: { log: source.log, base },
        path: [...source.path, ...step],
      },
      { ...root, commit: base.commit + 1, micros: Math.max(nowMicros, base.micros + 1) },
    );
    return { ...this.#infoOf(this.#get(of.volumeId)), base, ...(chosen?.receipt ?? NOTHING_LEFT_OUT) };
  }

  delete(volumeId: string): void {
    const volume = this.#catalogue.find(volumeId);
    if (!volume) return;
    if (this.#heads.hasWriter(volume.log))
      throw new AppError("CONFLICT", `Volume ${volumeId} is being written and cannot be deleted now.`);
    this.#record({ type: "deleted", log: volume.log });
    for (const step of [...volume.path, volume]) this.#history.volumeWent(step.log);
    for (const log of this.#unneededLogs()) {
      this.#forgetLog(log);
      this.#doomed.add(log);
    }
  }

  find(volumeId: string): VolumeInfo | undefined {
    const volume = this.#catalogue.find(volumeId);
    return volume && this.#infoOf(volume);
  }

  /** One damaged volume does not hide the others: it is logged and left out, and `find` says what is wrong with it. */
  list(): VolumeInfo[] {
    return [...answerEach(this.#log, this.#catalogue.living, (volume) => this.#infoOf(volume)).values()];
  }

  storage(volumeIds: readonly string[]): Map<string, VolumeStorage> {
    return this.#each(volumeIds, (volume) => ({
      logicalBytes: this.#heads.get(volume).mappedBlocks * BLOCK_BYTES,
      writtenBytes: this.#bytes.ofLog(volume.log, this.#heads.hasWriter(volume.log)),
    }));
  }

  openWriter(volumeId: string): WriterTicket {
    this.#journal.refuseDoubt();
    const volume = this.#get(volumeId);
    this.#history.refuseLostCommits(volume);
    const ticket = this.#heads.openWriter(volume);
    this.#bytes.forget(volume.log);
    return ticket;
  }

  /** Only after the writing thread has ended. What it made durable without publishing it is found on the disk. */
  releaseWriter(logId: number): void {
    this.#heads.releaseWriter(logId);
    this.#bytes.forget(logId);
  }

  window(volumeId: string, nowMicros: number): Window {
    return this.#history.window(this.#get(volumeId), nowMicros);
  }

  resolve(volumeId: string, at: At, nowMicros: number): Resolved {
    return this.#history.resolve(this.#get(volumeId), at, nowMicros);
  }

  histogram(volumeId: string, span: { fromMicros: number; toMicros: number; buckets: number }): Bucket[] {
    return this.#history.histogram(this.#get(volumeId), span);
  }

  setRetention(volumeId: string, retention: Retention): void {
    this.#history.setRetention(this.#get(volumeId), retention);
  }

  takeSnapshot(
    volumeId: string,
    snapshot: { snapshotId: string; name: string; kind: SnapshotKind; at?: At | undefined },
    nowMicros: number,
  ): Snapshot {
    return this.#history.takeSnapshot(this.#get(volumeId), snapshot, nowMicros);
  }

  deleteSnapshot(volumeId: string, snapshotId: string): void {
    this.#history.removeMark(this.#get(volumeId), snapshotId, ["manual", "scheduled"]);
  }

  hold(volumeId: string, hold: { holdId: string; at: At; untilMicros: number }, nowMicros: number): Hold {
    return this.#history.hold(this.#get(volumeId), hold, nowMicros);
  }

  releaseHold(volumeId: string, holdId: string): void {
    this.#history.removeMark(this.#get(volumeId), holdId, ["hold"]);
  }

  guard(volumeId: string, guard: { guardId: string; commit: number }): void {
    this.#history.guard(this.#get(volumeId), guard);
  }

  figures(volumeIds: readonly string[]): Map<string, LogFigures> {
    return this.#each(volumeIds, (volume) => this.#history.figuresOf(volume.log));
  }

  /** Sums over all logs, those of deleted volumes too; the store's other files; and the disk, which they equal together. */
  totals(): { logs: LogFigures; systemBytes: number; diskBytes: number } {
    const totals = this.#history.totals();
    const logs = { ...totals, garbageBytes: totals.garbageBytes + this.#doomed.diskBytes };
    const systemBytes = this.#device.allocatedBytes(journalPath(this.#storeDir));
    const { headBytes, historyBytes, keptForForksBytes, garbageBytes, metadataBytes } = logs;
    const logBytes = headBytes + historyBytes + keptForForksBytes + garbageBytes + metadataBytes;
    return { logs, systemBytes, diskBytes: systemBytes + logBytes };
  }

  frees(volumeIds: readonly string[]): Frees {
    return this.#history.frees(volumeIds.flatMap((volumeId) => this.#catalogue.find(volumeId) ?? []));
  }

  freesEach(volumeIds: readonly string[]): Map<string, Frees> {
    const readable = this.#each(volumeIds, (volume) => {
      this.#history.catchUp(volume.log);
      return volume;
    });
    const volumes = [...readable.values()];
    const byLog = this.#history.freesEach(volumes);
    return new Map(volumes.map(({ volumeId, log }) => [volumeId, byLog.get(log) ?? NOTHING]));
  }

  /** Blocks that differ between two moments; the newest commit when none is given. */
  diff(
    from: { volumeId: string; commit?: number | undefined },
    to: { volumeId: string; commit?: number | undefined },
  ): readonly ChangedRange[] {
    const momentOf = (of: typeof from) => ({ volume: this.#get(of.volumeId), commit: of.commit });
    return this.#history.diff(momentOf(from), momentOf(to));
  }

  /** What the scrub found, once for each place. */
  damages(): ScrubReport {
    return this.#history.scrubReport;
  }

  /** Reads some more of the store to see whether it is still whole. */
  scrub(budgetBytes: number): void {
    this.#history.scrub(budgetBytes);
  }

  /** One bounded slice of upkeep: reading what was committed, narrowing windows, sweeping. True while more is due. */
  work(nowMicros: number): boolean {
    return unlessDiskFails(
      this.#log,
      false,
      () => this.#doomed.removeSome(DOOMED_FILES) || this.#history.work(nowMicros),
    );
  }

  /**
   * What a rewriter is to do next to give space back; it is answered by `finishRewrite` or `abandonRewrite`. While something
   * has to be made durable first: one step of that.
   */
  nextRewrite(mode: "due" | "all", nowMicros: number): RewriteJob | "saving" | undefined {
    return unlessDiskFails(this.#log, undefined, () => this.#history.collection.next(mode, nowMicros));
  }

  finishRewrite(job: RewriteJob, result: RewriteResult): void {
    unlessDiskFails(this.#log, undefined, () => this.#history.collection.finish(job, result));
  }

  abandonRewrite(job: RewriteJob): void {
    this.#history.collection.abandon(job);
  }

  close(): void {
    this.#reader.close();
    this.#journal.close();
  }

  #each<Answer>(volumeIds: readonly string[], answer: (volume: CreatedRecord) => Answer): Map<string, Answer> {
    const volumes = volumeIds.flatMap((volumeId) => this.#catalogue.find(volumeId) ?? []);
    return answerEach(this.#log, volumes, answer);
  }

  #record(fact: Fact): void {
    this.#journal.append(fact);
    this.#catalogue.apply(fact);
    this.#settleJournal();
  }

  /** Journal first, then the log; what fails in between is taken back. */
  #add(record: CreatedRecord, root: ResolvedRoot): void {
    this.#journal.append(record);
    this.#catalogue.apply(record);
    try {
      createLog(this.#device, this.#storeDir, { number: record.log, root });
      this.#heads.noteNew(record);
    } catch (error) {
      this.#takeBack(record);
      throw toVolumeError(error, `making volume ${record.volumeId}`);
    }
    this.#settleJournal();
  }

  /** Proves the journal's last record, as an idle frame proves a commit. When it fails only that proof is missing. */
  #settleJournal(): void {
    try {
      this.#journal.settle();
    } catch (error) {
      this.#log.warn({ error }, "the journal's last record could not be proven");
    }
  }

  /** The journal forgets it first: it needs no room for that, and what is left of the log is then nobody's. */
  #takeBack(record: CreatedRecord): void {
    this.#catalogue.retract(record);
    this.#journal.retract();
    this.#removeUnneededLogs();
  }

  /** Only the journal's last record can be of a volume whose log was not completely made: nobody was told of it. */
  #undoIncomplete(record: CreatedRecord): void {
    if (this.#heads.find(record)) {
      this.#device.syncDirectory(logsPath(this.#storeDir));
      return;
    }
    this.#log.warn({ volumeId: record.volumeId }, "removing a volume whose creation was cut off");
    this.#takeBack(record);
  }

  #removeUnneededLogs(): void {
    for (const log of this.#unneededLogs()) {
      this.#forgetLog(log);
      try {
        removeLog(this.#device, this.#storeDir, log);
      } catch (error) {
        // The journal does not have it, so the next opening tries again.
        this.#log.warn({ log, error }, "a deleted log could not be removed yet");
      }
    }
  }

  #unneededLogs(): number[] {
    const needed = this.#catalogue.computeNeededLogs();
    return toLogNumbers(this.#device.readdir(logsPath(this.#storeDir))).filter((log) => !needed.has(log));
  }

  #forgetLog(log: number): void {
    this.#heads.forget(log);
    this.#bytes.forget(log);
    this.#history.forget(log);
  }

  #get(volumeId: string): CreatedRecord {
    const volume = this.#catalogue.find(volumeId);
    if (!volume) throw new AppError("NOT_FOUND", `There is no volume ${volumeId}.`);
    return volume;
  }

  #infoOf(volume: CreatedRecord): VolumeInfo {
    const { commit, micros } = this.#heads.get(volume);
    return { volumeId: volume.volumeId, head: { commit, micros }, ancestors: this.#catalogue.ancestorsOf(volume) };
  }

  #forkResultOf(volume: CreatedRecord, sourceId: string): ForkResult {
    const info = this.#infoOf(volume);
    if (info.ancestors.at(-1) !== sourceId || !volume.source)
      throw new AppError("CONFLICT", `Volume ${volume.volumeId} is there already and is no fork of ${sourceId}.`);
    return { ...info, base: volume.source.base, ...this.#history.receiptOf(volume.source) };
  }
}

function assertVolumeId(volumeId: string): void {
  if (volumeId === "" || Buffer.byteLength(volumeId) > 200)
    throw new AppError("INVALID_REQUEST", "A volume's id has between 1 and 200 bytes.");
}
