import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

// Two files of this size per process hold days of quiet running and never fill a disk.
const LIMIT_BYTES = 10 * 1024 * 1024;

/** A log file that never takes more than twice its limit: when it is full it becomes `<path>.1`, and a new one begins. */
export class BoundedLog {
  readonly path: string;
  readonly #limitBytes: number;
  #descriptor: number;
  #bytes: number;

  constructor(path: string, limitBytes = LIMIT_BYTES) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    this.path = path;
    this.#limitBytes = limitBytes;
    this.#descriptor = openSync(path, "a", 0o600);
    this.#bytes = fstatSync(this.#descriptor).size;
  }

  write(part: Uint8Array | string): void {
    const bytes = typeof part === "string" ? Buffer.from(part) : part;
    try {
      if (this.#bytes > 0 && this.#bytes + bytes.length > this.#limitBytes) this.#rotate();
      this.#bytes += writeSync(this.#descriptor, bytes);
    } catch {
      // A full disk: losing a line of the log is better than losing the supervisor.
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #rotate(): void {
    renameSync(this.path, `${this.path}.1`);
    const full = this.#descriptor;
    // Opened before the old one is closed: if it cannot be, writing goes on in the old one.
    this.#descriptor = openSync(this.path, "a", 0o600);
    this.#bytes = 0;
    closeSync(full);
  }
}
