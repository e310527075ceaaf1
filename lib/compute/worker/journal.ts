import type { CommitPoint, Volume } from "@/lib/blocks";
import type { Native } from "./native";

/** The stack ran over its end: a bug or a query too deep for it, and nobody knows what it wrote over. */
export class StackDamage extends Error {
  override name = "StackDamage";
}

/**
 * When the volume commits, and how much of Postgres's log is not yet in a commit or a checkpoint. The rule: nothing that
 * Postgres said after it wrote WAL leaves the worker before a commit. What it wrote without WAL rides along.
 */
export class Journal {
  readonly #volume: Pick<Volume, "commit" | "dirty" | "head" | "settle">;
  readonly #native: Native;
  #mustCommit = false;
  #flushedWal = 0;
  #checkpointedWal = 0;
  /** A transaction is in the log's files and in no commit yet. */
  #hasTransaction = false;
  /** What had been inserted when the last transaction was committed whose record is in memory only. */
  #promisedWal: number | undefined;
  #onMoment: (point: CommitPoint) => void = () => {};

  constructor(volume: Pick<Volume, "commit" | "dirty" | "head" | "settle">, native: Native) {
    this.#volume = volume;
    this.#native = native;
  }

  /**
   * Postgres writes its log either up to everything inserted so far (XLogFlush), or to make room while it inserts a record,
   * which is counted after the write. So what is counted at the last write is in the file.
   */
  onWalWrite(): void {
    this.#mustCommit = true;
    this.#flushedWal = this.#native.walBytesInserted();
  }

  /** Postgres renames what has to be durable without its log, such as the settings that ALTER SYSTEM wrote. */
  onRename(): void {
    this.#mustCommit = true;
  }

  /** Tells of each commit that carries a transaction. */
  onMoment(receive: (point: CommitPoint) => void): void {
    this.#onMoment = receive;
  }

  /** Postgres has committed a transaction. Unless `synchronous_commit` is off it has written its log up to here. */
  onTransaction(): void {
    if (this.hasUnflushedWal) this.#promisedWal = this.#native.walBytesInserted();
    else this.#hasTransaction = true;
  }

  /** A transaction was committed whose record is in memory only. */
  get hasPromise(): boolean {
    return this.#promisedWal !== undefined;
  }

  commitIfPromised(): void {
    if (this.#mustCommit) this.commit();
  }

  /** At an end that is in order, also what no log speaks of. */
  commitIfDirty(): void {
    if (this.#volume.dirty) this.commit();
  }

  commit(): CommitPoint {
    if (!this.#native.stackIsIntact()) throw new StackDamage("The stack ran over its end.");
    const moment = this.#carriesTransaction();
    const point = this.#volume.commit({ moment });
    this.#mustCommit = false;
    if (!moment) return point;
    this.#hasTransaction = false;
    this.#promisedWal = undefined;
    this.#onMoment(point);
    return point;
  }

  /**
   * What is only promised is in the files once all of the log is, and is not there if nothing was inserted since: pages are
   * written only for room, before the record that needs it. In between nobody can tell; it is counted in, as a moment
   * too early for a transaction does no harm and one too late does.
   */
  #carriesTransaction(): boolean {
    if (this.#hasTransaction) return true;
    if (this.#promisedWal === undefined) return false;
    return !this.hasUnflushedWal || this.#native.walBytesInserted() !== this.#promisedWal;
  }

  /** For quiet times: the last commit is proven, so that later damage to it is told from a torn write. */
  settle(): void {
    this.#volume.settle();
  }

  get head(): CommitPoint {
    return this.#volume.head;
  }

  /** WAL was inserted that is in memory only: a commit with `synchronous_commit=off` ends that way. */
  get hasUnflushedWal(): boolean {
    return this.#native.walBytesInserted() !== this.#flushedWal;
  }

  /** Writes the log out up to `insertPosition` (a pg_lsn as text) and commits. */
  flushTo(insertPosition: string): void {
    const inserted = this.#native.walBytesInserted();
    this.#native.flushWal(toEndPosition(parseLsn(insertPosition), BigInt(this.#native.walSegmentBytes)));
    this.commitIfPromised();
    this.#flushedWal = inserted;
  }

  /** A checkpoint has flushed the log before it wrote its own record. */
  onCheckpoint(): void {
    this.commitIfPromised();
    this.skipCheckpoint();
    this.#flushedWal = this.#checkpointedWal;
  }

  skipCheckpoint(): void {
    this.#checkpointedWal = this.#native.walBytesInserted();
  }

  get pendingWalBytes(): number {
    return this.#native.walBytesInserted() - this.#checkpointedWal;
  }
}

function parseLsn(text: string): bigint {
  const [high, low] = text.split("/");
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

const PAGE_BYTES = 8192n;
const PAGE_HEADER_BYTES = 24n;
const SEGMENT_HEADER_BYTES = 40n;

/**
 * The insert position is where the next record will start. At the start of a page that is behind a header which does not
 * exist yet, and a flush up to there would be refused as beyond the end of the log (xlog.c, XLogBytePosToEndRecPtr).
 */
export function toEndPosition(insertPosition: bigint, segmentBytes: bigint): bigint {
  if (insertPosition % segmentBytes === SEGMENT_HEADER_BYTES) return insertPosition - SEGMENT_HEADER_BYTES;
  if (insertPosition % PAGE_BYTES === PAGE_HEADER_BYTES) return insertPosition - PAGE_HEADER_BYTES;
  return insertPosition;
}
