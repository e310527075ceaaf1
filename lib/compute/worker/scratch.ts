import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  rmSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Backing, OpenFile } from "./backing";
import { FileError } from "./errno";

/**
 * Files that Postgres itself throws away at its next start: sort and hash spills, and relations of temporary tables
 * (`t<backend>_<relation>`). As blocks of the volume they would be written durably, shared with forks and billed.
 */
const SCRATCH_PATH = /^\/(?:base|pg_tblspc\/\d+\/[^/]+)\/(?:pgsql_tmp(?:\/|$)|\d+\/t\d+_\d+(?:_[a-z]+)?(?:\.\d+)?$)/;
const TEMPORARY_DIR = /\/pgsql_tmp(?:\/[^/]+)?$/;

export const isScratchPath = (path: string): boolean => SCRATCH_PATH.test(path);

interface Entry {
  readonly kind: "file" | "directory";
  mode: number;
  mtimeMs: number;
  /** Real file, held open until it is unlinked and the last stream on it is closed. */
  readonly fd: number;
  openCount: number;
  linked: boolean;
}

/** The scratch files of one compute: plain files in a directory of its own, which is emptied at start. */
export class Scratch {
  readonly #dir: string;
  readonly #entries = new Map<string, Entry>();
  #made = 0;

  constructor(dir: string) {
    this.#dir = dir;
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true, mode: 0o700 });
  }

  find(path: string): Backing | undefined {
    const entry = this.#entries.get(path);
    return entry && this.#toBacking(path, entry);
  }

  create(path: string, mode: number): Backing {
    if (this.#entries.has(path)) throw new FileError("EEXIST", `${path} exists already`);
    const file = join(this.#dir, String(this.#made++));
    const fd = openSync(file, "wx+", 0o600);
    // Without a name at once: nothing of it survives this process, whatever ends it.
    unlinkSync(file);
    const entry: Entry = { kind: "file", mode, mtimeMs: 0, fd, openCount: 0, linked: true };
    this.#entries.set(path, entry);
    return this.#toBacking(path, entry);
  }

  mkdir(path: string, mode: number): Backing {
    if (!TEMPORARY_DIR.test(path)) throw new FileError("EINVAL", `${path} is no directory for temporary files`);
    const entry: Entry = { kind: "directory", mode, mtimeMs: 0, fd: -1, openCount: 0, linked: true };
    this.#entries.set(path, entry);
    return this.#toBacking(path, entry);
  }

  rename(from: string, to: string): void {
    const entry = this.#get(from);
    const replaced = this.#entries.get(to);
    if (replaced) this.#unlink(to, replaced);
    this.#entries.delete(from);
    this.#entries.set(to, entry);
  }

  unlink(path: string): void {
    this.#unlink(path, this.#get(path));
  }

  rmdir(path: string): void {
    this.#get(path);
    if (this.names(path).length) throw new FileError("ENOTEMPTY", `${path} is not empty`);
    this.#entries.delete(path);
  }

  /** Names of what lies directly in a directory, which may be one of the volume. */
  names(dir: string): string[] {
    const prefix = `${dir}/`;
    return [...this.#entries.keys()]
      .filter((path) => path.startsWith(prefix) && !path.includes("/", prefix.length))
      .map((path) => path.slice(prefix.length));
  }

  #get(path: string): Entry {
    const entry = this.#entries.get(path);
    if (!entry) throw new FileError("ENOENT", `${path} does not exist`);
    return entry;
  }

  #unlink(path: string, entry: Entry): void {
    this.#entries.delete(path);
    entry.linked = false;
    this.#closeIfUnused(entry);
  }

  #closeIfUnused(entry: Entry): void {
    if (!entry.linked && entry.openCount === 0 && entry.fd >= 0) closeSync(entry.fd);
  }

  #toBacking(path: string, entry: Entry): Backing {
    return {
      isWal: false,
      stat: () => ({
        kind: entry.kind,
        mode: entry.mode,
        sizeBytes: entry.fd < 0 ? 0 : fstatSync(entry.fd).size,
        mtimeMs: entry.mtimeMs,
      }),
      chmod: (mode) => {
        entry.mode = mode;
      },
      utimes: (mtimeMs) => {
        entry.mtimeMs = mtimeMs;
      },
      truncate: (sizeBytes) => ftruncateSync(entry.fd, sizeBytes),
      names: () => this.names(path),
      open: () => this.#open(entry),
    };
  }

  #open(entry: Entry): OpenFile {
    entry.openCount++;
    return {
      read: (target, position) => readSync(entry.fd, target, 0, target.length, position),
      write: (source, position) => writeSync(entry.fd, source, 0, source.length, position),
      sizeBytes: () => fstatSync(entry.fd).size,
      close: () => {
        entry.openCount--;
        this.#closeIfUnused(entry);
      },
    };
  }
}
