import type { CommitPoint } from "@/lib/blocks";
import type { ImageId } from "@/lib/schemas/image";
import type { LedgerRow, Transaction } from "./ledger";

/** A volume and every transaction that was ever acknowledged in it, those that it has from its source included. */
export class Line {
  readonly volumeId: string;
  readonly imageId: ImageId;
  /** How many forks lie between it and the image's template. */
  readonly depth: number;
  /** In order; their numbers rise, with gaps where transactions were rolled back. */
  readonly transactions: Transaction[];
  /** Commits of this volume that Postgres told as carrying transactions. */
  readonly moments: number[] = [];
  /** Snapshots by id, with the commit that was promised. */
  readonly snapshots = new Map<string, number>();

  constructor(of: { volumeId: string; imageId: ImageId; depth: number; transactions: Transaction[] }) {
    this.volumeId = of.volumeId;
    this.imageId = of.imageId;
    this.depth = of.depth;
    this.transactions = of.transactions;
  }

  /** How many of its transactions may be in at a commit: more than one answer only where a kill left it open. */
  countsAt(commit: number): { least: number; most: number } {
    return {
      least: countWhile(this.transactions, ({ to }) => to.commit <= commit),
      most: countWhile(this.transactions, ({ from }) => from.commit <= commit),
    };
  }

  countUntil(micros: number): { least: number; most: number } {
    return {
      least: countWhile(this.transactions, ({ to }) => to.micros <= micros),
      most: countWhile(this.transactions, ({ from }) => from.micros <= micros),
    };
  }

  rows(count = this.transactions.length): LedgerRow[] {
    return this.transactions.slice(0, count).map(({ row }) => row);
  }

  acknowledge(row: LedgerRow, from: CommitPoint, to: CommitPoint = from): void {
    const last = this.transactions.at(-1);
    if (last && (last.row.n >= row.n || last.to.commit >= to.commit))
      throw new Error(
        `transaction ${row.n} was told with commit ${to.commit}, after ${last.row.n} with ${last.to.commit}`,
      );
    this.transactions.push({ row, from, to });
  }

  /** A fork from a commit. Where a kill left open whether a transaction is in, it stays open until `settle`. */
  forkedAs(volumeId: string, base: CommitPoint): Line {
    const { imageId, depth } = this;
    const { least, most } = this.countsAt(base.commit);
    const transactions = this.transactions.slice(0, most);
    for (let at = least; at < most; at++)
      transactions[at] = { ...(transactions[at] as Transaction), to: { commit: IN_DOUBT, micros: IN_DOUBT } };
    return new Line({ volumeId, imageId, depth: depth + 1, transactions });
  }

  /** So many of its transactions are in, and all of them at this commit. */
  settle(count: number, head: CommitPoint): void {
    this.transactions.length = count;
    for (let at = count - 1; at >= 0 && (this.transactions[at] as Transaction).to.commit === IN_DOUBT; at--)
      this.transactions[at] = { ...(this.transactions[at] as Transaction), to: head };
  }
}

const IN_DOUBT = Number.POSITIVE_INFINITY;

/** How many elements from the first on satisfy a condition that none does after one that does not. */
export function countWhile<Item>(items: readonly Item[], isSo: (item: Item) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isSo(items[middle] as Item)) low = middle + 1;
    else high = middle;
  }
  return low;
}
