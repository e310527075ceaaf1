import type {
  At,
  BlockStore,
  CommitPoint,
  Damage,
  Frees,
  History,
  LogFigures,
  Resolved,
  Retention,
  ScrubReport,
  Snapshot,
} from "@/lib/blocks";
import type { EngineStore } from "@/lib/runtime/engine/engine-store";
import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import { type Clock, systemClock } from "@/lib/std/clock";
import type { OpenRows, RowStore } from "./row-store";

interface Commit extends CommitPoint {
  readonly rows: readonly string[];
}

interface MemoryVolume {
  readonly ancestors: readonly string[];
  readonly commits: Commit[];
  readonly gone: Set<number>;
  readonly snapshots: Map<string, Snapshot>;
  readonly holds: Map<string, CommitPoint & { holdId: string; untilMicros: number }>;
  readonly guards: Map<string, number>;
  retention: Retention;
  /** The window begins with this commit. */
  first: number;
}

/** What a test may ask of it: a part of the store's face. */
type Face = Pick<BlockStore, "create" | "delete" | "find" | "list" | "storage" | "pauseUpkeep"> &
  Pick<EngineStore, "fork"> &
  Omit<History, "diff" | "collectAll" | "freesEach">;

const NO_BYTES: LogFigures = { headBytes: 0, historyBytes: 0, keptForForksBytes: 0, garbageBytes: 0, metadataBytes: 0 };
const BLOCK = 8192;

/**
 * A model of the block store in memory: volumes are lists of commits, a commit is a list of rows. It keeps the promises of
 * `BlockStore` and `History` that the control plane builds on, and lets a test move the window.
 */
export class MemoryStore implements Face, RowStore {
  readonly #volumes = new Map<string, MemoryVolume>();
  readonly #clock: Clock;
  readonly #damages: Damage[] = [];

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** A transaction: what the volume holds from now on. */
  write(volumeId: string, rows: readonly string[]): CommitPoint {
    const { commits } = this.#get(volumeId);
    const last = commits.at(-1);
    assert(last, "a volume has a commit");
    const made = { commit: last.commit + 1, micros: Math.max(this.#clock.nowMicros(), last.micros + 1), rows };
    commits.push(made);
    return made;
  }

  async openRows(volumeId: string): Promise<OpenRows> {
    this.#get(volumeId);
    return {
      read: () => [...this.rows(volumeId)],
      write: (rows) => void this.write(volumeId, rows),
      close: async () => {},
    };
  }

  rows = (volumeId: string): readonly string[] => this.#get(volumeId).commits.at(-1)?.rows ?? [];

  guards = (volumeId: string): ReadonlyMap<string, number> => this.#get(volumeId).guards;

  /** The window begins with this commit from now on. */
  moveWindow(volumeId: string, first: number): void {
    this.#get(volumeId).first = first;
  }

  /** These commits were thinned. */
  thin(volumeId: string, ...commits: number[]): void {
    for (const commit of commits) this.#get(volumeId).gone.add(commit);
  }

  /** The scrub finds a place that a volume wrote: the newest last. */
  damage(ownerId: string, what: Partial<Damage> = {}): void {
    const unit = this.#damages.length;
    const place = { log: 1, segment: 1, unit, path: "/base/5/2619", block: 12, commit: 1, commitMicros: undefined };
    this.#damages.push({ ...place, volumeIds: [ownerId], ownerId, foundMicros: this.#clock.nowMicros(), ...what });
  }

  /** Nothing is ever under way. */
  async pauseUpkeep(): Promise<boolean> {
    return false;
  }

  async damages(): Promise<ScrubReport> {
    return { damages: this.#damages, scrubbedMicros: this.#clock.nowMicros() };
  }

  async create(volumeId: string) {
    const root = { commit: 1, micros: this.#clock.nowMicros(), rows: [] };
    if (!this.#volumes.has(volumeId)) this.#volumes.set(volumeId, makeVolume([], root));
    return this.#info(volumeId);
  }

  async fork(sourceId: string, volumeId: string, at?: At) {
    const made = this.#volumes.get(volumeId);
    if (!made) {
      const { commit } = at ? await this.resolve(sourceId, at) : this.#head(sourceId);
      const source = this.#get(sourceId);
      const base = source.commits.find((one) => one.commit === commit);
      assert(base, "what resolves is there");
      this.#volumes.set(volumeId, makeVolume([...source.ancestors, sourceId], base));
    }
    const base = this.#get(volumeId).commits[0];
    assert(base, "a volume has a commit");
    const next = this.#volumes.get(sourceId)?.commits.find(({ commit }) => commit > base.commit);
    return {
      ...this.#info(volumeId),
      base: toPoint(base),
      firstLeftOutMicros: next?.micros,
      exact: true,
      momentsMissing: 0,
      snapshotId: undefined,
    };
  }

  async delete(volumeId: string) {
    this.#volumes.delete(volumeId);
  }

  async list() {
    return [...this.#volumes.keys()].map((volumeId) => this.#info(volumeId));
  }

  async find(volumeId: string) {
    return this.#volumes.has(volumeId) ? this.#info(volumeId) : undefined;
  }

  async storage(volumeIds: readonly string[]) {
    return this.#each(volumeIds, ({ commits }) => ({ logicalBytes: 10 * BLOCK, writtenBytes: commits.length * BLOCK }));
  }

  async window(volumeId: string) {
    const volume = this.#get(volumeId);
    const earliest = volume.commits.find(({ commit }) => this.#isInWindow(volume, commit));
    assert(earliest, "the head is in the window");
    const lastGone = Math.max(0, ...volume.gone);
    const exactSince = volume.commits.find(({ commit }) => commit >= Math.max(earliest.commit, lastGone + 1));
    return {
      earliest: toPoint(earliest),
      exactSince: toPoint(exactSince ?? earliest),
      head: this.#head(volumeId),
      gaps: [],
      retention: volume.retention,
      snapshots: [...volume.snapshots.values()],
      holds: this.#holds(volume),
    };
  }

  async resolve(volumeId: string, at: At): Promise<Resolved> {
    const volume = this.#get(volumeId);
    const found = this.#find(volumeId, at);
    const after = volume.commits.filter(({ commit }) => commit > found.commit);
    const missing = "micros" in at ? after.filter(({ micros }) => micros <= at.micros) : [];
    if ("micros" in at && missing.length > 0 && !at.acceptInexact)
      throw new AppError("TARGET_THINNED", "That moment was thinned.", {
        details: {
          before: toPoint(found),
          after: toPoint(after.find(({ commit }) => this.#isKept(volume, commit)) ?? found),
        },
      });
    return {
      ...toPoint(found),
      nextMicros: after[0]?.micros,
      momentsAfter: after.length,
      exact: missing.length === 0,
      momentsMissing: missing.length,
      nearestSnapshot: [...volume.snapshots.values()].findLast(({ commit }) => commit <= found.commit),
    };
  }

  async histogram(volumeId: string, span: { fromMicros: number; toMicros: number; buckets: number }) {
    const width = (span.toMicros - span.fromMicros) / span.buckets;
    const { commits } = this.#get(volumeId);
    return Array.from({ length: span.buckets }, (_, index) => {
      const fromMicros = Math.round(span.fromMicros + index * width);
      const inside = commits.filter(({ micros }) => micros >= fromMicros && micros < fromMicros + width);
      return { fromMicros, moments: inside.length, bytes: inside.length * BLOCK };
    });
  }

  async setRetention(volumeId: string, retention: Retention) {
    this.#get(volumeId).retention = retention;
  }

  async takeSnapshot(volumeId: string, asked: Parameters<History["takeSnapshot"]>[1]): Promise<Snapshot> {
    const { snapshots } = this.#get(volumeId);
    const { at, ...names } = asked;
    const point = at ? toPoint(this.#find(volumeId, at)) : this.#head(volumeId);
    const taken = snapshots.get(asked.snapshotId) ?? { ...names, ...point, takenMicros: this.#clock.nowMicros() };
    snapshots.set(asked.snapshotId, taken);
    return taken;
  }

  async deleteSnapshot(volumeId: string, snapshotId: string) {
    this.#get(volumeId).snapshots.delete(snapshotId);
  }

  async hold(volumeId: string, { holdId, at, untilMicros }: { holdId: string; at: At; untilMicros: number }) {
    const { commit, micros } = await this.resolve(volumeId, at);
    const hold = { holdId, commit, micros, untilMicros };
    this.#get(volumeId).holds.set(holdId, hold);
    return hold;
  }

  async releaseHold(volumeId: string, holdId: string) {
    this.#get(volumeId).holds.delete(holdId);
  }

  async guard(volumeId: string, guards: Parameters<Face["guard"]>[1]) {
    for (const { guardId, commit } of guards) this.#get(volumeId).guards.set(guardId, commit);
  }

  async figures(volumeIds: readonly string[]) {
    return this.#each(volumeIds, ({ commits }) => ({
      ...NO_BYTES,
      headBytes: commits.length * BLOCK,
      historyBytes: 4096,
    }));
  }

  async totals() {
    const all = await this.figures([...this.#volumes.keys()]);
    const sum = (key: keyof LogFigures) => [...all.values()].reduce((total, figures) => total + figures[key], 0);
    const ancestors = new Set([...this.#volumes.values()].flatMap((volume) => volume.ancestors));
    // A block of each volume that was deleted and is still descended from.
    const keptForForksBytes = [...ancestors].filter((volumeId) => !this.#volumes.has(volumeId)).length * BLOCK;
    const logs = { ...NO_BYTES, headBytes: sum("headBytes"), historyBytes: sum("historyBytes"), keptForForksBytes };
    return { logs, systemBytes: 4096, diskBytes: logs.headBytes + logs.historyBytes + keptForForksBytes + 4096 };
  }

  async shares() {
    const living = await this.figures([...this.#volumes.keys()]);
    const deleted = [...this.#volumes.values()]
      .flatMap(({ ancestors }) => ancestors)
      .filter((volumeId) => !living.has(volumeId))
      .map((volumeId) => [volumeId, { ...NO_BYTES, keptForForksBytes: BLOCK }] as const);
    const logs = [...living, ...new Map(deleted)].map(([volumeId, figures]) => ({
      volumeId,
      isLiving: living.has(volumeId),
      figures,
      logicalBytes: living.has(volumeId) ? 10 * BLOCK : 0,
      heirs: [...this.#volumes]
        .filter(([, { ancestors }]) => ancestors.includes(volumeId))
        .map(([heirId]) => ({ volumeId: heirId, soleBytes: 0 })),
    }));
    return { logs, otherBytes: 4096 };
  }

  async frees(volumeIds: readonly string[]): Promise<Frees> {
    const found = await this.storage(volumeIds);
    const freesBytes = [...found.values()].reduce((total, { writtenBytes }) => total + writtenBytes, 0);
    return { freesBytes, pinnedBytes: BLOCK };
  }

  #find(volumeId: string, at: At): Commit {
    const volume = this.#get(volumeId);
    const nowMicros = this.#clock.nowMicros();
    const kept = volume.commits.filter(({ commit }) => this.#isKept(volume, commit));
    if ("snapshotId" in at) {
      const snapshot = volume.snapshots.get(at.snapshotId);
      if (!snapshot) throw new AppError("NO_SNAPSHOT", "There is no such snapshot.");
      return this.#find(volumeId, { commit: snapshot.commit });
    }
    const windowed = kept.filter(({ commit }) => this.#isInWindow(volume, commit));
    const found =
      "commit" in at
        ? kept.find(({ commit }) => commit === at.commit)
        : windowed.findLast(({ micros }) => micros <= at.micros && at.micros <= nowMicros);
    if (found) return found;
    const details = { earliest: windowed[0]?.micros, latest: nowMicros };
    throw new AppError("TARGET_OUTSIDE_WAL_WINDOW", "That moment is outside of the window.", { details });
  }

  #isKept(volume: MemoryVolume, commit: number): boolean {
    const named = [...volume.snapshots.values(), ...this.#holds(volume)].some((one) => one.commit === commit);
    return named || this.#isInWindow(volume, commit);
  }

  #isInWindow = (volume: MemoryVolume, commit: number): boolean => commit >= volume.first && !volume.gone.has(commit);

  #holds = (volume: MemoryVolume) =>
    [...volume.holds.values()].filter(({ untilMicros }) => untilMicros > this.#clock.nowMicros());

  #head(volumeId: string): CommitPoint {
    const head = this.#get(volumeId).commits.at(-1);
    assert(head, "a volume has a commit");
    return toPoint(head);
  }

  #get(volumeId: string): MemoryVolume {
    const volume = this.#volumes.get(volumeId);
    if (!volume) throw new AppError("NOT_FOUND", "There is no such volume.");
    return volume;
  }

  #info = (volumeId: string) => ({ volumeId, head: this.#head(volumeId), ancestors: this.#get(volumeId).ancestors });

  #each<Value>(volumeIds: readonly string[], describe: (volume: MemoryVolume) => Value): Map<string, Value> {
    const known = volumeIds.filter((volumeId) => this.#volumes.has(volumeId));
    return new Map(known.map((volumeId) => [volumeId, describe(this.#get(volumeId))]));
  }
}

const DAY = { micros: 86_400_000_000, bytes: 8 * 1024 ** 3 };

const makeVolume = (ancestors: readonly string[], base: Commit): MemoryVolume => ({
  ancestors,
  commits: [base],
  gone: new Set(),
  snapshots: new Map(),
  holds: new Map(),
  guards: new Map(),
  retention: DAY,
  first: base.commit,
});

const toPoint = ({ commit, micros }: CommitPoint): CommitPoint => ({ commit, micros });
