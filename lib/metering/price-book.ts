import { assert } from "@/lib/std/assert";
import type { Span } from "./hours";

/** What things cost, in micro-cents of a currency: a millionth of its hundredth part. */
export interface Prices {
  /** ISO 4217. */
  readonly currency: string;
  /** A vCPU for an hour in which the service's Postgres runs. */
  readonly vcpuHour: bigint;
  /** A GiB of memory for such an hour. */
  readonly gibHour: bigint;
  /** A GiB on the disk for a month of 730 hours. */
  readonly storageGibMonth: bigint;
  /** Whether what is kept only for forks is charged. */
  readonly pinnedBilled: boolean;
}

/** Prices that hold from a whole hour on, until the next book's. */
export interface PriceBook extends Prices {
  readonly id: string;
  readonly effectiveFromMs: number;
  readonly isExample: boolean;
}

/**
 * An example, in the order of what public clouds ask at the time of writing: 0.0384 USD a vCPU-hour, 0.006 USD a GiB-hour,
 * 0.12 USD a GiB-month. So 500 millicores with 2 GiB are 0.0312 USD an hour.
 */
export const EXAMPLE_PRICES: Prices = {
  currency: "USD",
  vcpuHour: 3_840_000n,
  gibHour: 600_000n,
  storageGibMonth: 12_000_000n,
  pinnedBilled: true,
};

/** The book in force at an instant. The oldest one holds for all that was before, which is nothing. */
export function bookAt<Book extends PriceBook>(books: readonly Book[], atMs: number): Book {
  const [first, ...others] = inOrder(books);
  assert(first, "a project has a price book: the example, if no other");
  return others.findLast(({ effectiveFromMs }) => effectiveFromMs <= atMs) ?? first;
}

/** A span by the books that are in force in it, in order; an empty span has no parts. */
export function splitByBooks(books: readonly PriceBook[], { fromMs, toMs }: Span): (Span & { book: PriceBook })[] {
  const edges = inOrder(books).flatMap(({ effectiveFromMs: ms }) => (ms > fromMs && ms < toMs ? [ms] : []));
  const starts = fromMs < toMs ? [fromMs, ...edges] : [];
  return starts.map((startMs, at) => ({
    fromMs: startMs,
    toMs: starts[at + 1] ?? toMs,
    book: bookAt(books, startMs),
  }));
}

const inOrder = <Book extends PriceBook>(books: readonly Book[]): Book[] =>
  [...books].sort((left, right) => left.effectiveFromMs - right.effectiveFromMs);
