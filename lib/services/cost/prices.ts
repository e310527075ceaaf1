import { appendAudit } from "@/lib/audit";
import { authorize } from "@/lib/auth";
import { bookAt, type ListedBook, listPriceBooks, putPriceBook } from "@/lib/metering";
import type { Actor } from "@/lib/schemas/actor";
import type { PricesDto, PutPricesBody } from "@/lib/schemas/cost";
import { type CallOptions, servicesContext } from "../context";
import { readHour } from "./read-hour";
import { toBookDto } from "./to-cost-dto";

/** The project's price books, oldest first; without one of its own, the example. */
export async function listPrices(actor: Actor, options: CallOptions = {}): Promise<PricesDto> {
  authorize(actor, "prices.read");
  const { db, clock } = servicesContext(options);
  return toPricesDto(await listPriceBooks(db, actor.projectId), clock.nowMs());
}

/** Prices from an hour on. What was charged with other prices stays as it was charged. */
export async function putPrices(actor: Actor, body: PutPricesBody, options: CallOptions = {}): Promise<PricesDto> {
  authorize(actor, "prices.write");
  const { db, clock } = servicesContext(options);
  const nowMs = clock.nowMs();
  const prices = {
    currency: body.currency,
    vcpuHour: BigInt(body.vcpu_hour_micro_cents),
    gibHour: BigInt(body.gib_hour_micro_cents),
    storageGibMonth: BigInt(body.storage_gib_month_micro_cents),
    pinnedBilled: body.pinned_billed,
  };
  const { effective_from: from } = body;
  const effectiveFromMs = from === undefined ? undefined : readHour(from, "effective_from");
  const { projectId } = actor;
  const books = await db.$transaction(async (tx) => {
    const { before, after, books } = await putPriceBook(
      tx,
      { projectId, prices, effectiveFromMs, by: actor.name },
      nowMs,
    );
    const object = { type: "project", id: projectId, name: null };
    await appendAudit(tx, {
      ...{ actor, action: "prices.write", object, nowMs },
      before: toAudited(before),
      after: toAudited(after),
    });
    return books;
  });
  return toPricesDto(books, nowMs);
}

const toAudited = ({ effectiveFromMs, ...book }: ListedBook) => ({ ...book, effectiveFrom: new Date(effectiveFromMs) });

const toPricesDto = (books: readonly ListedBook[], nowMs: number): PricesDto => ({
  books: books.map(toBookDto),
  current: bookAt(books, nowMs).id,
});
