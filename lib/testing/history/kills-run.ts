import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { newId } from "@/lib/std/ids";
import { type Random, seededRandom } from "@/lib/std/random";
import { Account } from "./account";
import type { Line } from "./line";
import { complaints, type EngineParts, openParts, type Place, requireOrder } from "./parts";
import { prepareLine } from "./prepare";
import { chooseProbe, forkAt } from "./probe";
import type { Said, VictimTask } from "./said";
import { readCursor, verifyContent, verifyStructure } from "./verify";
import { pickWeighted } from "./workload";

export interface KillsOptions {
  readonly seed: number;
  readonly kills: number;
  readonly timescaledb: boolean;
  readonly progress: (text: string) => void;
}

/** What a kill waits for: so many of these, and a moment more. While it opens, only time passes. */
const TRIGGERS = [
  { say: "done", most: 150, extraMs: 12, weight: 8 },
  { say: "try-fork", most: 8, extraMs: 8, weight: 3 },
  { say: "try-delete", most: 4, extraMs: 4, weight: 3 },
  { say: "try-snapshot", most: 8, extraMs: 3, weight: 2 },
  { say: "collecting", most: 4, extraMs: 60, weight: 4 },
  { say: "opening", most: 0, extraMs: 900, weight: 4 },
] as const;
const WEIGHTED_TRIGGERS = TRIGGERS.map((trigger) => [trigger, trigger.weight] as const);
const STRUCTURE_ONE_IN = 3;
const PROBES = 2;
/** Far more than it takes; a process that hangs is a failure too. */
const VICTIM_MS = 120_000;

/**
 * Kills a process that holds the store, runs Postgres and is asked for forks, deletions, snapshots and collection, again and
 * again on the same store; after each kill (or two in a row) opens it and compares everything with what was acknowledged.
 */
export async function runKills(place: Place, options: KillsOptions): Promise<Record<string, unknown>> {
  return new KillsRun(place, options).run();
}

class KillsRun {
  readonly #place: Place;
  readonly #options: KillsOptions;
  readonly #random: Random;
  readonly #account = new Account();
  /** Since they were last looked at. */
  readonly #written = new Set<Line>();
  /** Were there before. */
  readonly #foreign = new Set<string>();
  #main: Line | undefined;
  #kills = 0;
  readonly #met = { opening: 0, transaction: 0, fork: 0, deletion: 0, snapshot: 0, collection: 0 };
  readonly #done = { opened: 0, structures: 0, moments: 0, refusedRightly: 0, generations: 0 };

  constructor(place: Place, options: KillsOptions) {
    this.#place = place;
    this.#options = options;
    this.#random = seededRandom(options.seed);
  }

  async run(): Promise<Record<string, unknown>> {
    const parts = await openParts(this.#place);
    for (const { volumeId } of await parts.store.list()) this.#foreign.add(volumeId);
    this.#main = await prepareLine(parts, "postgres-18");
    this.#account.add(this.#main);
    if (this.#options.timescaledb) this.#account.add(await prepareLine(parts, "timescaledb-2.23-pg17"));
    await parts.close();
    while (this.#kills < this.#options.kills) {
      await this.#kill();
      if (this.#random.int(4) === 0) await this.#kill();
      requireOrder(this.#place, `after kill ${this.#kills}`);
      await this.#verify();
      const { findings: _, ...report } = requireOrder(this.#place, `after kill ${this.#kills} and an orderly end`);
      this.#options.progress(
        `${this.#kills} of ${this.#options.kills} kills, ${this.#account.acknowledged} acknowledged, ${report.volumes} volumes, ${report.commits} commits`,
      );
    }
    return { kills: this.#kills, met: this.#met, acknowledged: this.#account.acknowledged, ...this.#done };
  }

  get #lines(): Line[] {
    return [...this.#account.lines.values()];
  }

  async #kill(): Promise<void> {
    const { say, most, extraMs } = pickWeighted(this.#random, WEIGHTED_TRIGGERS);
    const [times, afterMs] = [1 + this.#random.int(most), extraMs * this.#random.next()];
    const child = this.#spawn(say.startsWith("try-") ? { say: say as Said["say"], times, afterMs } : undefined);
    const killSoon = () => setTimeout(() => child.kill("SIGKILL"), afterMs);
    let wait = times;
    if (say === "opening") killSoon();
    const watchdog = setTimeout(() => child.kill("SIGABRT"), VICTIM_MS);
    let isOpening = true;
    let tried: Said | undefined;
    for await (const text of createInterface({ input: child.stdout as NonNullable<ChildProcess["stdout"]> })) {
      const said = parseWhole(text);
      if (!said) continue;
      this.#account.hear(said);
      if (said.say === "found") isOpening = false;
      if (said.say === "try") tried = said;
      if (said.say === "done") tried = undefined;
      if (said.say === say && !say.startsWith("try-") && --wait === 0) killSoon();
    }
    clearTimeout(watchdog);
    if (child.exitCode === null && child.signalCode === null)
      await new Promise((resolve) => child.once("exit", resolve));
    if (child.signalCode !== "SIGKILL")
      throw new Error(`the process ended by itself: ${child.exitCode ?? child.signalCode}`);
    this.#kills++;
    this.#meet(isOpening, tried !== undefined);
  }

  /** What was under way. */
  #meet(isOpening: boolean, isTransaction: boolean): void {
    const { forks, maybeGone, maybeTaken, maybeDropped, isCollecting } = this.#account;
    const met = this.#met;
    if (isOpening) met.opening++;
    if (isTransaction) met.transaction++;
    if ([...forks.values()].some(({ base, isGone }) => !base && !isGone)) met.fork++;
    if (maybeGone.size > 0) met.deletion++;
    if (maybeDropped.size + maybeTaken.size > 0) met.snapshot++;
    if (isCollecting) met.collection++;
  }

  #spawn(end: VictimTask["end"]): ChildProcess {
    const { bundleDir, dir } = this.#place;
    const others = this.#lines.filter((line) => line !== this.#main);
    const second = others.length > 0 && this.#random.int(2) ? this.#random.pick(others) : undefined;
    const first = [this.#main as Line, ...(second ? [second] : [])];
    for (const line of first) this.#written.add(line);
    const lines = [...first, ...others.filter((line) => line !== second)].map(({ volumeId, imageId, snapshots }) => ({
      volumeId,
      imageId,
      snapshots: [...snapshots.keys()],
    }));
    const task: VictimTask = {
      bundleDir,
      dir,
      seed: this.#random.int(2 ** 31),
      lines,
      written: first.length,
      ...(end && { end }),
    };
    const entry = join(bundleDir, "victim.mjs");
    return spawn(process.execPath, [entry, JSON.stringify(task)], { stdio: ["ignore", "pipe", "inherit"] });
  }

  async #verify(): Promise<void> {
    const parts = await openParts(this.#place);
    const isAll = this.#random.int(4) === 0;
    for (const line of this.#lines)
      await this.#verifyLine(line, { parts, isOpened: isAll || this.#written.has(line) || this.#random.int(3) === 0 });
    await this.#verifyForks(parts);
    await this.#verifyNothingElse(parts);
    for (const line of this.#lines) await this.#verifySnapshots(line, parts);
    this.#account.settle();
    this.#written.clear();
    for (let probe = 0; probe < PROBES; probe++) await this.#probe(parts);
    if (this.#random.int(6) === 0) await this.#nextGeneration(parts);
    await parts.close();
    if (complaints.length > 0) throw new Error(`the engine complained: ${complaints.slice(0, 5).join("\n")}`);
  }

  /** Those that were written to are always opened: only Postgres knows whether the last transaction is in. */
  async #verifyLine(line: Line, { parts, isOpened }: { parts: EngineParts; isOpened: boolean }): Promise<void> {
    const found = await parts.store.find(line.volumeId);
    if (!found && !this.#account.maybeGone.has(line.volumeId)) throw new Error(`${line.volumeId} is lost`);
    if (!found) {
      this.#account.lines.delete(line.volumeId);
      return;
    }
    if (!isOpened) return;
    const service = await parts.start(line);
    const { nextNumber } = await readCursor(service.sql);
    const { head } = (await parts.store.find(line.volumeId)) ?? found;
    this.#account.resolve(line.volumeId, nextNumber - 1, head);
    const all = line.transactions.length;
    await this.#verifyStarted(service, { line, least: all, most: all });
  }

  async #verifyStarted(
    { sql, compute }: Awaited<ReturnType<EngineParts["start"]>>,
    { line, ...counts }: { line: Line; least: number; most: number },
  ): Promise<number> {
    const count = await verifyContent(sql, line, counts);
    if (line === this.#main || this.#random.int(STRUCTURE_ONE_IN) === 0) {
      await verifyStructure(sql);
      this.#done.structures++;
    }
    await compute.stop();
    this.#done.opened++;
    return count;
  }

  /** In the order in which they were asked for: a fork of a fork needs to know what that one was. */
  async #verifyForks(parts: EngineParts): Promise<void> {
    for (const fork of this.#account.forks.values()) {
      const { volumeId, sourceId } = fork;
      const found = await parts.store.find(volumeId);
      if (fork.isGone && found) throw new Error(`${volumeId} was deleted and is back`);
      // Asked again, a fork that was made already answers what it is.
      if (found && !fork.base) fork.base = (await parts.store.fork(sourceId, volumeId)).base;
      if (!fork.base) continue;
      const line = this.#account.lineOf(fork, fork.base);
      if (!found && !fork.isGone && !this.#account.maybeGone.has(volumeId)) throw new Error(`fork ${volumeId} is lost`);
      if (!found) continue;
      this.#account.add(line);
      const counts = line.countsAt(fork.base.commit);
      line.settle(await this.#verifyStarted(await parts.start(line), { line, ...counts }), fork.base);
    }
  }

  async #verifyNothingElse({ store }: EngineParts): Promise<void> {
    const expected = new Set([...this.#foreign, ...this.#account.lines.keys()]);
    const more = (await store.list()).filter(({ volumeId }) => !expected.has(volumeId) && !volumeId.startsWith("tpl0"));
    if (more.length > 0) throw new Error(`nobody asked for ${more.map(({ volumeId }) => volumeId).join(", ")}`);
  }

  async #verifySnapshots(line: Line, { store }: EngineParts): Promise<void> {
    const { maybeTaken, maybeDropped } = this.#account;
    const found = new Map((await store.window(line.volumeId)).snapshots.map((each) => [each.snapshotId, each.commit]));
    for (const [snapshotId, commit] of line.snapshots) {
      if (!found.has(snapshotId) && maybeDropped.has(snapshotId)) line.snapshots.delete(snapshotId);
      else if (found.get(snapshotId) !== commit)
        throw new Error(`snapshot ${snapshotId} of ${line.volumeId} has ${found.get(snapshotId)}, not ${commit}`);
    }
    for (const [snapshotId, commit] of found) {
      if (!line.snapshots.has(snapshotId) && !maybeTaken.has(snapshotId))
        throw new Error(`snapshot ${snapshotId} of ${line.volumeId} was dropped, or never taken`);
      line.snapshots.set(snapshotId, commit);
    }
  }

  /** Moments from before the kill, and from before earlier ones. */
  async #probe(parts: EngineParts): Promise<void> {
    const line = this.#random.int(2) ? (this.#main as Line) : this.#random.pick(this.#lines);
    const probe = await chooseProbe(line, parts, this.#random);
    if (!probe) return;
    const volumeId = newId();
    const result = await forkAt(line, { volumeId, probe }, parts);
    if (!result) {
      this.#done.refusedRightly++;
      return;
    }
    const fork = line.forkedAs(volumeId, result.base);
    await this.#verifyStarted(await parts.start(fork), { line: fork, ...line.countsAt(result.base.commit) });
    await parts.store.delete(volumeId);
    this.#done.moments++;
  }

  /** The old one lives on until some process deletes it. */
  async #nextGeneration({ store }: EngineParts): Promise<void> {
    const old = this.#main as Line;
    const volumeId = newId();
    const { base } = await store.fork(old.volumeId, volumeId);
    this.#main = old.forkedAs(volumeId, base);
    this.#account.add(this.#main);
    this.#done.generations++;
  }
}

/** The last line of a process that was killed may be half of one. */
function parseWhole(text: string): Said | undefined {
  try {
    return JSON.parse(text) as Said;
  } catch {
    return undefined;
  }
}
