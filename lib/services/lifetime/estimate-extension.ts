import { authorize } from "@/lib/auth";
import {
  bookAt,
  computeForecast,
  computePerHour,
  growthOf,
  monthOf,
  readUsage,
  sumOf,
  toBurning,
} from "@/lib/metering";
import type { Actor } from "@/lib/schemas/actor";
import type { ExtensionDto } from "@/lib/schemas/cost";
import type { ExtensionQuery } from "@/lib/schemas/service";
import { type CallOptions, servicesContext } from "../context";
import { toMicroCents } from "../cost/to-cost-dto";
import { getServiceRow } from "../find-service-row";
import { assertHasEnd } from "./extend";
import { planExtension } from "./lifetime";

// The month that prices of storage are per.
const MONTH_HOURS = 730n;

/** What an extension would come to, and cost from the end that the fork has to the new one; refused as the extension would be. */
export async function estimateExtension(
  actor: Actor,
  { serviceId, query }: { serviceId: string; query: ExtensionQuery },
  options: CallOptions = {},
): Promise<ExtensionDto> {
  const { db, clock } = servicesContext(options);
  const row = await getServiceRow(db, actor, serviceId);
  authorize(actor, "cost.read");
  assertHasEnd(row);
  const nowMs = clock.nowMs();
  const { never, ...end } = query;
  const policy = await db.project.findUniqueOrThrow({ where: { id: actor.projectId } });
  const asked = never ? { never_reason: "asked for" } : end;
  const { expiresAt } = planExtension(asked, policy, { nowMs, expiresAtMs: row.expiresAt?.getTime() ?? null });
  const usage = { projectId: row.projectId, serviceIds: [row.id], span: monthOf(nowMs) };
  const { books, services } = await readUsage(db, usage, nowMs);
  const used = services.get(row.id);
  const size = { cpuMillis: row.cpuMillis, memoryGbs: row.memoryGbs };
  const burning = used?.meter ? toBurning(used.meter) : { ...size, isRunning: true, bytes: NOTHING };
  const book = bookAt(books, nowMs);
  const perHour = sumOf(computePerHour(burning, book));
  const growth = used ? growthOf(used, row.createdAt.getTime()) : { bytes: 0, overMs: 1 };
  const fromMs = Math.max(nowMs, row.expiresAt?.getTime() ?? nowMs);
  const more =
    expiresAt && computeForecast(burning, { fromMs, toMs: Math.max(fromMs, expiresAt.getTime()), growth }, books);
  return {
    expires_at: expiresAt?.toISOString() ?? null,
    currency: book.currency,
    price_book: book.id,
    per_hour_micro_cents: toMicroCents(perHour),
    per_month_micro_cents: toMicroCents(perHour * MONTH_HOURS),
    extension_micro_cents: more ? { low: toMicroCents(more.low), high: toMicroCents(more.high) } : null,
  };
}

const NOTHING = { written: 0, pinned: 0, logical: 0 };
