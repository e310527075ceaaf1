import { assert } from "@/lib/std/assert";
import type { Clock } from "@/lib/std/clock";
import type { Random } from "@/lib/std/random";
import { DEFAULT_LIMITS, type Limits } from "../limits";
import { HOLE } from "../log/format";
import { HeadCell } from "../log/head-cell";
import { createLog } from "../log/log-create";
import { LogReader } from "../log/log-reader";
import { findLogTail, type LogTail } from "../log/log-tail";
import { resolveRoot } from "../log/resolved-root";
import { logPath, logsPath, toSegmentNumbers } from "../log/store-paths";
import { SimulatedDevice } from "../simulation/simulated-device";
import { openVolume } from "../volume/open-volume";
import type { Volume } from "../volume/volume-types";

export const BARE_DIR = "/bare";

export interface FramePlace {
  readonly segment: number;
  readonly unit: number;
}

export interface BareWriter {
  readonly volume: Volume;
  /** Commits and answers the place of the frame. */
  commit(options?: {
    moment?: boolean;
  }): FramePlace & { readonly commit: number; readonly micros: number; readonly moments: number };
  readonly head: FramePlace;
}

/** Logs without a keeper: nothing is ever collected in them. */
export class BareLogs {
  readonly device: SimulatedDevice;
  readonly #limits: Limits;
  readonly #clock: Clock;
  #logs = 0;

  constructor(options: { random: Random; clock: Clock; limits?: Limits }) {
    this.device = new SimulatedDevice(options.random, BARE_DIR);
    this.device.mkdir(logsPath(BARE_DIR));
    this.#limits = options.limits ?? DEFAULT_LIMITS;
    this.#clock = options.clock;
  }

  reader(): LogReader {
    return new LogReader(this.device, BARE_DIR, 4);
  }

  create(): number {
    const tree = { tableHeight: 0, tableRoot: HOLE, mappedBlocks: 0, inodeLimit: 2, frames: [] };
    return this.#create({ ...tree, commit: 1, micros: this.#clock.nowMicros() });
  }

  /** A log that begins with what another one had at one of its commits. */
  fork(log: number, at: FramePlace): number {
    const reader = this.reader();
    const root = resolveRoot(reader, reader.getFrame({ log, ...at }).header);
    reader.close();
    return this.#create({
      ...root,
      commit: root.commit + 1,
      micros: Math.max(this.#clock.nowMicros(), root.micros + 1),
    });
  }

  tail(log: number): LogTail {
    const reader = this.reader();
    const tail = findLogTail(reader, log, toSegmentNumbers(this.device.readdir(logPath(BARE_DIR, log))));
    reader.close();
    assert(tail, "the log has a first record");
    return tail;
  }

  open(log: number): BareWriter {
    const tail = this.tail(log);
    const { commit, micros, mappedBlocks, moments, place } = tail.head;
    const start = { nextSegment: tail.nextSegment, sealedSegment: tail.segment, sealedUnits: tail.endUnit };
    const head = { commit, micros, mappedBlocks, moments, segment: place.segment, unit: place.unit };
    const headCell = HeadCell.allocate(start, head);
    const ticket = { storeDir: BARE_DIR, volumeId: `log ${log}`, logId: log, headCell };
    const volume = openVolume(ticket, { clock: this.#clock, device: this.device, limits: this.#limits });
    const cell = new HeadCell(headCell);
    return {
      volume,
      commit(options) {
        volume.commit(options);
        return cell.read();
      },
      get head() {
        return cell.read();
      },
    };
  }

  #create(root: Parameters<typeof createLog>[2]["root"]): number {
    const log = ++this.#logs;
    createLog(this.device, BARE_DIR, { number: log, root });
    return log;
  }
}
