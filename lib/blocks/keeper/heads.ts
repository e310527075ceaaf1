import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import type { Log } from "@/lib/std/log";
import type { Device } from "../device/device";
import type { CreatedRecord } from "../journal/journal-records";
import type { Place } from "../log/format";
import { FRAME_KIND, isIdle } from "../log/frame";
import { HeadCell, type PublishedHead } from "../log/head-cell";
import type { LogReader } from "../log/log-reader";
import { findLogTail, type LogTail } from "../log/log-tail";
import { logPath, segmentPath, toSegmentNumbers } from "../log/store-paths";
import type { WriterTicket } from "../store-types";
import { toVolumeError, VolumeError } from "../volume-error";

export interface LogHeadsParts {
  readonly device: Device;
  readonly storeDir: string;
  readonly reader: LogReader;
  readonly log: Log;
  /** The newest commit of a log that the journal speaks of: it was whole once, so a log that ends before it is damaged. */
  newestKnown(log: number): number;
  /** Shared memory that tells readers which files were replaced. */
  readonly storeEpoch: SharedArrayBuffer;
}

/** Where each log ends: as its writer says while there is one, else as it is found on the disk. */
export class LogHeads {
  readonly #parts: LogHeadsParts;
  readonly #writers = new Map<number, HeadCell>();
  /** Tails of logs without a writer, once they were asked for. */
  readonly #tails = new Map<number, LogTail>();
  /** Logs of which everything up to the end is surely on the platter. */
  readonly #durable = new Set<number>();

  constructor(parts: LogHeadsParts) {
    this.#parts = parts;
  }

  hasWriter(log: number): boolean {
    return this.#writers.has(log);
  }

  get writing(): Iterable<number> {
    return this.#writers.keys();
  }

  get(volume: CreatedRecord): PublishedHead {
    return this.#writers.get(volume.log)?.read() ?? toPublishedHead(this.#tailOf(volume));
  }

  /** The same when something durable is to be built on the log's last frame. */
  getDurable(volume: CreatedRecord): PublishedHead {
    if (!this.hasWriter(volume.log)) this.findDurable(volume);
    return this.get(volume);
  }

  placeOf(volume: CreatedRecord): Place {
    const { segment, unit } = this.getDurable(volume);
    return { log: volume.log, segment, unit };
  }

  /** The segment that may still grow; all before it are sealed. */
  openSegmentOf(volume: CreatedRecord): number {
    return this.#writers.get(volume.log)?.read().segment ?? this.#tailOf(volume).segment;
  }

  /** One writer per volume; it begins where the log ends. */
  openWriter(volume: CreatedRecord): WriterTicket {
    if (this.hasWriter(volume.log)) throw new AppError("CONFLICT", `Volume ${volume.volumeId} already has a writer.`);
    this.findDurable(volume);
    const tail = this.#tailOf(volume);
    this.#removeStrays(volume, tail.strays);
    const headCell = HeadCell.allocate(
      { nextSegment: tail.nextSegment, sealedSegment: tail.segment, sealedUnits: tail.endUnit },
      toPublishedHead(tail),
    );
    this.#writers.set(volume.log, new HeadCell(headCell));
    const { storeDir, storeEpoch } = this.#parts;
    return { storeDir, volumeId: volume.volumeId, logId: volume.log, headCell, storeEpoch };
  }

  /** Only after the writing thread has ended. What it made durable without publishing it is found on the disk. */
  releaseWriter(log: number): void {
    this.#writers.delete(log);
    this.forget(log);
  }

  /** The log changed otherwise than by its writer, or is gone. */
  forget(log: number): void {
    this.#tails.delete(log);
    this.#durable.delete(log);
    this.#parts.reader.forget(log);
  }

  /** Undefined when the log has no whole first record. */
  find(volume: CreatedRecord): LogTail | undefined {
    assert(!this.hasWriter(volume.log), "a log with a writer ends where the writer says");
    const known = this.#tails.get(volume.log);
    if (known) return known;
    try {
      const tail = this.#read(volume);
      // A writer that was killed may have left its last commit with the system only.
      return tail && !isCommitDurable(tail) ? this.findDurable(volume) : tail;
    } catch (error) {
      this.#tails.delete(volume.log);
      throw toVolumeError(error, `reading volume ${volume.volumeId}`);
    }
  }

  /** The same, with its last frame durable: an idle frame may be with the system only, as it proves and promises nothing. */
  findDurable(volume: CreatedRecord): LogTail | undefined {
    const tail = this.#tails.get(volume.log) ?? this.find(volume);
    if (!tail || this.#durable.has(volume.log)) return tail;
    try {
      this.#parts.reader.sync(volume.log, tail.segment);
    } catch (error) {
      throw toVolumeError(error, `reading volume ${volume.volumeId}`);
    }
    this.#durable.add(volume.log);
    return tail;
  }

  /** Of a log that was just made and is durable. */
  noteNew(volume: CreatedRecord): void {
    this.#read(volume);
    this.#durable.add(volume.log);
  }

  #tailOf(volume: CreatedRecord): LogTail {
    const tail = this.find(volume);
    if (!tail) throw new VolumeError("EIO", `The first record of volume ${volume.volumeId} is damaged.`);
    const known = this.#parts.newestKnown(volume.log);
    if (tail.head.commit >= known) return tail;
    const ends = `Volume ${volume.volumeId} ends at commit ${tail.head.commit}`;
    throw new VolumeError("EIO", `${ends}, but commit ${known} was forked or kept: what follows is damaged.`);
  }

  #read(volume: CreatedRecord): LogTail | undefined {
    const { device, storeDir, reader } = this.#parts;
    const segments = toSegmentNumbers(device.readdir(logPath(storeDir, volume.log)));
    const tail = findLogTail(reader, volume.log, segments);
    if (tail) this.#tails.set(volume.log, tail);
    return tail;
  }

  /** Segments that a writer began and never committed to. */
  #removeStrays(volume: CreatedRecord, segments: readonly number[]): void {
    if (segments.length === 0) return;
    const { device, storeDir, reader, log } = this.#parts;
    reader.forget(volume.log);
    for (const segment of segments)
      try {
        device.unlink(segmentPath(storeDir, volume.log, segment));
      } catch (error) {
        log.warn({ volumeId: volume.volumeId, segment, error }, "a stray segment could not be removed yet");
      }
  }
}

/**
 * An idle frame is appended after the barrier of the commit that it proves, and a volume is not answered before its root is
 * durable: their logs need no barrier before they are asked about, which a thousand of them would take a second for.
 */
function isCommitDurable({ head, segment }: LogTail): boolean {
  return (isIdle(head) || head.kind === FRAME_KIND.root) && head.place.segment === segment;
}

function toPublishedHead({ head }: LogTail): PublishedHead {
  const { commit, micros, mappedBlocks, moments, place } = head;
  return { commit, micros, mappedBlocks, moments, segment: place.segment, unit: place.unit };
}
