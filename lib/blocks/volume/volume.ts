import type { Clock } from "@/lib/std/clock";
import type { Limits } from "../limits";
import { BLOCK_BYTES, isHole } from "../log/format";
import type { HeadCell } from "../log/head-cell";
import type { LogWriter } from "../log/log-writer";
import type { CommitPoint } from "../store-types";
import { toVolumeError, VolumeError } from "../volume-error";
import type { Committer } from "./committer";
import type { Inode } from "./inode";
import { makePage } from "./page";
import type { VolumeState } from "./volume-state";
import type { FileStat, Volume } from "./volume-types";

export interface LogVolumeParts {
  readonly state: VolumeState;
  readonly committer: Committer;
  readonly writer: LogWriter;
  readonly cell: HeadCell;
  readonly clock: Clock;
  readonly limits: Limits;
}

/** A volume on its log. */
export class LogVolume implements Volume {
  readonly #state: VolumeState;
  readonly #committer: Committer;
  readonly #parts: LogVolumeParts;
  /** Holds the block of which a part was read last, so that reading a file in small pieces reads each block once. */
  readonly #scratch = makePage();
  #scratchKey = "";
  #isDirty = false;
  #failure: VolumeError | undefined;
  #isClosed = false;

  constructor(parts: LogVolumeParts) {
    this.#parts = parts;
    this.#state = parts.state;
    this.#committer = parts.committer;
  }

  lookup(path: string): number | undefined {
    return this.#files.lookup(path)?.number;
  }

  stat(number: number): FileStat {
    const { kind, mode, sizeBytes, mtimeMs } = this.#files.get(number);
    return { kind, mode, sizeBytes, mtimeMs };
  }

  create(path: string, mode: number): number {
    return this.#add(path, "file", mode);
  }

  mkdir(path: string, mode: number): number {
    return this.#add(path, "directory", mode);
  }

  readdir(number: number): string[] {
    const inode = this.#files.get(number);
    if (!inode.children) throw new VolumeError("ENOTDIR", `${this.#files.pathOf(inode)} is no directory.`);
    return [...inode.children.keys()];
  }

  rename(from: string, to: string): void {
    this.#files.rename(from, to);
    this.#isDirty = true;
  }

  unlink(path: string): void {
    this.#files.unlink(path);
    this.#isDirty = true;
  }

  rmdir(path: string): void {
    this.#files.rmdir(path);
    this.#isDirty = true;
  }

  chmod(number: number, mode: number): void {
    const inode = this.#files.get(number);
    inode.mode = mode & 0o7777;
    this.#touch(inode);
  }

  utimes(number: number, mtimeMs: number): void {
    const inode = this.#files.get(number);
    inode.mtimeMs = mtimeMs;
    this.#touch(inode);
  }

  truncate(number: number, sizeBytes: number): void {
    const inode = this.#files.getFile(number);
    assertPosition(sizeBytes);
    if (sizeBytes < inode.sizeBytes) this.#shrink(inode, sizeBytes);
    inode.sizeBytes = sizeBytes;
    this.#modify(inode);
  }

  read(number: number, target: Uint8Array, position: number): number {
    const inode = this.#files.getFile(number);
    assertPosition(position);
    const length = Math.max(0, Math.min(target.length, inode.sizeBytes - position));
    for (let done = 0; done < length; ) {
      const at = position + done;
      const within = at % BLOCK_BYTES;
      const take = Math.min(BLOCK_BYTES - within, length - done);
      const whole = done === 0 && take === target.length ? target : target.subarray(done, done + take);
      this.#readPart(inode, { block: (at - within) / BLOCK_BYTES, within }, whole);
      done += take;
    }
    return length;
  }

  write(number: number, source: Uint8Array, position: number): number {
    const inode = this.#files.getFile(number);
    assertPosition(position);
    assertPosition(position + source.length);
    for (let done = 0; done < source.length; ) {
      const at = position + done;
      const within = at % BLOCK_BYTES;
      const take = Math.min(BLOCK_BYTES - within, source.length - done);
      const part = take === source.length ? source : source.subarray(done, done + take);
      this.#writePart(inode, { block: (at - within) / BLOCK_BYTES, within }, part);
      done += take;
    }
    inode.sizeBytes = Math.max(inode.sizeBytes, position + source.length);
    this.#modify(inode);
    if (this.#state.cache.dirty.length >= this.#parts.limits.dirtyBlocks) this.#spill();
    return source.length;
  }

  retain(number: number): void {
    this.#files.get(number).retained++;
  }

  release(number: number): void {
    const inode = this.#files.get(number);
    this.#files.release(inode);
    if (!this.#files.find(number)) this.#isDirty = true;
  }

  get dirty(): boolean {
    return this.#isDirty;
  }

  get head(): CommitPoint {
    const { commit, micros } = this.#committer.head;
    return { commit, micros };
  }

  commit({ moment = true }: { moment?: boolean } = {}): CommitPoint {
    this.#refuseUnusable();
    if (!this.#isDirty) return this.head;
    this.#orFail("committing", () => this.#committer.commit(this.#parts.clock.nowMicros(), moment));
    this.#isDirty = false;
    this.#parts.cell.publish(this.#committer.head);
    return this.head;
  }

  settle(): void {
    this.#refuseUnusable();
    this.#orFail("proving a commit", () => this.#committer.prove());
  }

  refresh(): void {
    this.#state.reader.refresh();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      if (!this.#failure) this.#orFail("closing", () => this.#end());
    } finally {
      this.#parts.writer.close();
      this.#state.reader.close();
    }
  }

  #end(): void {
    this.#parts.writer.abandonCommit();
    this.#committer.prove();
  }

  /** The file table, for as long as the volume may be used. */
  get #files() {
    this.#refuseUnusable();
    return this.#state.files;
  }

  #add(path: string, kind: "file" | "directory", mode: number): number {
    const inode = this.#files.add(path, kind, mode);
    this.#modify(inode);
    return inode.number;
  }

  #touch(inode: Inode): void {
    this.#state.files.touch(inode);
    this.#isDirty = true;
  }

  #modify(inode: Inode): void {
    inode.mtimeMs = this.#parts.clock.nowMs();
    this.#touch(inode);
  }

  #readPart(inode: Inode, at: { block: number; within: number }, target: Uint8Array): void {
    const cached = inode.blocks.get(at.block);
    if (cached) target.set(cached.page.bytes.subarray(at.within, at.within + target.length));
    else if (target.length === BLOCK_BYTES)
      this.#orEio("reading", () => this.#state.readCommitted(inode, at.block, target));
    else this.#readThroughScratch(inode, at, target);
  }

  #readThroughScratch(inode: Inode, at: { block: number; within: number }, target: Uint8Array): void {
    const address = this.#orEio("reading", () => this.#state.map.find(inode.tree, at.block));
    if (isHole(address)) {
      target.fill(0);
      return;
    }
    const key = `${address.log}/${address.segment}/${address.unit}`;
    if (key !== this.#scratchKey) {
      this.#scratchKey = "";
      this.#orEio("reading", () => this.#state.readBlock(inode, at.block, { address, target: this.#scratch.bytes }));
      this.#scratchKey = key;
    }
    target.set(this.#scratch.bytes.subarray(at.within, at.within + target.length));
  }

  #writePart(inode: Inode, at: { block: number; within: number }, source: Uint8Array): void {
    const { cache } = this.#state;
    const place = { inode: inode.number, index: at.block };
    const block =
      source.length === BLOCK_BYTES
        ? cache.overwrite(inode.blocks, place)
        : this.#orEio("reading", () => cache.write(inode.blocks, place, this.#state.loadBlock(inode, at.block)));
    block.page.bytes.set(source, at.within);
  }

  #shrink(inode: Inode, sizeBytes: number): void {
    const kept = Math.ceil(sizeBytes / BLOCK_BYTES);
    this.#orFail("truncating", () => this.#state.cut(inode, kept));
    const within = sizeBytes % BLOCK_BYTES;
    if (within === 0) return;
    // Bytes after the end of a file are zeros, so that growing it again shows none of the old ones.
    this.#writePart(inode, { block: kept - 1, within }, Buffer.alloc(BLOCK_BYTES - within));
  }

  #spill(): void {
    this.#orFail("writing", () => this.#committer.spill(this.#parts.clock.nowMicros()));
  }

  #refuseUnusable(): void {
    if (this.#isClosed) throw new VolumeError("EIO", `Volume ${this.#state.volumeId} is closed.`);
    if (this.#failure)
      throw new VolumeError(
        this.#failure.code,
        `Volume ${this.#state.volumeId} takes no more work until it is opened again: ${this.#failure.message}`,
        { cause: this.#failure },
      );
  }

  /** After an error in here memory and disk disagree: the volume fails, and on disk the last commit stands. */
  #orFail<Result>(doing: string, work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      this.#failure = new VolumeError("EIO", "a change could not be finished", { cause: error });
      this.#takeBack();
      this.#failure = toVolumeError(error, `${doing} volume ${this.#state.volumeId}`);
      throw this.#failure;
    }
  }

  #takeBack(): void {
    try {
      this.#parts.writer.takeBack();
    } catch {
      // A disk that fails again; then the next opening finds the last commit, or a whole later one.
    }
  }

  /** Reading fails without harm to anything. */
  #orEio<Result>(doing: string, work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw toVolumeError(error, `${doing} volume ${this.#state.volumeId}`);
    }
  }
}

// Beyond this an integer is no longer exact, and 2^32 blocks are the map's end.
const MOST_BYTES = Math.min(Number.MAX_SAFE_INTEGER, 0xffff_ffff * BLOCK_BYTES);

function assertPosition(bytes: number): void {
  if (!Number.isInteger(bytes) || bytes < 0 || bytes > MOST_BYTES)
    throw new VolumeError("EINVAL", `${bytes} is no position in a file.`);
}
