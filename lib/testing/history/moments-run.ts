import type { ImageId } from "@/lib/schemas/image";
import { systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import { type Random, seededRandom } from "@/lib/std/random";
import type { Line } from "./line";
import { complaints, diskBytesOf, type EngineParts, openParts, type Place, requireOrder } from "./parts";
import { prepareLine } from "./prepare";
import { chooseProbe, forkAt, type Probe } from "./probe";
import { verifyContent, verifyStructure } from "./verify";
import { Writers } from "./writers";

export interface MomentsOptions {
  readonly seed: number;
  /** How many moments are forked and opened by Postgres. */
  readonly moments: number;
  readonly timescaledb: boolean;
  readonly progress: (text: string) => void;
}

const SECOND = 1_000_000;
const HOUR = 3600 * SECOND;
const MIB = 1 << 20;
const LEAST_BYTES = 1 * MIB;
const LINES_MAX = 7;
const WRITTEN_FORKS_MAX = 2;
const STRUCTURE_ONE_IN = 4;
/** Before the first moment is asked for, there is some history: more of it where more is asked for. */
const FIRST_TRANSACTIONS = 200;
const FIRST_PER_MOMENT = 5;

/**
 * Forks moments at random while Postgres writes, snapshots come and go, history is thinned and collected, and parents are
 * deleted under their forks; opens each by Postgres and compares it with what was acknowledged. Answers figures.
 */
export async function runMoments(place: Place, options: MomentsOptions): Promise<Record<string, unknown>> {
  const run = new MomentsRun(place, options, await openParts(place));
  return run.run();
}

class MomentsRun {
  readonly #place: Place;
  readonly #options: MomentsOptions;
  readonly #parts: EngineParts;
  readonly #random: Random;
  readonly #writers: Writers;
  #lines: Line[] = [];
  #main: Line | undefined;
  #verified = 0;
  #structures = 0;
  #refused = 0;
  #generations = 0;
  #deletions = 0;
  #deepest = 0;
  #restartsOfAll = 0;
  #thinned = 0;
  readonly #kinds: Record<string, number> = {};

  constructor(place: Place, options: MomentsOptions, parts: EngineParts) {
    this.#place = place;
    this.#options = options;
    this.#parts = parts;
    this.#random = seededRandom(options.seed);
    this.#writers = new Writers(parts, seededRandom(options.seed + 1));
  }

  async run(): Promise<Record<string, unknown>> {
    this.#main = await this.#create("postgres-18", "first");
    if (this.#options.timescaledb) await this.#create("timescaledb-2.23-pg17", "last");
    let failure: unknown;
    const writing = this.#writers.write().catch((error: unknown) => {
      failure = error;
    });
    try {
      const first = Math.min(FIRST_TRANSACTIONS, FIRST_PER_MOMENT * this.#options.moments);
      while (!failure && this.#mainLine.transactions.length < first) await systemClock.sleep(20);
      while (!failure && this.#verified < this.#options.moments) {
        await this.#upkeep();
        await this.#probe();
      }
    } finally {
      this.#writers.end();
      await writing;
    }
    if (failure) throw failure;
    return this.#finish();
  }

  get #mainLine(): Line {
    return this.#main as Line;
  }

  async #create(imageId: ImageId, at: "first" | "last"): Promise<Line> {
    const line = await prepareLine(this.#parts, imageId);
    await this.#narrow(line);
    await this.#writers.start(line, at);
    this.#lines.push(line);
    return line;
  }

  /** A window whose end comes soon, or one that is long but has a little less room than its history takes: it is thinned. */
  async #narrow({ volumeId }: Line): Promise<void> {
    const { store } = this.#parts;
    const taken = (await store.figures([volumeId])).get(volumeId)?.historyBytes ?? 0;
    const isThinned = taken > LEAST_BYTES && this.#random.int(4) > 0;
    const micros = (isThinned ? 96 : this.#random.pick([4, 8, 16, 32])) * HOUR;
    const bytes = isThinned
      ? Math.floor(taken * (0.7 + 0.3 * this.#random.next()))
      : this.#random.pick([16, 64, 128]) * MIB;
    await store.setRetention(volumeId, { micros, bytes });
  }

  async #probe(): Promise<void> {
    const line = this.#random.int(10) < 5 ? this.#mainLine : this.#random.pick(this.#lines);
    if (line.transactions.length === 0) return;
    const probe = await chooseProbe(line, this.#parts, this.#random);
    if (!probe) return;
    try {
      await this.#forkAndVerify(line, probe);
    } catch (error) {
      const window = await this.#parts.store.window(line.volumeId).catch(() => undefined);
      throw new Error(
        `a moment of ${line.volumeId} (depth ${line.depth}): ${JSON.stringify(probe)}, window ${JSON.stringify({ ...window, snapshots: undefined })}`,
        { cause: error },
      );
    }
  }

  async #forkAndVerify(line: Line, probe: Probe): Promise<void> {
    const volumeId = newId();
    const result = await forkAt(line, { volumeId, probe }, this.#parts);
    if (!result) {
      this.#refused++;
      return;
    }
    const counts = line.countsAt(result.base.commit);
    const fork = line.forkedAs(volumeId, result.base);
    const service = await this.#parts.start(fork);
    const count = await verifyContent(service.sql, fork, counts);
    if (this.#random.int(STRUCTURE_ONE_IN) === 0) {
      await verifyStructure(service.sql);
      this.#structures++;
    }
    fork.settle(count, result.base);
    this.#count(probe, result.exact, fork);
    if (this.#lines.length < LINES_MAX && this.#random.int(5) === 0) return this.#keep(fork, service);
    if (this.#random.int(2)) await service.compute.stop();
    else await service.compute.kill();
    await this.#parts.store.delete(volumeId);
  }

  #count({ kind }: Probe, exact: boolean, fork: Line): void {
    this.#verified++;
    this.#kinds[kind] = (this.#kinds[kind] ?? 0) + 1;
    this.#deepest = Math.max(this.#deepest, fork.depth);
    if (!exact) this.#thinned++;
    this.#options.progress(
      `${this.#verified} of ${this.#options.moments} moments, ${this.#mainLine.transactions.length} transactions`,
    );
  }

  /** The fork lives on, and perhaps is written to. */
  async #keep(fork: Line, service: Awaited<ReturnType<EngineParts["start"]>>): Promise<void> {
    await this.#narrow(fork);
    this.#lines.push(fork);
    if (this.#writers.lines.length <= WRITTEN_FORKS_MAX) this.#writers.adopt(fork, service);
    else await service.compute.stop();
  }

  async #upkeep(): Promise<void> {
    const draw = this.#random.int(100);
    if (draw < 14) await this.#takeSnapshot();
    else if (draw < 20) await this.#hold();
    else if (draw < 26) await this.#dropSnapshot();
    else if (draw < 38) await this.#narrow(this.#random.int(2) ? this.#mainLine : this.#random.pick(this.#lines));
    else if (draw < 44) await this.#deleteOne();
    else if (draw < 45) await this.#nextGeneration();
    else if (draw < 48) await this.#parts.store.collectAll();
    else if (draw < 54) await this.#checkMoments();
  }

  async #takeSnapshot(): Promise<void> {
    const line = this.#random.pick(this.#lines);
    const snapshotId = newId();
    const kind = this.#random.pick(["manual", "scheduled"] as const);
    const { commit } = await this.#parts.store.takeSnapshot(line.volumeId, { snapshotId, name: snapshotId, kind });
    line.snapshots.set(snapshotId, commit);
  }

  async #dropSnapshot(): Promise<void> {
    const line = this.#random.pick(this.#lines);
    const [oldest] = [...line.snapshots.keys()];
    if (oldest === undefined || line.snapshots.size < 3) return;
    await this.#parts.store.deleteSnapshot(line.volumeId, oldest);
    line.snapshots.delete(oldest);
  }

  async #hold(): Promise<void> {
    const line = this.#random.pick(this.#lines);
    const untilMicros = systemClock.nowMicros() + this.#random.int(6) * HOUR;
    const { exactSince, head } = await this.#parts.store.window(line.volumeId);
    const commit = head.commit - this.#random.int(1 + Math.floor((head.commit - exactSince.commit) / 2));
    await this.#parts.store.hold(line.volumeId, { holdId: newId(), at: { commit }, untilMicros });
  }

  /** Not the one that most is written to: that is another generation's end. */
  async #deleteOne(): Promise<void> {
    const others = this.#lines.filter((line) => line !== this.#main && line.depth > 1);
    if (others.length < 3) return;
    const line = this.#random.pick(others);
    await this.#writers.pause(() => this.#writers.stop(line));
    await this.#delete(line);
  }

  async #delete(line: Line): Promise<void> {
    this.#lines = this.#lines.filter((each) => each !== line);
    await this.#parts.store.delete(line.volumeId);
    this.#deletions++;
  }

  /** A fork takes the place of what is written to most, which is deleted, whoever descends from it. */
  async #nextGeneration(): Promise<void> {
    const old = this.#mainLine;
    await this.#writers.pause(async () => {
      await this.#writers.stop(old);
      const volumeId = newId();
      const { base } = await this.#parts.store.fork(old.volumeId, volumeId);
      this.#main = old.forkedAs(volumeId, base);
      await this.#narrow(this.#main);
      this.#lines.push(this.#main);
      await this.#writers.start(this.#main, "first");
    });
    await this.#delete(old);
    this.#generations++;
  }

  /** The moments that the store counts behind a commit are those that Postgres told. */
  async #checkMoments(): Promise<void> {
    const line = this.#mainLine;
    const { exactSince, head } = await this.#parts.store.window(line.volumeId);
    const commit = exactSince.commit + this.#random.int(head.commit - exactSince.commit + 1);
    const told = () => line.moments.filter((moment) => moment > commit).length;
    const least = told();
    const found = await this.#parts.store.resolve(line.volumeId, { commit }).catch(() => undefined);
    // One more may be durable that was not told yet.
    if (found && (found.momentsAfter < least || found.momentsAfter > told() + 1))
      throw new Error(`${found.momentsAfter} moments after commit ${commit}, and ${least} to ${told()} were told`);
  }

  async #finish(): Promise<Record<string, unknown>> {
    const { store } = this.#parts;
    for (const line of this.#writers.lines) await this.#writers.stop(line);
    await store.collectAll();
    for (const line of this.#lines) await this.#reopen(line);
    await store.collectAll();
    const [totals, diskBytes] = [await store.totals(), diskBytesOf(this.#place)];
    if (totals.diskBytes !== diskBytes)
      throw new Error(`figures add up to ${totals.diskBytes}, the disk to ${diskBytes}`);
    await this.#parts.close();
    if (complaints.length > 0) throw new Error(`the engine complained: ${complaints.slice(0, 5).join("\n")}`);
    const report = requireOrder(this.#place, "at the end");
    return {
      ...{ moments: this.#verified, kinds: this.#kinds, inexact: this.#thinned, refusedRightly: this.#refused },
      ...{ structures: this.#structures, deepest: this.#deepest, generations: this.#generations },
      ...{ deletions: this.#deletions, restarts: this.#writers.restarts, reopened: this.#restartsOfAll },
      transactions: this.#mainLine.transactions.length,
      commits: report.commits,
      diskMiB: Math.round(diskBytes / MIB),
    };
  }

  async #reopen(line: Line): Promise<void> {
    const service = await this.#parts.start(line);
    const all = line.transactions.length;
    await verifyContent(service.sql, line, { least: all, most: all });
    await verifyStructure(service.sql);
    await service.compute.stop();
    this.#restartsOfAll++;
  }
}
