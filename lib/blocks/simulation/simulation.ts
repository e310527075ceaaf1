import { assert } from "@/lib/std/assert";
import type { Clock } from "@/lib/std/clock";
import { silentLog } from "@/lib/std/log";
import { type Random, seededRandom } from "@/lib/std/random";
import { Keeper } from "../keeper/keeper";
import type { Limits } from "../limits";
import { BLOCK_BYTES, UNIT_BYTES } from "../log/format";
import type { WriterTicket } from "../store-types";
import { openVolume } from "../volume/open-volume";
import type { Volume } from "../volume/volume-types";
import { VolumeError } from "../volume-error";
import { SMALL_RESERVE } from "./memory-store";
import { findDifference } from "./model-difference";
import { ModelVolume } from "./model-volume";
import { assertDamage, makeUnsteadyClock, pickLimits, planFault, STEPS, type StepName } from "./setup";
import { SimulatedDevice } from "./simulated-device";
import { type Tracked, trackVolume, type Writer } from "./tracked";
import { changeVolume } from "./volume-workload";

const STORE_DIR = "/store";
const MOST_VOLUMES = 7;

/**
 * A store on a simulated disk and a model of it side by side, driven by one seed. Everything acknowledged must be there after
 * any power cut; what was in flight may be there or not, but wholly.
 */
export class Simulation {
  device: SimulatedDevice;
  readonly #random: Random;
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #volumes = new Map<string, Tracked>();
  /** Volumes whose creation or deletion was cut off, with what they would hold. */
  readonly #doubtful = new Map<string, Tracked>();
  /** A commit that was cut off: its whole state may stand. */
  #inFlight: Tracked | undefined;
  #keeper: Keeper;
  #nextVolume = 1;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.device = new SimulatedDevice(this.#random, STORE_DIR);
    this.#limits = pickLimits(this.#random);
    this.#clock = makeUnsteadyClock(this.#random);
    this.#keeper = this.#openKeeper();
  }

  run(steps: number): void {
    for (let step = 0; step < steps; step++) {
      if (this.#random.int(25) === 0) planFault(this.device, this.#random);
      this.#step();
    }
    this.crash();
  }

  /** Cuts the power (or kills the process) now and opens the store again, with more cuts while it opens. */
  crash(): void {
    this.device.isOff = true;
    const isKilled = this.#random.int(3) === 0;
    this.device.failure = undefined;
    for (const tracked of this.#volumes.values()) tracked.writer = undefined;
    for (;;) {
      if (isKilled) this.device.resume();
      else this.device.restart();
      if (this.#random.int(4) === 0) this.device.cutAt = this.device.operations + 1 + this.#random.int(8);
      try {
        this.#keeper = this.#openKeeper();
        this.#settleDoubts();
        if (!this.device.isOff) break;
      } catch (error) {
        if (!this.device.isOff) throw error;
      }
    }
    this.device.cutAt = Number.POSITIVE_INFINITY;
  }

  /** Compares every volume with its model, by opening it anew. */
  checkAll(): void {
    for (const tracked of this.#volumes.values()) this.#checkStopped(tracked);
    const known = [...this.#volumes.keys()].sort();
    const listed = this.#keeper.list().map((volume) => volume.volumeId);
    assert(JSON.stringify(listed.sort()) === JSON.stringify(known), `volumes are ${listed}, should be ${known}`);
    this.#checkLogs();
  }

  /** Flips one bit of the disk as `run` left it, again and again. */
  checkDamage(flips: number): void {
    const whole = this.device;
    for (let flip = 0; flip < flips; flip++) {
      this.device = whole.copy();
      this.#checkFlippedBit();
    }
    this.device = whole;
    this.#keeper = this.#openKeeper();
    for (const tracked of this.#volumes.values()) tracked.writer = undefined;
  }

  /** Every volume must read right, read as before its last commit, or say that it is damaged. */
  #checkFlippedBit(): void {
    const files = this.device.files();
    const path = this.#random.pick(files);
    const bytes = this.device.content(path).length;
    if (bytes === 0) return;
    // Half of them where headers and lists lie: at the beginning of a unit.
    const unit = UNIT_BYTES * this.#random.int(Math.ceil(bytes / UNIT_BYTES));
    const byte =
      this.#random.int(2) === 0 ? this.#random.int(bytes) : unit + this.#random.int(Math.min(300, bytes - unit));
    this.device.flipBit(path, byte * 8 + this.#random.int(8));
    try {
      this.#keeper = this.#openKeeper();
    } catch (error) {
      assertDamage(error);
      return;
    }
    for (const tracked of this.#volumes.values()) this.#checkDamaged(tracked);
  }

  #step(): void {
    try {
      this.#actions[this.#random.pick(STEPS)]();
    } catch (error) {
      if (!this.device.isOff) throw error;
      this.crash();
      this.checkAll();
    }
  }

  readonly #actions: Record<StepName, () => void> = {
    create: () => this.#create(),
    fork: () => this.#fork(),
    delete: () => this.#delete(),
    work: () => this.#withWriter((tracked, writer) => this.#work(tracked, writer)),
    commit: () => this.#withWriter((tracked, writer) => void this.#commit(tracked, writer)),
    settle: () => this.#withWriter((tracked, writer) => this.#orFail(tracked, () => writer.volume.settle())),
    stop: () => this.#withWriter((tracked, writer) => this.#stop(tracked, writer)),
    replaceWriter: () => this.#withWriter((tracked, writer) => this.#replaceWriter(tracked, writer)),
    check: () => this.#checkSome(),
    reopen: () => this.#reopen(),
    crash: () => {
      this.crash();
      this.checkAll();
    },
  };

  #create(): void {
    if (this.#volumes.size >= MOST_VOLUMES) return;
    const volumeId = `v${this.#nextVolume++}`;
    const made = trackVolume(volumeId, new ModelVolume(), []);
    this.#doubtful.set(volumeId, made);
    this.#settleMaking(
      made,
      this.#tolerate(() => this.#keeper.create(volumeId, this.#clock.nowMicros())),
    );
  }

  #fork(): void {
    // Often the newest, so that forks of forks of forks come about.
    const newest = [...this.#volumes.values()].at(-1);
    const source = this.#random.int(2) === 0 ? newest : this.#pickTracked();
    if (!source || this.#volumes.size >= MOST_VOLUMES) return;
    const volumeId = `v${this.#nextVolume++}`;
    const ids = { sourceId: source.volumeId, volumeId };
    const made = trackVolume(volumeId, source.committed, [...source.ancestors, source.volumeId]);
    this.#doubtful.set(volumeId, made);
    const fork = () => this.#keeper.fork(ids, this.#clock.nowMicros());
    const isDone = this.#tolerate(fork);
    this.#settleMaking(made, isDone);
    if (isDone) assert(`${fork().ancestors}` === `${made.ancestors}`, "a repeated fork answers the same fork");
  }

  #settleMaking(made: Tracked, isDone: boolean): void {
    this.#doubtful.delete(made.volumeId);
    if (isDone) this.#volumes.set(made.volumeId, made);
    else this.#expectAbsent(made.volumeId);
  }

  #delete(): void {
    // Often the oldest, whose forks go on.
    const [oldest] = this.#volumes.values();
    const tracked = this.#random.int(2) === 0 ? oldest : this.#pickTracked();
    if (tracked?.writer) this.#stop(tracked, tracked.writer);
    if (!tracked || tracked.writer) return;
    this.#doubtful.set(tracked.volumeId, tracked);
    this.#volumes.delete(tracked.volumeId);
    const isDone = this.#tolerate(() => this.#keeper.delete(tracked.volumeId));
    this.#doubtful.delete(tracked.volumeId);
    if (!isDone) this.#volumes.set(tracked.volumeId, tracked);
    else this.#expectAbsent(tracked.volumeId);
  }

  #expectAbsent(volumeId: string): void {
    this.#doubtful.delete(volumeId);
    assert(this.#keeper.find(volumeId) === undefined, `${volumeId} is not there after it failed or was deleted`);
  }

  #work(tracked: Tracked, writer: Writer): void {
    this.#orFail(tracked, () => {
      tracked.working = changeVolume(writer.volume, tracked.working, this.#random);
    });
  }

  #commit(tracked: Tracked, writer: Writer): boolean {
    this.#inFlight = tracked;
    const before = writer.volume.head;
    const isDone = this.#orFail(tracked, () => {
      const point = writer.volume.commit();
      assert(point.commit >= before.commit && point.micros >= before.micros, "commits go forward");
      if (point.commit > before.commit) tracked.previous = tracked.committed;
      tracked.committed = tracked.working;
      tracked.head = point;
    });
    this.#inFlight = undefined;
    // After a failed commit the volume may stand at either state when it is opened again; nobody was told which.
    if (!isDone) this.#settleFailed(tracked);
    return isDone;
  }

  #stop(tracked: Tracked, writer: Writer): void {
    if (!this.#orFail(tracked, () => writer.volume.close())) return;
    this.#release(tracked, writer);
    this.#checkStopped(tracked);
  }

  /** A writer that was thought dead goes on writing after the next one has committed: that must change nothing. */
  #replaceWriter(tracked: Tracked, stale: Writer): void {
    this.#release(tracked, stale);
    tracked.hadStaleWriter = true;
    const writer = this.#openWriter(tracked);
    if (writer) this.#work(tracked, writer);
    try {
      if (writer && !stale.volume.lookup("/stale")) stale.volume.create("/stale", 0o600);
      if (writer) stale.volume.commit();
      stale.volume.close();
    } catch (error) {
      // It may run into the next writer's segment.
      if (!(error instanceof VolumeError)) throw error;
      stale.volume.close();
    }
    if (tracked.writer) this.#commit(tracked, tracked.writer);
  }

  #reopen(): void {
    for (const tracked of this.#volumes.values()) if (tracked.writer) return;
    this.#keeper.close();
    assert(this.device.openFiles === 0, `${this.device.openFiles} files are open after the store was closed`);
    this.device.failure = undefined;
    this.#keeper = this.#openKeeper();
  }

  #checkSome(): void {
    const tracked = this.#pickTracked();
    if (!tracked) return;
    if (!tracked.writer) {
      this.#checkStopped(tracked);
      return;
    }
    const difference = findDifference(tracked.writer.volume, tracked.working);
    assert(!difference, `${tracked.volumeId} as its writer sees it: ${difference}`);
  }

  #checkStopped(tracked: Tracked): void {
    const found = tracked.writer ? undefined : this.#openWriter(tracked);
    if (!found) return;
    const difference = findDifference(found.volume, tracked.committed);
    assert(!difference, `${tracked.volumeId} with its writer stopped: ${difference}`);
    if (this.#random.int(2) === 0) this.#checkCount(tracked, found);
    if (tracked.writer === found && this.#orFail(tracked, () => found.volume.close())) this.#release(tracked, found);
  }

  /** Files that lost their name while open go with the first commit of the next writer; then the count is exact. */
  #checkCount(tracked: Tracked, { ticket, volume }: Writer): void {
    volume.utimes(volume.lookup("/") ?? 0, 0);
    if (!this.#commit(tracked, { ticket, volume })) return;
    const logicalBytes = this.#keeper.storage([tracked.volumeId]).get(tracked.volumeId)?.logicalBytes ?? 0;
    const { mappedBlocks } = tracked.committed;
    assert(
      logicalBytes === mappedBlocks * BLOCK_BYTES,
      `${tracked.volumeId} counts ${logicalBytes} bytes, has ${mappedBlocks} blocks`,
    );
  }

  #checkDamaged(tracked: Tracked): void {
    tracked.writer = undefined;
    // With the header that shut it out gone as well, what it wrote may come to light: two faults, more than is promised.
    if (tracked.hadStaleWriter) return;
    try {
      const ticket = this.#keeper.openWriter(tracked.volumeId);
      const volume = this.#openVolume(ticket);
      const difference = findDifference(volume, tracked.committed) && findDifference(volume, tracked.previous);
      assert(!difference, `${tracked.volumeId} after damage: ${difference}`);
      volume.close();
    } catch (error) {
      assertDamage(error);
    }
  }

  /** On disk are the logs of living volumes and of those that they descend through, and nothing else. */
  #checkLogs(): void {
    const needed = new Set([...this.#volumes.values()].flatMap((tracked) => [tracked.volumeId, ...tracked.ancestors]));
    const logs = this.device.readdir(`${STORE_DIR}/logs`).length;
    assert(logs <= needed.size, `${logs} logs are left, ${needed.size} are needed`);
  }

  #settleDoubts(): void {
    const inFlight = this.#inFlight;
    if (inFlight) this.#settleFailed(inFlight);
    this.#inFlight = undefined;
    for (const [volumeId, doubtful] of this.#doubtful)
      if (this.#keeper.find(volumeId)) this.#volumes.set(volumeId, doubtful);
    this.#doubtful.clear();
    for (const tracked of this.#volumes.values()) tracked.working = tracked.committed;
  }

  /** Finds out which of the two states a commit without an answer left. */
  #settleFailed(tracked: Tracked): void {
    const ticket = this.#keeper.openWriter(tracked.volumeId);
    const volume = this.#openVolume(ticket);
    if (findDifference(volume, tracked.committed) !== undefined) tracked.committed = tracked.working;
    tracked.previous = tracked.committed;
    tracked.working = tracked.committed;
    volume.close();
    this.#keeper.releaseWriter(ticket.logId);
  }

  #withWriter(act: (tracked: Tracked, writer: Writer) => void): void {
    const tracked = this.#pickTracked();
    if (!tracked) return;
    const writer = tracked.writer ?? this.#openWriter(tracked);
    if (writer) act(tracked, writer);
  }

  #openWriter(tracked: Tracked): Writer | undefined {
    let ticket: WriterTicket | undefined;
    this.#tolerate(() => {
      ticket = this.#keeper.openWriter(tracked.volumeId);
    });
    if (!ticket) return undefined;
    const given = ticket;
    const isOpen = this.#tolerate(() => {
      tracked.writer = { ticket: given, volume: this.#openVolume(given) };
      tracked.head = tracked.writer.volume.head;
    });
    if (!isOpen) this.#keeper.releaseWriter(ticket.logId);
    tracked.working = tracked.committed;
    return tracked.writer;
  }

  #openVolume(ticket: WriterTicket): Volume {
    return openVolume(ticket, { clock: this.#clock, device: this.device, limits: this.#limits });
  }

  #release(tracked: Tracked, writer: Writer): void {
    this.#keeper.releaseWriter(writer.ticket.logId);
    tracked.writer = undefined;
    tracked.working = tracked.committed;
  }

  /** An injected error fails the volume; it must refuse everything then, and stand at its last commit when opened again. */
  #orFail(tracked: Tracked, work: () => void): boolean {
    const { writer } = tracked;
    if (this.#tolerate(work)) return true;
    if (!writer) return false;
    let refused = false;
    try {
      writer.volume.lookup("/");
    } catch (error) {
      refused = error instanceof VolumeError;
    }
    assert(refused, "a failed volume refuses further work");
    const published = this.#keeper.find(tracked.volumeId)?.head.commit;
    assert(published === tracked.head?.commit, `commit ${published} was published and not acknowledged`);
    writer.volume.close();
    this.#release(tracked, writer);
    return false;
  }

  /** False when an injected error of the disk came out of it. */
  #tolerate(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (this.device.isOff || !this.device.failure || !(error instanceof VolumeError)) throw error;
      if (error.code !== "ENOSPC" && error.code !== "EIO") throw error;
      this.device.failure = undefined;
      return false;
    }
  }

  #pickTracked(): Tracked | undefined {
    return this.#volumes.size === 0 ? undefined : this.#random.pick([...this.#volumes.values()]);
  }

  #openKeeper(): Keeper {
    return new Keeper({ device: this.device, storeDir: STORE_DIR, log: silentLog, reserveSizes: SMALL_RESERVE });
  }
}
