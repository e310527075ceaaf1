import { assert } from "@/lib/std/assert";
import type { Device } from "../device/device";
import { lend } from "../device/reserve";
import { isDiskFull } from "../volume-error";
import { type Place, UNIT_BYTES } from "./format";
import type { WriterStart } from "./head-cell";
import { encodeSegmentHeader } from "./segment-header";
import { logPath, segmentPath } from "./store-paths";

export interface LogWriterOptions {
  readonly device: Device;
  readonly storeDir: string;
  readonly log: number;
  readonly start: WriterStart;
  readonly lastFrame: Place;
  readonly segmentBytes: number;
  /** False: no barrier at all, for benchmarks. */
  readonly barrier: boolean;
}

const HEADER_UNITS = 1;

interface ActiveSegment {
  readonly number: number;
  file: number;
  readonly salt: number;
  /** Where the next append goes. */
  endUnit: number;
  /** The end of what was made durable. */
  sealedUnit: number;
  /** Commit, idle and root frames in it. */
  frames: number;
  isNameDurable: boolean;
}

/**
 * Appends to one log. It begins with a new segment, durable before anything is appended, whose header says where the one
 * before is sealed: whatever a writer that was thought dead still writes there lies past the seal and does not exist.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  #active: ActiveSegment | undefined;
  #lastFrame: Place;
  #isInCommit = false;

  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.#lastFrame = options.lastFrame;
  }

  get lastFrame(): Place {
    return this.#lastFrame;
  }

  /** Makes the first segment, which shuts out every earlier writer. */
  open(commit: number, micros: number): void {
    this.#active = this.#openSegment(commit, micros);
    this.#sync(this.#active);
  }

  /** The place of the next append. A commit stays in the segment in which it began; a full one is left between commits. */
  begin(commit: number, micros: number): Place {
    const isFull = this.#getActive().endUnit * UNIT_BYTES >= this.#options.segmentBytes;
    if (isFull && !this.#isInCommit) this.#active = this.#openSegment(commit, micros);
    this.#isInCommit = true;
    return this.end;
  }

  /** The place of the next append in the segment that is open. */
  get end(): Place {
    const active = this.#getActive();
    return { log: this.#options.log, segment: active.number, unit: active.endUnit };
  }

  get salt(): number {
    return this.#getActive().salt;
  }

  /** How many frames the open segment has. */
  get ordinal(): number {
    return this.#getActive().frames;
  }

  append(buffers: readonly Uint8Array[]): void {
    const active = this.#getActive();
    const bytes = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    assert(bytes % UNIT_BYTES === 0, "appends are whole units");
    this.#options.device.pwritev(active.file, buffers, active.endUnit * UNIT_BYTES);
    active.endUnit += bytes / UNIT_BYTES;
  }

  /** Makes everything appended durable; `frame` is then the log's newest. */
  seal(frame: Place): void {
    const active = this.#getActive();
    if (this.#options.barrier) this.#sync(active);
    active.frames++;
    active.sealedUnit = active.endUnit;
    this.#lastFrame = frame;
  }

  /** The next commit may leave the segment. */
  endCommit(): void {
    this.#isInCommit = false;
  }

  /** Something was appended for a commit that is not there yet. */
  get isInCommit(): boolean {
    return this.#isInCommit;
  }

  /** Takes back what was spilled for a commit that will not come. */
  abandonCommit(): void {
    if (!this.#isInCommit) return;
    this.takeBack();
    const active = this.#getActive();
    active.endUnit = active.sealedUnit;
    this.#isInCommit = false;
  }

  /** After a failed append or barrier: what was not acknowledged shall not be found later. */
  takeBack(): void {
    const active = this.#active;
    if (!active) return;
    this.#options.device.truncate(active.file, active.sealedUnit * UNIT_BYTES);
    this.#options.device.fdatasync(active.file);
  }

  /** A segment to which nothing was appended stays as well: it still shuts out earlier writers. */
  close(): void {
    if (this.#active) this.#options.device.close(this.#active.file);
    this.#active = undefined;
  }

  #sync(active: ActiveSegment): void {
    const { device, storeDir, log } = this.#options;
    device.fdatasync(active.file);
    if (active.isNameDurable) return;
    device.syncDirectory(logPath(storeDir, log));
    active.isNameDurable = true;
  }

  #openSegment(commit: number, micros: number): ActiveSegment {
    const { device, storeDir, log, start } = this.#options;
    const sealed = this.#active;
    const number = sealed ? sealed.number + 1 : start.nextSegment;
    const { unit, salt } = encodeSegmentHeader({
      log,
      segment: number,
      firstCommit: commit,
      micros,
      sealedSegment: sealed ? sealed.number : start.sealedSegment,
      sealedUnits: sealed ? sealed.endUnit : start.sealedUnits,
      lastFrame: this.#lastFrame,
    });
    const path = segmentPath(storeDir, log, number);
    const file = device.open(path, "create");
    if (sealed) device.close(sealed.file);
    const active = {
      number,
      file,
      salt,
      endUnit: HEADER_UNITS,
      sealedUnit: HEADER_UNITS,
      frames: 0,
      isNameDurable: false,
    };
    // Known at once, so that a failure to write the header does not leave the file open.
    this.#active = active;
    try {
      device.pwritev(file, [unit], 0);
    } catch (error) {
      const isLent = !sealed && isDiskFull(error) && lend(device, storeDir, { path, bytes: UNIT_BYTES, isExact: true });
      if (!isLent) throw error;
      this.#writeLent(active, { path, unit });
    }
    return active;
  }

  /** On a full disk: a volume can be opened at least, to be read. Its name was there, so no other writer's segment goes. */
  #writeLent(active: ActiveSegment, { path, unit }: { path: string; unit: Uint8Array }): void {
    const { device } = this.#options;
    const file = device.open(path, "write");
    device.close(active.file);
    active.file = file;
    device.pwritev(file, [unit], 0);
  }

  #getActive(): ActiveSegment {
    assert(this.#active, "the writer has begun a segment");
    return this.#active;
  }
}
