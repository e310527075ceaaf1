import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import type { Log } from "@/lib/std/log";
import { Catalogue } from "./catalogue";
import type { Device } from "./device";
import { BLOCK_BYTES, HOLE } from "./format";
import { FRAME_KIND } from "./frame";
import { HeadCell, type PublishedHead } from "./head-cell";
import { Journal } from "./journal";
import type { CreatedRecord, PathStep } from "./journal-records";
import { createLog } from "./log-create";
import { LogReader } from "./log-reader";
import { removeLog } from "./log-remove";
import { findLogTail, type LogTail } from "./log-tail";
import { type ResolvedRoot, resolveRoot } from "./resolved-root";
import { logPath, logsPath, segmentPath, toLogNumbers, toSegmentNumbers } from "./store-paths";
import type { ForkResult, VolumeInfo, VolumeStorage, WriterTicket } from "./store-types";
import { toVolumeError, VolumeError } from "./volume-error";

// The keeper reads frames only, of one log at a time.
const DESCRIPTORS = 64;
const FIRST_COMMIT = 1;
const FIRST_INODE_LIMIT = 2;

export interface KeeperOptions {
  readonly device: Device;
  readonly storeDir: string;
  readonly log: Log;
}

interface OpenLog {
  readonly cell: HeadCell;
}

/**
 * Owns what exists: journal, forks, deletion and figures of one store. All of it on one thread, one request at a time, so a
 * fork never races a deletion. Writers run elsewhere and publish their heads in shared memory.
 */
export class Keeper {
  readonly #device: Device;
  readonly #storeDir: string;
  readonly #log: Log;
  readonly #reader: LogReader;
  readonly #catalogue = new Catalogue();
  readonly #journal: Journal;
  readonly #writers = new Map<number, OpenLog>();
  /** Tails of logs without a writer, once they were asked for. */
  readonly #tails = new Map<number, LogTail>();
  /** Bytes on disk of segments that will not grow any more, by log and segment. */
  readonly #sealedBytes = new Map<number, Map<number, number>>();

  /** Opens or makes the store: reads the journal and removes what a crash left half made or half removed. */
  constructor(options: KeeperOptions) {
    this.#device = options.device;
    this.#storeDir = options.storeDir;
    this.#log = options.log;
    this.#reader = new LogReader(options.device, options.storeDir, DESCRIPTORS);
    this.#device.mkdir(logsPath(this.#storeDir));
    const { journal, records, isSettled } = Journal.open(this.#device, this.#storeDir);
    this.#journal = journal;
    for (const record of records) this.#catalogue.apply(record);
    const last = records.at(-1);
    if (last?.type === "created" && !isSettled) this.#undoIncomplete(last);
    this.#settleJournal();
    this.#removeUnneededLogs();
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

  fork(ids: { sourceId: string; volumeId: string }, nowMicros: number): ForkResult {
    const found = this.#catalogue.find(ids.volumeId);
    if (found) return this.#forkResultOf(found, ids.sourceId);
    assertVolumeId(ids.volumeId);
    const source = this.#get(ids.sourceId);
    const frame = this.#reader.getFrame(this.#headPlaceOf(source)).header;
    const root = resolveRoot(this.#reader, frame);
    const base = { commit: root.commit, micros: root.micros };
    // A source that wrote nothing since its own beginning has no block in its log: the fork does not depend on it.
    const step: PathStep[] = frame.kind === FRAME_KIND.root ? [] : [{ log: source.log, commit: base.commit }];
    this.#add(
      {
        type: "created",
        volumeId: ids.volumeId,
        log: this.#catalogue.nextLog,
        source: { log: source.log, base },
        path: [...source.path, ...step],
      },
      { ...root, commit: base.commit + 1, micros: Math.max(nowMicros, base.micros + 1) },
    );
    return this.#forkResultOf(this.#get(ids.volumeId), ids.sourceId);
  }

  delete(volumeId: string): void {
    const volume = this.#catalogue.find(volumeId);
    if (!volume) return;
    if (this.#writers.has(volume.log))
      throw new AppError("CONFLICT", `Volume ${volumeId} is being written and cannot be deleted now.`);
    const record = { type: "deleted", log: volume.log } as const;
    this.#journal.append(record);
    this.#catalogue.apply(record);
    this.#settleJournal();
    this.#removeUnneededLogs();
  }

  find(volumeId: string): VolumeInfo | undefined {
    const volume = this.#catalogue.find(volumeId);
    return volume && this.#infoOf(volume);
  }

  /** One damaged volume does not hide the others: it is logged and left out, and `find` says what is wrong with it. */
  list(): VolumeInfo[] {
    return this.#catalogue.living.flatMap((volume) => this.#unlessDamaged(volume, () => this.#infoOf(volume)));
  }

  storage(volumeIds: readonly string[]): Map<string, VolumeStorage> {
    const figures = new Map<string, VolumeStorage>();
    for (const volumeId of volumeIds) {
      const volume = this.#catalogue.find(volumeId);
      if (!volume) continue;
      for (const figure of this.#unlessDamaged(volume, () => this.#figuresOf(volume))) figures.set(volumeId, figure);
    }
    return figures;
  }

  openWriter(volumeId: string): WriterTicket {
    this.#journal.refuseDoubt();
    const volume = this.#get(volumeId);
    if (this.#writers.has(volume.log)) throw new AppError("CONFLICT", `Volume ${volumeId} already has a writer.`);
    const tail = this.#tailOf(volume);
    this.#removeStrays(volume, tail.strays);
    const headCell = HeadCell.allocate(
      { nextSegment: tail.nextSegment, sealedSegment: tail.segment, sealedUnits: tail.endUnit },
      toPublishedHead(tail),
    );
    this.#writers.set(volume.log, { cell: new HeadCell(headCell) });
    return { storeDir: this.#storeDir, volumeId, logId: volume.log, headCell };
  }

  /** Only after the writing thread has ended. What it made durable without publishing it is found on the disk. */
  releaseWriter(logId: number): void {
    this.#writers.delete(logId);
    this.#forgetLog(logId);
  }

  close(): void {
    this.#reader.close();
    this.#journal.close();
  }

  #figuresOf(volume: CreatedRecord): VolumeStorage {
    const logicalBytes = this.#headOf(volume).mappedBlocks * BLOCK_BYTES;
    return { logicalBytes, writtenBytes: this.#writtenBytesOf(volume.log) };
  }

  #unlessDamaged<Result>(volume: CreatedRecord, read: () => Result): Result[] {
    try {
      return [read()];
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      this.#log.error({ volumeId: volume.volumeId, error }, "a volume cannot be read");
      return [];
    }
  }

  /** Journal first, then the log; what fails in between is taken back. */
  #add(record: CreatedRecord, root: ResolvedRoot): void {
    this.#journal.append(record);
    this.#catalogue.apply(record);
    try {
      createLog(this.#device, this.#storeDir, { number: record.log, root });
      this.#readTail(record);
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
    if (this.#findTail(record)) {
      this.#device.syncDirectory(logsPath(this.#storeDir));
      return;
    }
    this.#log.warn({ volumeId: record.volumeId }, "removing a volume whose creation was cut off");
    this.#takeBack(record);
  }

  #removeUnneededLogs(): void {
    const needed = this.#catalogue.computeNeededLogs();
    for (const log of toLogNumbers(this.#device.readdir(logsPath(this.#storeDir)))) {
      if (needed.has(log)) continue;
      this.#forgetLog(log);
      this.#sealedBytes.delete(log);
      try {
        removeLog(this.#device, this.#storeDir, log);
      } catch (error) {
        // The journal has it deleted, so the next deletion or opening tries again.
        this.#log.warn({ log, error }, "a deleted log could not be removed yet");
      }
    }
  }

  /** Segments that a writer began and never committed to. */
  #removeStrays(volume: CreatedRecord, segments: readonly number[]): void {
    if (segments.length === 0) return;
    this.#reader.forget(volume.log);
    for (const segment of segments)
      try {
        this.#device.unlink(segmentPath(this.#storeDir, volume.log, segment));
      } catch (error) {
        this.#log.warn({ volumeId: volume.volumeId, segment, error }, "a stray segment could not be removed yet");
      }
  }

  #forgetLog(log: number): void {
    this.#tails.delete(log);
    this.#reader.forget(log);
  }

  #get(volumeId: string): CreatedRecord {
    const volume = this.#catalogue.find(volumeId);
    if (!volume) throw new AppError("NOT_FOUND", `There is no volume ${volumeId}.`);
    return volume;
  }

  #infoOf(volume: CreatedRecord): VolumeInfo {
    const { commit, micros } = this.#headOf(volume);
    return { volumeId: volume.volumeId, head: { commit, micros }, ancestors: this.#catalogue.ancestorsOf(volume) };
  }

  #forkResultOf(volume: CreatedRecord, sourceId: string): ForkResult {
    const info = this.#infoOf(volume);
    if (info.ancestors.at(-1) !== sourceId || !volume.source)
      throw new AppError("CONFLICT", `Volume ${volume.volumeId} is there already and is no fork of ${sourceId}.`);
    return {
      ...info,
      base: volume.source.base,
      firstLeftOutMicros: undefined,
      exact: true,
      momentsMissing: 0,
      snapshotId: undefined,
    };
  }

  #headOf(volume: CreatedRecord): PublishedHead {
    return this.#writers.get(volume.log)?.cell.read() ?? toPublishedHead(this.#tailOf(volume));
  }

  #headPlaceOf(volume: CreatedRecord) {
    const { segment, unit } = this.#headOf(volume);
    return { log: volume.log, segment, unit };
  }

  #tailOf(volume: CreatedRecord): LogTail {
    const tail = this.#findTail(volume);
    if (!tail) throw new VolumeError("EIO", `The first record of volume ${volume.volumeId} is damaged.`);
    return tail;
  }

  #findTail(volume: CreatedRecord): LogTail | undefined {
    assert(!this.#writers.has(volume.log), "a log with a writer ends where the writer says");
    const known = this.#tails.get(volume.log);
    if (known) return known;
    try {
      const tail = this.#readTail(volume);
      // Before anything is built on its last frame: a writer that was killed may have left it with the system only.
      if (tail) this.#reader.sync(volume.log, tail.segment);
      return tail;
    } catch (error) {
      this.#tails.delete(volume.log);
      throw toVolumeError(error, `reading volume ${volume.volumeId}`);
    }
  }

  #readTail(volume: CreatedRecord): LogTail | undefined {
    const tail = findLogTail(this.#reader, volume.log, this.#segmentsOf(volume.log));
    if (tail) this.#tails.set(volume.log, tail);
    return tail;
  }

  #segmentsOf(log: number): number[] {
    return toSegmentNumbers(this.#device.readdir(logPath(this.#storeDir, log)));
  }

  #writtenBytesOf(log: number): number {
    const segments = this.#segmentsOf(log);
    const sealed = this.#sealedBytes.get(log) ?? new Map<number, number>();
    this.#sealedBytes.set(log, sealed);
    let bytes = 0;
    for (const [index, segment] of segments.entries()) {
      const known = sealed.get(segment);
      const now = known ?? this.#device.allocatedBytes(segmentPath(this.#storeDir, log, segment));
      if (known === undefined && index < segments.length - 1) sealed.set(segment, now);
      bytes += now;
    }
    return bytes;
  }
}

function toPublishedHead({ head }: LogTail): PublishedHead {
  const { commit, micros, mappedBlocks, moments, place } = head;
  return { commit, micros, mappedBlocks, moments, segment: place.segment, unit: place.unit };
}

function assertVolumeId(volumeId: string): void {
  if (volumeId === "" || Buffer.byteLength(volumeId) > 200)
    throw new AppError("INVALID_REQUEST", "A volume's id has between 1 and 200 bytes.");
}
