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
  Guard,
  Hold,
  LogFigures,
  LogShare,
  Resolved,
  Retention,
  ScrubReport,
  Snapshot,
  SnapshotKind,
  Window,
} from "../history-types";
import type { Catalogue } from "../journal/catalogue";
import type { CreatedRecord, PathStep } from "../journal/journal-records";
import { RESERVE_SIZES } from "../limits";
import { BLOCK_BYTES, HOLE } from "../log/format";
import { FRAME_KIND } from "../log/frame";
import { createLog } from "../log/log-create";
import { LogReader } from "../log/log-reader";
import { type ResolvedRoot, resolveRoot } from "../log/resolved-root";
import { StoreEpoch } from "../log/store-epoch";
import { journalPath } from "../log/store-paths";
import { History, type HistoryParts } from "../retention/history";
import { NOTHING_LEFT_OUT } from "../retention/moments";
import type { ForkResult, VolumeInfo, VolumeStorage, WriterTicket } from "../store-types";
import { DoomedLogs } from "./doomed-logs";
import { answerEach, unlessDiskFails } from "./failures";
import { LogHeads } from "./heads";
import { Inventory } from "./inventory";
import { ReserveUpkeep } from "./reserve-upkeep";
import { removeStrayFiles } from "./stray-files";

// The keeper reads frames and map nodes only, of one log at a time.
const DESCRIPTORS = 64;
/** Files of deleted logs that one slice removes: freeing 16 MiB takes a file system some six milliseconds. */
const DOOMED_FILES = 1;
const NOTHING: Frees = { freesBytes: 0, pinnedBytes: 0 };
const FIRST_COMMIT = 1;
const FIRST_INODE_LIMIT = 2;

export interface KeeperOptions extends Pick<HistoryParts, "device" | "storeDir" | "log" | "slices"> {
  /** Pieces of the reserve of room; what `limits.ts` says when it is not given. */
  readonly reserveSizes?: readonly number[];
}

/**
 * Owns what exists: journal, forks, deletion, history and figures of one store. All of it on one thread, one request at a
 * time, so a fork never races a deletion. Writers run elsewhere and publish their heads in shared memory.
 */
export class Keeper {
  readonly #device: Device;
  readonly #storeDir: string;
  readonly #log: Log;
  readonly #reader: LogReader;
  readonly #inventory: Inventory;
  readonly #catalogue: Catalogue;
  readonly #heads: LogHeads;
  readonly #bytes: SegmentBytes;
  readonly #history: History;
  readonly #doomed: DoomedLogs;
  readonly #reserve: ReserveUpkeep;

  /** Opens or makes the store: reads the journal and removes what a crash left half made or half removed. */
  constructor(options: KeeperOptions) {
    const { device, storeDir, log } = options;
    this.#device = device;
    this.#storeDir = storeDir;
    this.#log = log;
    this.#reader = new LogReader(device, storeDir, DESCRIPTORS);
    this.#inventory = new Inventory({ device, storeDir, log, forgetLog: (number) => this.#forgetLog(number) });
    this.#catalogue = this.#inventory.catalogue;
    const storeEpoch = StoreEpoch.allocate();
    this.#heads = new LogHeads({
      ...{ device, storeDir, reader: this.#reader, log, storeEpoch },
      newestKnown: (number) => this.#catalogue.newestKnown(number),
    });
    this.#bytes = new SegmentBytes(device, storeDir);
    this.#doomed = new DoomedLogs({ device, storeDir, log });
    this.#reserve = new ReserveUpkeep({ device, storeDir, sizes: options.reserveSizes ?? RESERVE_SIZES });
    this.#history = new History({
      ...{ ...options, reader: this.#reader },
      catalogue: this.#catalogue,
      heads: this.#heads,
      bytes: this.#bytes,
      epoch: new StoreEpoch(storeEpoch),
      record: (fact) => this.#inventory.record(fact),
    });
    this.#inventory.mend((volume) => this.#heads.findDurable(volume) !== undefined);
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
    return this.#infoOf(this.#inventory.get(volumeId));
  }

  /** `at`: a moment of the source that is kept; the newest commit when it is not given. */
  fork(of: { sourceId: string; volumeId: string; at?: At | undefined }, nowMicros: number): ForkResult {
    const found = this.#catalogue.find(of.volumeId);
    if (found) return this.#forkResultOf(found, of.sourceId);
    assertVolumeId(of.volumeId);
    const source = this.#inventory.get(of.sourceId);
    this.#heads.getDurable(source);
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
    return { ...this.#infoOf(this.#inventory.get(of.volumeId)), base, ...(chosen?.receipt ?? NOTHING_LEFT_OUT) };
  }

  delete(volumeId: string): void {
    const volume = this.#catalogue.find(volumeId);
    if (!volume) return;
    if (this.#heads.hasWriter(volume.log))
      throw new AppError("CONFLICT", `Volume ${volumeId} is being written and cannot be deleted now.`);
    this.#inventory.record({ type: "deleted", log: volume.log });
    for (const step of [...volume.path, volume]) this.#history.volumeWent(step.log);
    for (const log of this.#inventory.unneededLogs()) {
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
    this.#inventory.refuseDoubt();
    const volume = this.#inventory.get(volumeId);
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
    return this.#history.window(this.#inventory.get(volumeId), nowMicros);
  }

  resolve(volumeId: string, at: At, nowMicros: number): Resolved {
    return this.#history.resolve(this.#inventory.get(volumeId), at, nowMicros);
  }

  histogram(volumeId: string, span: { fromMicros: number; toMicros: number; buckets: number }): Bucket[] {
    return this.#history.histogram(this.#inventory.get(volumeId), span);
  }

  setRetention(volumeId: string, retention: Retention): void {
    this.#history.setRetention(this.#inventory.get(volumeId), retention);
  }

  takeSnapshot(
    volumeId: string,
    snapshot: { snapshotId: string; name: string; kind: SnapshotKind; at?: At | undefined },
    nowMicros: number,
  ): Snapshot {
    return this.#history.takeSnapshot(this.#inventory.get(volumeId), snapshot, nowMicros);
  }

  deleteSnapshot(volumeId: string, snapshotId: string): void {
    this.#history.removeMark(this.#inventory.get(volumeId), snapshotId, ["manual", "scheduled"]);
  }

  hold(volumeId: string, hold: { holdId: string; at: At; untilMicros: number }, nowMicros: number): Hold {
    return this.#history.hold(this.#inventory.get(volumeId), hold, nowMicros);
  }

  releaseHold(volumeId: string, holdId: string): void {
    this.#history.removeMark(this.#inventory.get(volumeId), holdId, ["hold"]);
  }

  guard(volumeId: string, guards: readonly Guard[]): void {
    this.#history.guard(this.#inventory.get(volumeId), guards);
  }

  figures(volumeIds: readonly string[]): Map<string, LogFigures> {
    return this.#each(volumeIds, (volume) => this.#history.accounts.figuresOf(volume.log));
  }

  /** Sums over all logs, those of deleted volumes too; the store's other files; and the disk, which they equal together. */
  totals(): { logs: LogFigures; systemBytes: number; diskBytes: number } {
    const totals = this.#history.accounts.totals();
    const logs = { ...totals, garbageBytes: totals.garbageBytes + this.#doomed.diskBytes };
    const systemBytes = this.#storesOwnBytes();
    const { headBytes, historyBytes, keptForForksBytes, garbageBytes, metadataBytes } = logs;
    const logBytes = headBytes + historyBytes + keptForForksBytes + garbageBytes + metadataBytes;
    return { logs, systemBytes, diskBytes: systemBytes + logBytes };
  }

  frees(volumeIds: readonly string[]): Frees {
    return this.#history.accounts.frees(volumeIds.flatMap((volumeId) => this.#catalogue.find(volumeId) ?? []));
  }

  freesEach(volumeIds: readonly string[]): Map<string, Frees> {
    const readable = this.#each(volumeIds, (volume) => {
      this.#history.accounts.catchUp(volume.log);
      return volume;
    });
    const volumes = [...readable.values()];
    const byLog = this.#history.accounts.freesEach(volumes);
    return new Map(volumes.map(({ volumeId, log }) => [volumeId, byLog.get(log) ?? NOTHING]));
  }

  /** The whole disk, log by log, and what of each is kept for one volume alone. */
  shares(): { logs: LogShare[]; otherBytes: number } {
    const logs = this.#history.accounts.shares();
    const storage = this.storage(logs.flatMap(({ volumeId, isLiving }) => (isLiving ? [volumeId] : [])));
    return {
      logs: logs.map((log) => ({ ...log, logicalBytes: storage.get(log.volumeId)?.logicalBytes ?? 0 })),
      otherBytes: this.#storesOwnBytes() + this.#doomed.diskBytes,
    };
  }

  /** Blocks that differ between two moments; the newest commit when none is given. */
  diff(
    from: { volumeId: string; commit?: number | undefined },
    to: { volumeId: string; commit?: number | undefined },
  ): readonly ChangedRange[] {
    const momentOf = (of: typeof from) => ({ volume: this.#inventory.get(of.volumeId), commit: of.commit });
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
    const work = () =>
      this.#doomed.removeSome(DOOMED_FILES) || this.#reserve.work(nowMicros) || this.#history.work(nowMicros);
    return unlessDiskFails(this.#log, false, work);
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

  /** On a full disk: true when it may be tried again at once. */
  makeRoomFor(job: RewriteJob): boolean {
    return this.#reserve.makeRoomFor(job);
  }

  abandonRewrite(job: RewriteJob): void {
    this.#history.collection.abandon(job);
  }

  close(): void {
    this.#reader.close();
    this.#inventory.close();
  }

  #each<Answer>(volumeIds: readonly string[], answer: (volume: CreatedRecord) => Answer): Map<string, Answer> {
    const volumes = volumeIds.flatMap((volumeId) => this.#catalogue.find(volumeId) ?? []);
    return answerEach(this.#log, volumes, answer);
  }

  #storesOwnBytes(): number {
    return this.#device.allocatedBytes(journalPath(this.#storeDir)) + this.#reserve.diskBytes;
  }

  #add(record: CreatedRecord, root: ResolvedRoot): void {
    this.#inventory.add(record, () => {
      createLog(this.#device, this.#storeDir, { number: record.log, root });
      this.#heads.noteNew(record);
    });
  }

  #forgetLog(log: number): void {
    this.#heads.forget(log);
    this.#bytes.forget(log);
    this.#history.forget(log);
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
