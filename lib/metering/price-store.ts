import type { Database, Transaction } from "@/lib/db";
import { AppError } from "@/lib/std/app-error";
import { newId } from "@/lib/std/ids";
import { floorHour, HOUR_MS, isWholeHour } from "./hours";
import { bookAt, EXAMPLE_PRICES, type PriceBook, type Prices } from "./price-book";

/** Who put it, as the list of books shows it. */
export interface ListedBook extends PriceBook {
  readonly createdAtMs: number;
  readonly createdBy: string | null;
}

/**
 * A project's price books, the oldest first. Without one of its own it gets the example, written down: a later version that
 * has another example must not change what was shown before.
 */
export async function listPriceBooks(db: Database | Transaction, projectId: string): Promise<ListedBook[]> {
  const found = await findBooks(db, projectId);
  if (found.length > 0) return found;
  const { createdAt } = await db.project.findUniqueOrThrow({ where: { id: projectId } });
  const example = { id: newId(), projectId, ...EXAMPLE_PRICES, isExample: true };
  // Of two who find none at once, one writes it.
  await db.priceBook.createMany({ data: { ...example, effectiveFrom: EVER, createdAt }, skipDuplicates: true });
  return findBooks(db, projectId);
}

/** The example holds for all that was before any other book. */
const EVER = new Date(0);

async function findBooks(db: Database | Transaction, projectId: string): Promise<ListedBook[]> {
  const rows = await db.priceBook.findMany({ where: { projectId }, orderBy: { effectiveFrom: "asc" } });
  return rows.map(({ effectiveFrom, createdAt, ...book }) => ({
    ...book,
    effectiveFromMs: effectiveFrom.getTime(),
    createdAtMs: createdAt.getTime(),
  }));
}

export interface NewPrices {
  readonly projectId: string;
  readonly prices: Prices;
  /** By default the next whole hour; for the first prices of a project's own, its beginning. */
  readonly effectiveFromMs: number | undefined;
  readonly by: string;
}

/**
 * Writes prices down that hold from an hour on; a book that begins at the same hour is replaced. What was charged stays
 * as it was charged: a book begins in the present hour at the earliest, except while there is only the example, which is
 * nobody's bill.
 */
export async function putPriceBook(tx: Transaction, asked: NewPrices, nowMs: number): Promise<PutBook> {
  const { projectId, prices, by } = asked;
  // One at a time: what is allowed depends on the books that are there.
  await tx.$queryRaw`SELECT 1 FROM projects WHERE id = ${projectId} FOR UPDATE`;
  const books = await listPriceBooks(tx, projectId);
  const isFirst = books.every(({ isExample }) => isExample);
  const beginMs = isFirst ? await findBeginMs(tx, projectId) : floorHour(nowMs);
  const effectiveFromMs = asked.effectiveFromMs ?? (isFirst ? beginMs : floorHour(nowMs) + HOUR_MS);
  checkHour(effectiveFromMs, { isFirst, beginMs });
  checkCurrency(prices, books, { isFirst, isFromTheBeginning: effectiveFromMs <= beginMs });
  const effectiveFrom = new Date(effectiveFromMs);
  const { currency, vcpuHour, gibHour, storageGibMonth, pinnedBilled } = prices;
  const data = {
    ...{ currency, vcpuHour, gibHour, storageGibMonth, pinnedBilled },
    isExample: false,
    createdAt: new Date(nowMs),
    createdBy: by,
  };
  await tx.priceBook.upsert({
    where: { projectId_effectiveFrom: { projectId, effectiveFrom } },
    create: { id: newId(), projectId, effectiveFrom, ...data },
    // Another id: who noted which book a figure was made with, sees that it is another one.
    update: { id: newId(), ...data },
  });
  const now = await findBooks(tx, projectId);
  return { before: bookAt(books, effectiveFromMs), after: bookAt(now, effectiveFromMs), books: now };
}

export interface PutBook {
  /** The book that was to be in force at that hour. */
  readonly before: ListedBook;
  readonly after: ListedBook;
  readonly books: readonly ListedBook[];
}

async function findBeginMs(tx: Transaction, projectId: string): Promise<number> {
  const [{ createdAt }, first] = await Promise.all([
    tx.project.findUniqueOrThrow({ where: { id: projectId } }),
    tx.usageHour.aggregate({ where: { projectId }, _min: { hour: true } }),
  ]);
  return floorHour(Math.min(createdAt.getTime(), first._min.hour?.getTime() ?? Number.POSITIVE_INFINITY));
}

function checkHour(effectiveFromMs: number, { isFirst, beginMs }: { isFirst: boolean; beginMs: number }): void {
  if (!isWholeHour(effectiveFromMs))
    throw new AppError("INVALID_REQUEST", "Prices begin at a whole hour, in UTC: 2026-11-24T18:00:00Z.", {
      field: "effective_from",
    });
  if (isFirst || effectiveFromMs >= beginMs) return;
  const earliest = new Date(beginMs).toISOString();
  throw new AppError(
    "INVALID_REQUEST",
    `What was charged stays as it was charged: new prices begin at ${earliest} or later.`,
    { field: "effective_from", details: { earliest } },
  );
}

/** A sum over two currencies means nothing. */
function checkCurrency(
  { currency }: Prices,
  books: readonly PriceBook[],
  { isFirst, isFromTheBeginning }: { isFirst: boolean; isFromTheBeginning: boolean },
): void {
  const other = books.find((book) => book.currency !== currency);
  if (!other || (isFirst && isFromTheBeginning)) return;
  if (!isFirst && books.every((book) => book.isExample || book.currency === currency)) return;
  throw new AppError(
    "INVALID_REQUEST",
    isFirst
      ? `Until then the example charges in ${other.currency}. Leave effective_from out to price everything in ${currency}.`
      : `This project charges in ${other.currency}. Sums over two currencies mean nothing.`,
    { field: "currency" },
  );
}
