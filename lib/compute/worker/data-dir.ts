import type { Volume } from "@/lib/blocks";
import { assert } from "@/lib/std/assert";
import type { Backing } from "./backing";
import { volumeBacking } from "./backing";
import { FileError } from "./errno";
import type { Scratch } from "./scratch";
import { isScratchPath } from "./scratch";

const WAL_FILE = /^\/pg_wal\//;
/** With one of these a start would be a restore from a backup that is not there; SQL could create them by COPY TO. */
const FORBIDDEN_FILE = /^\/(?:recovery\.signal|standby\.signal|backup_label|tablespace_map)$/;

/** The names of Postgres's data directory, as paths from its root; decides what belongs to the volume and what is scratch. */
export class DataDir {
  #volume: Volume | undefined;
  #scratch: Scratch | undefined;

  /** Before Postgres starts, and only once: a warm worker does not know yet whose data it will serve. */
  attach(volume: Volume, scratch: Scratch): void {
    assert(!this.#volume, "a data directory is attached once");
    this.#volume = volume;
    this.#scratch = scratch;
  }

  get volume(): Volume {
    assert(this.#volume, "the data directory has no volume yet");
    return this.#volume;
  }

  find(path: string): Backing | undefined {
    if (isScratchPath(path)) return this.#scratchFiles.find(path);
    const inode = this.volume.lookup(path);
    return inode === undefined ? undefined : this.#toBacking(inode, path);
  }

  create(path: string, mode: number): Backing {
    if (isScratchPath(path)) return this.#scratchFiles.create(path, mode);
    refuseForbidden(path);
    return this.#toBacking(this.volume.create(path, mode), path);
  }

  mkdir(path: string, mode: number): Backing {
    if (isScratchPath(path)) return this.#scratchFiles.mkdir(path, mode);
    return this.#toBacking(this.volume.mkdir(path, mode), path);
  }

  rename(from: string, to: string): void {
    if (isScratchPath(from) !== isScratchPath(to)) throw new FileError("EXDEV", `${from} cannot become ${to}`);
    refuseForbidden(to);
    if (isScratchPath(from)) this.#scratchFiles.rename(from, to);
    else this.volume.rename(from, to);
  }

  unlink(path: string): void {
    if (isScratchPath(path)) this.#scratchFiles.unlink(path);
    else this.volume.unlink(path);
  }

  rmdir(path: string): void {
    if (isScratchPath(path)) this.#scratchFiles.rmdir(path);
    else this.volume.rmdir(path);
  }

  names(path: string, backing: Backing): string[] {
    return isScratchPath(path) ? backing.names() : [...backing.names(), ...this.#scratchFiles.names(path)];
  }

  get #scratchFiles(): Scratch {
    assert(this.#scratch, "the data directory has no scratch files yet");
    return this.#scratch;
  }

  #toBacking(inode: number, path: string): Backing {
    return volumeBacking(this.volume, inode, WAL_FILE.test(path));
  }
}

function refuseForbidden(path: string): void {
  if (FORBIDDEN_FILE.test(path)) throw new FileError("EPERM", `${path} would keep the service from starting`);
}
