import { assert } from "@/lib/std/assert";
import { type Log, silentLog } from "@/lib/std/log";
import type { Random } from "@/lib/std/random";
import { type RewriteJob, type RewriteResult, rewriteSegment } from "../../collect/rewrite-segment";
import { Keeper } from "../../keeper/keeper";
import type { Limits } from "../../limits";
import { HeadCell, type PublishedHead } from "../../log/head-cell";
import { LogReader } from "../../log/log-reader";
import type { Slices } from "../../retention/slices";
import type { WriterTicket } from "../../store-types";
import { openVolume } from "../../volume/open-volume";
import type { Volume } from "../../volume/volume-types";
import { SMALL_RESERVE } from "../memory-store";
import type { ModelVolume } from "../model-volume";
import { SimulatedDevice } from "../simulated-device";
import type { SimulatedClock } from "./simulated-clock";

export const STORE_DIR = "/store";
const DESCRIPTORS = 64;
// Far above what a quiet store of this size can ask for.
const MOST_SLICES = 200_000;
/** Of upkeep, while the collector copies a segment. */
const SLICES_MEANWHILE = 12;

export interface OpenWriter {
  readonly ticket: WriterTicket;
  readonly volume: Volume;
  /** What its files should be. */
  working: ModelVolume;
}

export interface StoreParts {
  readonly random: Random;
  readonly clock: SimulatedClock;
  readonly limits: Limits;
  readonly slices: Slices;
}

/** The store on a simulated disk: keeper, writers and collector on one thread, and faults that are planned. */
export class StoreUnderTest {
  readonly device: SimulatedDevice;
  readonly writers = new Map<string, OpenWriter>();
  readonly #parts: StoreParts;
  keeper: Keeper;
  /** A thread was ended with its files open. */
  leavesFilesOpen = false;
  /** A place could not be read since the store was opened: it counts as damaged until it is read again. */
  hasMisread = false;
  /** An error was injected since the last step began. */
  #hasFailed = false;
  /** What could not be removed is left to the next opening. */
  leavesGarbage = false;
  #settleDoubt: (() => void) | undefined;
  readonly #errors: string[] = [];

  constructor(parts: StoreParts, device = new SimulatedDevice(parts.random, STORE_DIR)) {
    this.#parts = parts;
    this.device = device;
    this.keeper = this.#openKeeper();
  }

  /** The same disk twice; nobody has the second one open. */
  copy(parts: StoreParts): StoreUnderTest {
    return new StoreUnderTest(parts, this.device.copy());
  }

  get nowMicros(): number {
    return this.#parts.clock.micros;
  }

  /** An error was injected since the last step began: what the disk refused may be missing from an answer. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** What was reported as an error since the last question, though no fault was injected. */
  takeErrors(): string[] {
    return this.#errors.splice(0);
  }

  /** Runs a step; answers false when the power went in the middle of it. */
  survive(step: () => void): boolean {
    this.#hasFailed = false;
    try {
      step();
    } catch (error) {
      if (!this.device.isOff) this.refuseUnlessInjected(error);
      this.leavesFilesOpen = true;
    }
    // Also when nobody complained: what need not succeed is tried and given up quietly.
    return !this.device.isOff;
  }

  /**
   * Does something that a fault may cut off or make fail. `settle` then finds out which of two states stands: at once, or
   * after the power has come back. Answers whether it was done.
   */
  attempt(work: () => void, settle: () => void): boolean {
    this.#settleDoubt = settle;
    try {
      work();
      this.#settleDoubt = undefined;
      return true;
    } catch (error) {
      if (this.device.isOff) throw error;
      this.refuseUnlessInjected(error);
      this.#settle(settle);
      this.#settleDoubt = undefined;
      return false;
    }
  }

  /** Looking may fail as well: each fault strikes once. */
  #settle(settle: () => void): void {
    for (;;)
      try {
        settle();
        return;
      } catch (error) {
        if (this.device.isOff) throw error;
        this.refuseUnlessInjected(error);
      }
  }

  refuseUnlessInjected(error: unknown): void {
    const { code } = error as { code?: string };
    if (!this.#hasFailed || (code !== "ENOSPC" && code !== "EIO")) throw error;
  }

  /** Lets the power be cut, or one operation fail, within the next few dozen operations of the disk. */
  planFault(): void {
    const { random } = this.#parts;
    const { device } = this;
    const at = device.operations + 1 + random.int(40);
    const fail = random.pick([
      () => {
        device.cutAt = at;
      },
      () => {
        const code = random.pick(["ENOSPC", "EIO"]);
        device.failure = (_operation, number) => this.#failAt(at, number, code);
      },
      () => {
        const readAt = device.counts.read + 1 + random.int(200);
        device.readFailure = (number) => {
          this.hasMisread ||= number === readAt;
          return this.#failAt(readAt, number, "EIO");
        };
      },
    ]);
    fail();
  }

  #failAt(at: number, number: number, code: string): string | undefined {
    if (number !== at) return undefined;
    this.#hasFailed = true;
    this.leavesGarbage = true;
    return code;
  }

  /** Cuts the power (or kills the process) if it is not off yet, and opens the store again, with more cuts while it opens. */
  recover(): void {
    const { random } = this.#parts;
    const isKilled = random.int(3) === 0;
    this.device.isOff = true;
    this.device.mend();
    this.writers.clear();
    for (;;) {
      if (isKilled) this.device.resume();
      else this.device.restart();
      if (random.int(4) === 0) this.device.cutAt = this.device.operations + 1 + random.int(12);
      const isOpen = this.survive(() => {
        this.keeper = this.#openKeeper();
        this.#settleDoubt?.();
      });
      if (isOpen) break;
    }
    this.#settleDoubt = undefined;
    this.device.cutAt = Number.POSITIVE_INFINITY;
  }

  /** Closes the store and opens it again; nobody may be writing. */
  reopen(): void {
    this.keeper.close();
    assert(
      this.leavesFilesOpen || this.device.openFiles === 0,
      `${this.device.openFiles} files are open after the store was closed`,
    );
    this.device.mend();
    this.keeper = this.#openKeeper();
  }

  openWriter(volumeId: string, content: ModelVolume): OpenWriter {
    const ticket = this.keeper.openWriter(volumeId);
    try {
      const volume = openVolume(ticket, { ...this.#parts, device: this.device });
      const writer = { ticket, volume, working: content };
      this.writers.set(volumeId, writer);
      return writer;
    } catch (error) {
      if (!this.device.isOff) this.keeper.releaseWriter(ticket.logId);
      throw error;
    }
  }

  /** Its thread has ended, with or without closing it. */
  release(volumeId: string): void {
    const writer = this.writers.get(volumeId);
    if (!writer) return;
    this.writers.delete(volumeId);
    this.keeper.releaseWriter(writer.ticket.logId);
  }

  headOf(ticket: WriterTicket): PublishedHead {
    return new HeadCell(ticket.headCell).read();
  }

  /** One slice of background work; true while more is due. */
  work(): boolean {
    return this.keeper.work(this.nowMicros);
  }

  /** Rewrites one segment that is worth it, or makes durable what has to be before; false when none is. */
  collectOne(mode: "due" | "all"): boolean {
    const job = this.keeper.nextRewrite(mode, this.nowMicros);
    if (job && job !== "saving") {
      const result = this.#rewrite(job);
      for (let left = this.#parts.random.int(SLICES_MEANWHILE); left > 0 && this.work(); left--);
      this.keeper.finishRewrite(job, result);
    }
    return job !== undefined;
  }

  /** Until nothing more can be collected now. */
  quiesce(): void {
    for (let round = 0; round < 2; round++)
      for (let slices = 0; this.work() || this.collectOne("all"); slices++)
        assert(slices < MOST_SLICES, "background work comes to an end");
  }

  /** Reads the disk as it is now, through descriptors of its own. */
  withReader<Result>(read: (reader: LogReader) => Result): Result {
    const reader = new LogReader(this.device, STORE_DIR, DESCRIPTORS);
    try {
      return read(reader);
    } finally {
      reader.close();
    }
  }

  #rewrite(job: RewriteJob): RewriteResult {
    try {
      return rewriteSegment(this.device, job);
    } catch (error) {
      if (!this.device.isOff) this.keeper.abandonRewrite(job);
      throw error;
    }
  }

  readonly #log: Log = {
    ...silentLog,
    error: (fields, message) => {
      if (!this.#hasFailed && !this.hasMisread && !this.device.isOff)
        this.#errors.push(`${message}: ${describe(fields)}`);
    },
  };

  #openKeeper(): Keeper {
    this.leavesGarbage = false;
    this.hasMisread = false;
    const { slices } = this.#parts;
    const small = { slices, reserveSizes: SMALL_RESERVE };
    return new Keeper({ device: this.device, storeDir: STORE_DIR, log: this.#log, ...small });
  }
}

const describe = (fields: object): string =>
  JSON.stringify(fields, (_name, value) => (value instanceof Error ? `${value}` : value));
