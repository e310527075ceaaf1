import type { CommitPoint } from "@/lib/blocks";
import type { LedgerRow } from "./ledger";
import type { Line } from "./line";
import type { Said } from "./said";

export interface ForkAsked {
  readonly volumeId: string;
  readonly sourceId: string;
  /** Unknown when the answer was never heard. */
  base: CommitPoint | undefined;
  isGone: boolean;
  readonly snapshots: Map<string, number>;
}

/** What must be in a store, by what processes said before they were killed, and what may be. */
export class Account {
  readonly lines = new Map<string, Line>();
  /** Forks that were asked for since the last look, by their volume. */
  readonly forks = new Map<string, ForkAsked>();
  /** Volumes of which it is not known whether they are gone. */
  readonly maybeGone = new Set<string>();
  readonly maybeTaken = new Set<string>();
  readonly maybeDropped = new Set<string>();
  /** Transactions that were sent and not acknowledged, by volume. */
  readonly #open = new Map<string, LedgerRow>();
  /** Sources of forks may be gone when the fork is looked at. */
  readonly #known = new Map<string, Line>();
  acknowledged = 0;
  isCollecting = false;

  add(line: Line): void {
    this.lines.set(line.volumeId, line);
    this.#known.set(line.volumeId, line);
  }

  /** The line that a fork is, as far as can be known before Postgres was asked. */
  lineOf({ volumeId, sourceId, snapshots }: ForkAsked, base: CommitPoint): Line {
    const line = this.#get(sourceId).forkedAs(volumeId, base);
    for (const [snapshotId, commit] of snapshots) line.snapshots.set(snapshotId, commit);
    this.#known.set(volumeId, line);
    return line;
  }

  hear(said: Said): void {
    switch (said.say) {
      case "found":
        this.resolve(said.volumeId, said.n, said.head);
        return;
      case "try":
        this.#open.set(said.volumeId, said.row);
        return;
      case "done":
        this.#get(said.volumeId).acknowledge(said.row, said.commit);
        this.#open.delete(said.volumeId);
        this.acknowledged++;
        return;
      case "try-fork":
        this.forks.set(said.volumeId, { ...said, base: undefined, isGone: false, snapshots: new Map() });
        return;
      case "forked":
        this.#fork(said.volumeId).base = said.base;
        return;
      case "left-window":
        this.forks.delete(said.volumeId);
        return;
      case "collecting":
      case "collected":
        this.isCollecting = said.say === "collecting";
        return;
      default:
        this.#hearOfMarks(said);
    }
  }

  /** Postgres said which transaction is its last: the one that was open is in, or it is not. */
  resolve(volumeId: string, n: number, head: CommitPoint): void {
    const line = this.#get(volumeId);
    const open = this.#open.get(volumeId);
    this.#open.delete(volumeId);
    const last = line.transactions.at(-1);
    if (n === (last?.row.n ?? 0)) return;
    if (n !== open?.n) throw new Error(`${volumeId} ends with ${n}, not ${last?.row.n} (${open?.n} was open)`);
    const from = { commit: (last?.to.commit ?? 0) + 1, micros: (last?.to.micros ?? 0) + 1 };
    line.acknowledge(open, from, head);
  }

  /** After a look at everything nothing is in doubt any more. */
  settle(): void {
    this.forks.clear();
    this.maybeGone.clear();
    this.maybeTaken.clear();
    this.maybeDropped.clear();
    this.isCollecting = false;
  }

  #hearOfMarks(said: Said): void {
    if (said.say === "try-delete") this.maybeGone.add(said.volumeId);
    else if (said.say === "deleted") this.#forget(said.volumeId);
    else if (said.say === "try-snapshot") this.maybeTaken.add(said.snapshotId);
    else if (said.say === "snapshot") this.#marksOf(said.volumeId).set(said.snapshotId, said.commit);
    else if (said.say === "try-drop") this.maybeDropped.add(said.snapshotId);
    else if (said.say === "dropped") {
      this.maybeDropped.delete(said.snapshotId);
      this.#marksOf(said.volumeId).delete(said.snapshotId);
    }
  }

  #forget(volumeId: string): void {
    this.maybeGone.delete(volumeId);
    this.lines.delete(volumeId);
    const fork = this.forks.get(volumeId);
    if (fork) fork.isGone = true;
  }

  #marksOf(volumeId: string): Map<string, number> {
    return this.lines.get(volumeId)?.snapshots ?? this.#fork(volumeId).snapshots;
  }

  #fork(volumeId: string): ForkAsked {
    const fork = this.forks.get(volumeId);
    if (!fork) throw new Error(`${volumeId} is no fork`);
    return fork;
  }

  #get(volumeId: string): Line {
    const line = this.#known.get(volumeId);
    if (!line) throw new Error(`${volumeId} is no line`);
    return line;
  }
}
