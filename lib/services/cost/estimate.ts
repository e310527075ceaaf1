import { authorize } from "@/lib/auth";
import {
  type Burning,
  bookAt,
  computeForecast,
  computePerHour,
  growthOf,
  monthOf,
  NO_BYTES,
  NO_GROWTH,
  readUsage,
  sumOf,
} from "@/lib/metering";
import type { Actor } from "@/lib/schemas/actor";
import type { EstimateBody, EstimateDto } from "@/lib/schemas/cost";
import { type CallOptions, type ServicesContext, servicesContext } from "../context";
import { getServiceRow, type ServiceRow } from "../find-service-row";
import { measureReadyMs } from "../history";
import { assertNotInBin } from "../history-source";
import { computeLifetime } from "../lifetime/lifetime";
import { chooseSize } from "../service-sizes";
import { toMicroCents, toTime } from "./to-cost-dto";

/** What a fork of a service would cost if it were asked for now, and what a full copy would. */
export async function estimateFork(
  actor: Actor,
  { serviceId, body }: { serviceId: string; body: EstimateBody },
  options: CallOptions = {},
): Promise<EstimateDto> {
  const context = servicesContext(options);
  const row = await getServiceRow(context.db, actor, serviceId);
  authorize(actor, "cost.read");
  assertNotInBin(row);
  const nowMs = context.clock.nowMs();
  const size = chooseSize(body, { cpuMillis: row.cpuMillis, memoryGbs: row.memoryGbs });
  const policy = await context.db.project.findUniqueOrThrow({ where: { id: actor.projectId } });
  const { expiresAtMs } = computeLifetime(body, policy, nowMs);
  const { books, growth, logical } = await readSource(context, row, nowMs);
  const book = bookAt(books, nowMs);
  const fork: Burning = { ...size, isRunning: true, bytes: NO_BYTES };
  const until = { fromMs: nowMs, toMs: expiresAtMs, growth };
  const { low, high } = computeForecast(fork, until, books);
  const copy = { ...fork, bytes: { ...NO_BYTES, written: logical ?? 0 } };
  const copied = computeForecast(copy, { ...until, growth: NO_GROWTH }, books);
  return {
    ready_ms: await measureReadyMs(context),
    currency: book.currency,
    price_book: book.id,
    per_hour_micro_cents: toMicroCents(sumOf(computePerHour(fork, book))),
    ends: toTime(expiresAtMs),
    to_end_micro_cents: { low: toMicroCents(low), high: toMicroCents(high) },
    full_copy:
      logical === undefined
        ? null
        : {
            per_hour_micro_cents: toMicroCents(sumOf(computePerHour(copy, book))),
            to_end_micro_cents: toMicroCents(copied.low),
          },
  };
}

/** How large the source is, and how fast it was written to. */
async function readSource({ db }: ServicesContext, row: ServiceRow, nowMs: number) {
  const asked = { projectId: row.projectId, serviceIds: [row.id], span: monthOf(nowMs) };
  const { books, services } = await readUsage(db, asked, nowMs);
  const used = services.get(row.id);
  const growth = used ? growthOf(used, row.createdAt.getTime()) : NO_GROWTH;
  return { books, growth, logical: used?.meter?.bytes.logical };
}
