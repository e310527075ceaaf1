import { silentLog } from "@/lib/std/log";
import { type Random, seededRandom } from "@/lib/std/random";
import type { Limits } from "../limits";
import { UNIT_BYTES } from "../log/format";
import { type FrameHeader, isIdle } from "../log/frame";
import type { LogReader } from "../log/log-reader";
import { logPath, segmentPath, toSegmentNumbers } from "../log/store-paths";
import { ModelVolume } from "../simulation/model-volume";
import { makeUnsteadyClock, pickLimits } from "../simulation/setup";
import { changeVolume } from "../simulation/volume-workload";
import { BARE_DIR, BareLogs, type FramePlace } from "./bare-logs.fixture";
import { Ingest } from "./ingest";
import { findReachable, type Slots } from "./reachable.fixture";

const COMMITS_MAX = 60;
const ROUNDS = 6;
const TINY_CACHE_BYTES = 4096;

export interface RecordedCommit extends FramePlace {
  readonly commit: number;
  readonly micros: number;
  readonly moments: number;
}

export interface RecordedLog {
  readonly log: number;
  readonly commits: RecordedCommit[];
  readonly models: ModelVolume[];
}

/** Logs, forks of them and forks of those, written at random; every commit is remembered. Follows them meanwhile as a keeper does. */
export class RecordedLogs {
  readonly random: Random;
  readonly limits: Limits;
  readonly logs: BareLogs;
  readonly recorded: RecordedLog[] = [];
  /** It was restarted and sliced at random. */
  followed: Ingest;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.limits = pickLimits(this.random);
    this.logs = new BareLogs({ random: this.random, clock: makeUnsteadyClock(this.random), limits: this.limits });
    this.followed = this.openIngest();
    this.#begin(this.logs.create(), new ModelVolume());
  }

  play(): this {
    for (let round = 0; round < ROUNDS; round++) {
      this.#write(this.random.pick(this.recorded));
      if (this.random.int(2) === 0) this.#fork();
    }
    return this;
  }

  openIngest(): Ingest {
    const reader = this.logs.reader();
    return new Ingest({
      device: this.logs.device,
      storeDir: BARE_DIR,
      reader,
      log: silentLog,
      cacheBytes: TINY_CACHE_BYTES,
    });
  }

  /** What reading each commit of a log needs. */
  reachedBy({ log, commits }: RecordedLog): Slots[] {
    const reader = this.logs.reader();
    const reached = commits.map(({ segment, unit }) => {
      const { header } = reader.getFrame({ log, segment, unit });
      return findReachable(reader, this.#findIdle(reader, header) ?? header, this.limits);
    });
    reader.close();
    return reached;
  }

  /** An idle record is the newest one of its commit. It may be alone in the next segment. */
  #findIdle(reader: LogReader, { place, units, commit }: FrameHeader): FrameHeader | undefined {
    const { log, segment, unit } = place;
    const later = this.#segmentsOf(log).find((each) => {
      const before = reader.findSegmentHeader(log, each)?.lastFrame;
      return before?.segment === segment && before.unit === unit;
    });
    const places = [{ log, segment, unit: unit + units }, ...(later ? [{ log, segment: later, unit: 1 }] : [])];
    const frames = places.map((each) => reader.findFrame(each)?.header);
    return frames.find((frame) => frame && isIdle(frame) && frame.commit === commit);
  }

  #segmentsOf(log: number): number[] {
    return toSegmentNumbers(this.logs.device.readdir(logPath(BARE_DIR, log)));
  }

  /** Overwrites, in all segments but each log's last, whatever no head needs: a collector could not take more. */
  destroyHistory(): void {
    const needed = new Set<string>();
    for (const recorded of this.recorded) {
      recorded.commits.splice(0, recorded.commits.length - 1);
      recorded.models.splice(0, recorded.models.length - 1);
      for (const name of this.reachedBy(recorded)[0]?.keys() ?? []) needed.add(name);
    }
    for (const { log } of this.recorded) {
      const { segment: last } = this.logs.tail(log);
      for (const segment of this.#segmentsOf(log)) if (segment < last) this.#destroy(log, segment, needed);
    }
  }

  #destroy(log: number, segment: number, needed: ReadonlySet<string>): void {
    const { device } = this.logs;
    const file = device.open(segmentPath(BARE_DIR, log, segment), "write");
    const units = device.size(file) / UNIT_BYTES;
    const nothing = Buffer.alloc(UNIT_BYTES);
    let kept = 0;
    for (let unit = 1; unit < units; unit++) {
      if (needed.has(`${log}/${segment}/${unit}`)) kept = 2;
      if (kept-- <= 0) device.pwritev(file, [nothing], unit * UNIT_BYTES);
    }
    device.close(file);
  }

  #begin(log: number, model: ModelVolume): void {
    const { commit, micros, moments, place } = this.logs.tail(log).head;
    const root = { commit, micros, moments, segment: place.segment, unit: place.unit };
    this.recorded.push({ log, commits: [root], models: [model] });
  }

  #fork(): void {
    const source = this.random.pick(this.recorded);
    const at = this.random.int(source.commits.length);
    this.#begin(this.logs.fork(source.log, source.commits[at] as RecordedCommit), source.models[at] as ModelVolume);
  }

  /** One writer's life: some commits, some of them proven, an end in order or not. */
  #write({ log, commits, models }: RecordedLog): void {
    const { random } = this;
    const writer = this.logs.open(log);
    let model = models.at(-1) as ModelVolume;
    for (let step = random.int(COMMITS_MAX); step > 0; step--) {
      for (let changes = 1 + random.int(6); changes > 0; changes--) model = changeVolume(writer.volume, model, random);
      if (random.int(8) === 0) writer.volume.settle();
      if (random.int(3) === 0 || !writer.volume.dirty) continue;
      commits.push(writer.commit({ moment: random.int(3) > 0 }));
      models.push(model);
      if (random.int(6) === 0) writer.volume.settle();
      if (random.int(4) === 0) this.#follow(log, writer.head);
    }
    if (random.int(3) > 0) writer.volume.close();
  }

  #follow(log: number, head: FramePlace): void {
    const { random } = this;
    if (random.int(6) === 0) this.followed = this.openIngest();
    for (let slices = 1 + random.int(3); slices > 0; slices--)
      if (!this.followed.ingest(log, head, 1 + random.int(40))) break;
    if (random.int(3) === 0) this.followed.sync(log);
    if (random.int(8) === 0) this.followed.forget(log);
  }
}
