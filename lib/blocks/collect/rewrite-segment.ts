import { assert } from "@/lib/std/assert";
import type { Device } from "../device/device";
import { UNIT_BYTES } from "../log/format";
import { decodeSegmentHeader } from "../log/segment-header";
import { logPath, segmentPath } from "../log/store-paths";
import { toVolumeError } from "../volume-error";
import { type DamagedUnit, LiveVerifier } from "./live-verifier";
import { type PlannedRead, planReads } from "./planned-read";

/** A segment and what is to be left of it: plain data, which travels to another thread. */
export interface RewriteJob {
  readonly storeDir: string;
  readonly log: number;
  readonly segment: number;
  /** Units of the segment, its header included; what lies after them is left out. */
  readonly endUnit: number;
  /** Pairs of first unit and number of units, ascending and apart. The header, unit 0, is always kept and need not be named. */
  readonly live: Uint32Array;
  /** Pairs of unit and checksum, ascending: every block and map node that lies in live units. */
  readonly slots: Uint32Array;
  /** Units, ascending, at which a frame must lie. Frames that are not named are recognised, and checked as well. */
  readonly frames: Uint32Array;
  /** Most bytes read and written in a second; infinite: as fast as the disk goes. */
  readonly bytesPerSecond: number;
}

/** `written`: a durable temporary file waits for `installRewrite`. `damaged`: nothing was changed. */
export type RewriteResult =
  | { readonly outcome: "written"; readonly allocatedBytes: number }
  | { readonly outcome: "damaged"; readonly damages: readonly DamagedUnit[] };

/** Written between two barriers: what a writer's own barrier on the same disk may have to wait for. */
const BYTES_PER_SYNC = 1 << 20;
const TEMPORARY = /\.tmp$/;

/**
 * Copies what lives of a sealed segment into a sparse temporary file, at the same offsets, and makes it durable. Everything
 * copied is checked; where something is damaged the segment stays as it is. Throws a `VolumeError` when the disk fails or is
 * full. Yields the bytes read and written since, so that the caller can rest.
 */
export function* rewriteSteps(device: Device, job: RewriteJob): Generator<number, RewriteResult> {
  try {
    return yield* rewrite(device, job);
  } catch (error) {
    removeTemporary(device, temporaryPath(job));
    throw toVolumeError(error, `rewriting segment ${job.segment} of log ${job.log}`);
  }
}

/** The same without rest. */
export function rewriteSegment(device: Device, job: RewriteJob): RewriteResult {
  const steps = rewriteSteps(device, job);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/**
 * Puts the temporary file in the segment's place. Whoever has the old file open goes on reading it, and reads the same. The
 * caller makes durable what it knows of the segment before, and lets the epoch know after.
 */
export function installRewrite(device: Device, job: Pick<RewriteJob, "storeDir" | "log" | "segment">): void {
  device.rename(temporaryPath(job), segmentPath(job.storeDir, job.log, job.segment));
  device.syncDirectory(logPath(job.storeDir, job.log));
}

/** On opening, before any job: removes what rewrites (and other replacements of files) left behind when they were cut off. */
export function removeStrayTemporaries(device: Device, logDir: string): void {
  for (const name of device.readdir(logDir)) if (TEMPORARY.test(name)) device.unlink(`${logDir}/${name}`);
}

function* rewrite(device: Device, job: RewriteJob): Generator<number, RewriteResult> {
  const source = device.open(segmentPath(job.storeDir, job.log, job.segment), "read");
  try {
    const salt = readSalt(device, source, job);
    if (salt === undefined) return { outcome: "damaged", damages: [{ unit: 0, what: "header" }] };
    const target = makeTemporary(device, temporaryPath(job));
    const copy = new SegmentCopy({ device, source, target, verifier: new LiveVerifier({ ...job, salt }) });
    try {
      yield* copy.run(job);
    } finally {
      device.close(target);
    }
    if (copy.damages.length === 0)
      return { outcome: "written", allocatedBytes: device.allocatedBytes(temporaryPath(job)) };
    device.unlink(temporaryPath(job));
    return { outcome: "damaged", damages: copy.damages };
  } finally {
    device.close(source);
  }
}

interface SegmentCopyParts {
  readonly device: Device;
  readonly source: number;
  readonly target: number;
  readonly verifier: LiveVerifier;
}

class SegmentCopy {
  readonly #parts: SegmentCopyParts;
  readonly #buffer = Buffer.alloc(BYTES_PER_SYNC);
  #unsyncedBytes = 0;

  constructor(parts: SegmentCopyParts) {
    this.#parts = parts;
  }

  get damages(): readonly DamagedUnit[] {
    return this.#parts.verifier.damages;
  }

  *run({ live, endUnit }: RewriteJob): Generator<number, void> {
    const { device, target, verifier } = this.#parts;
    assert(lastUnitOf(live) < endUnit, "live units lie in the segment");
    device.truncate(target, endUnit * UNIT_BYTES);
    for (const read of planReads(live, BYTES_PER_SYNC / UNIT_BYTES)) yield this.#copy(read);
    verifier.end();
    if (this.damages.length === 0) device.fdatasync(target);
  }

  /** Bytes read and written. Once something is damaged the rest is still checked, and no longer written. */
  #copy(read: PlannedRead): number {
    const { device, verifier } = this.#parts;
    const bytes = this.#read(read);
    let written = 0;
    for (const run of read.runs) {
      const from = (run.unit - read.unit) * UNIT_BYTES;
      const part = bytes?.subarray(from, from + run.units * UNIT_BYTES);
      if (part) verifier.add(run.unit, part);
      else verifier.addUnreadable(run.unit, run.units);
      if (!part || this.damages.length > 0) continue;
      device.pwritev(this.#parts.target, [part], run.unit * UNIT_BYTES);
      written += part.length;
    }
    this.#syncAfter(written);
    return read.units * UNIT_BYTES + written;
  }

  /**
   * Undefined when the disk cannot read it, or the file ends units before. Within its last unit it may end early: a power cut
   * may take zeros behind a frame that is whole.
   */
  #read(read: PlannedRead): Buffer | undefined {
    const { device, source } = this.#parts;
    const target = this.#buffer.subarray(0, read.units * UNIT_BYTES);
    try {
      const bytes = device.pread(source, target, read.unit * UNIT_BYTES);
      return target.length - bytes < UNIT_BYTES ? target.fill(0, bytes) : undefined;
    } catch (error) {
      if ((error as { code?: string }).code === "EIO") return undefined;
      throw error;
    }
  }

  #syncAfter(written: number): void {
    this.#unsyncedBytes += written;
    if (this.#unsyncedBytes < BYTES_PER_SYNC) return;
    this.#parts.device.fdatasync(this.#parts.target);
    this.#unsyncedBytes = 0;
  }
}

function readSalt(device: Device, source: number, job: RewriteJob): number | undefined {
  const unit = Buffer.alloc(UNIT_BYTES);
  try {
    return device.pread(source, unit, 0) === UNIT_BYTES ? decodeSegmentHeader(unit, job)?.salt : undefined;
  } catch (error) {
    if ((error as { code?: string }).code === "EIO") return undefined;
    throw error;
  }
}

/** One that is there already is removed, never written over: after a power cut it may be the segment itself by another name. */
function makeTemporary(device: Device, path: string): number {
  try {
    return device.open(path, "create");
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST") throw error;
    device.unlink(path);
    return device.open(path, "create");
  }
}

function removeTemporary(device: Device, path: string): void {
  try {
    device.unlink(path);
  } catch {
    // Not made, or the disk fails again: the next opening removes it.
  }
}

const temporaryPath = ({ storeDir, log, segment }: Pick<RewriteJob, "storeDir" | "log" | "segment">): string =>
  `${logPath(storeDir, log)}/${segment}.tmp`;

const lastUnitOf = (live: Uint32Array): number => (live.at(-2) ?? 0) + (live.at(-1) ?? 1) - 1;
