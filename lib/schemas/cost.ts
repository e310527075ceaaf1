import { z } from "zod";

/**
 * Money: integer micro-cents of a currency (a millionth of its hundredth part), exact below 2^53 of them, ninety million of the
 * currency. Times are RFC 3339 in UTC. Bytes times milliseconds pass 2^53 within hours, so they are text of digits.
 */
const microCents = z.number().int();
const time = z.string();
const count = z.number().int();
const byteMs = z.string().regex(/^\d+$/);

/** What is still to come until the end: nothing more is written; it is written on as fast as in the last hour. */
const forecastDto = z.object({ low: microCents, high: microCents });

/** One line of usage under one price book, and what it comes to. */
export const usageLineDto = z.object({
  price_book: z.string(),
  cpu_millis: count,
  memory_gbs: count,
  /** Milliseconds in which its Postgres ran at this size. */
  compute_ms: count,
  written_byte_ms: byteMs,
  pinned_byte_ms: byteMs,
  /** What a full copy would have held. */
  logical_byte_ms: byteMs,
});

const sums = {
  currency: z.string(),
  compute_micro_cents: microCents,
  storage_micro_cents: microCents,
  /** What is kept for forks only; 0 where the price book does not charge it. */
  pinned_micro_cents: microCents,
  /** The sum of the three. */
  accrued_micro_cents: microCents,
  /** If nothing changes. */
  per_hour_micro_cents: microCents,
  /** What the same would have cost with all its bytes its own. */
  full_copy_micro_cents: microCents,
  avoided_micro_cents: microCents,
  /** The id of the price book in force. */
  price_book: z.string(),
  /** Up to when it is counted. */
  as_of: time,
};

/** What one service costs. */
export const serviceCostDto = z.object({
  /** Null for what purged services' logs keep for forks. */
  service_id: z.string().nullable(),
  kind: z.enum(["service", "fork", "kept_for_forks"]),
  name: z.string(),
  ...sums,
  /** From `as_of` to `ends`; null where nobody knows an end. */
  forecast_micro_cents: forecastDto.nullable(),
  /** Its TTL; of one that is deleted or has expired, its purge. */
  ends: time.nullable(),
  created: time.nullable(),
  purged: time.nullable(),
  /** As services have them; null for what is no service. */
  status: z.string().nullable(),
  forked_from: z.string().nullable(),
  created_by: z.string().nullable(),
  purpose: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  /** What it uses since `as_of`; null of what is purged. */
  now: z
    .object({
      is_running: z.boolean(),
      cpu_millis: count,
      memory_gbs: count,
      written_bytes: count,
      pinned_bytes: count,
      logical_bytes: count,
    })
    .nullable(),
  usage: z.array(usageLineDto),
});
export type ServiceCostDto = z.infer<typeof serviceCostDto>;

const answered = {
  from: time,
  to: time,
  /** `silent`: it was not asked to close the counters, so the figures are as of the last sample, `as_of`. */
  engine: z.enum(["ok", "silent"]),
};

/** `S/cost`. */
export const oneServiceCostDto = serviceCostDto.extend({
  ...answered,
  /** What deleting it now saves; null while the engine is silent, or when it is purged. */
  deleting_saves: z
    .object({ per_hour_micro_cents: microCents, to_end_micro_cents: microCents.nullable(), frees_bytes: count })
    .nullable(),
});
export type OneServiceCostDto = z.infer<typeof oneServiceCostDto>;

/** `P/cost`: the sums of `services`, exactly. */
export const projectCostDto = z.object({
  ...answered,
  ...sums,
  /** Of those that have an end. */
  forecast_micro_cents: forecastDto,
  services: z.array(serviceCostDto),
  price_books: z.array(z.lazy(() => priceBookDto)),
});
export type ProjectCostDto = z.infer<typeof projectCostDto>;

/** Of `S/cost` and `P/cost`: whole hours; by default the present month in UTC. */
export const costQuery = z.strictObject({ from: z.string().max(64).optional(), to: z.string().max(64).optional() });
export type CostQuery = z.infer<typeof costQuery>;

const PRICE_MAX = 1_000_000_000_000;
const PRICE_SENTENCE = "A price is a whole number of micro-cents, from 0 to 10,000 of the currency.";
const price = z
  .number({ error: PRICE_SENTENCE })
  .int({ error: PRICE_SENTENCE })
  .min(0, { error: PRICE_SENTENCE })
  .max(PRICE_MAX, { error: PRICE_SENTENCE });
const currency = z.string().regex(/^[A-Z]{3}$/, "A currency has three capital letters: USD.");

const prices = {
  currency,
  /** A vCPU for an hour in which the service's Postgres runs. */
  vcpu_hour_micro_cents: price,
  /** A GiB of memory for such an hour. */
  gib_hour_micro_cents: price,
  /** A GiB on the disk for 730 hours. */
  storage_gib_month_micro_cents: price,
  /** Whether what is kept for forks only is charged. */
  pinned_billed: z.boolean(),
};

export const priceBookDto = z.object({
  id: z.string(),
  effective_from: time,
  ...prices,
  /** The one that an installation begins with: nobody's real prices. */
  is_example: z.boolean(),
  created_by: z.string().nullable(),
});
export type PriceBookDto = z.infer<typeof priceBookDto>;

/** `P/prices`: oldest first, and the id of the one in force. */
export const pricesDto = z.object({ books: z.array(priceBookDto), current: z.string() });
export type PricesDto = z.infer<typeof pricesDto>;

export const putPricesBody = z.strictObject({
  /** A whole hour. By default the next one; for a project's first own prices, its beginning. */
  effective_from: z.string().max(64).optional(),
  ...prices,
});
export type PutPricesBody = z.infer<typeof putPricesBody>;

const BUDGET_MAX = Number.MAX_SAFE_INTEGER;
const PERCENTS_MAX = 10;
const BUDGET_SENTENCE = "A budget is a whole number of micro-cents above 0.";
const PERCENT_SENTENCE = "An alert is at a whole number of per cent, from 1 to 1000.";

export const putBudgetBody = z.strictObject({
  monthly_micro_cents: z
    .number({ error: BUDGET_SENTENCE })
    .int({ error: BUDGET_SENTENCE })
    .min(1, { error: BUDGET_SENTENCE })
    .max(BUDGET_MAX, { error: BUDGET_SENTENCE }),
  alert_percents: z
    .array(
      z
        .number({ error: PERCENT_SENTENCE })
        .int({ error: PERCENT_SENTENCE })
        .min(1, { error: PERCENT_SENTENCE })
        .max(1000, { error: PERCENT_SENTENCE }),
    )
    .max(PERCENTS_MAX, `At most ${PERCENTS_MAX} alerts.`)
    .default([50, 80, 100]),
});
export type PutBudgetBody = z.input<typeof putBudgetBody>;

/** `P/budgets`: this month's spending against what was planned. */
export const budgetDto = z.object({
  /** Null without a budget. */
  monthly_micro_cents: microCents.nullable(),
  alert_percents: z.array(count),
  /** The highest alert that was given this month; null before the first. */
  alerted_percent: count.nullable(),
  currency: z.string(),
  spent_micro_cents: microCents,
  per_hour_micro_cents: microCents,
  /** At the end of the month, if nothing changes. */
  month_end_micro_cents: microCents,
  /** When the budget is passed if nothing changes; null when that is not this month. */
  passes_at: time.nullable(),
  as_of: time,
  engine: z.enum(["ok", "silent"]),
});
export type BudgetDto = z.infer<typeof budgetDto>;

/** What another end of a fork would cost. */
export const extensionDto = z.object({
  /** The end that it would have; null for never. */
  expires_at: time.nullable(),
  currency: z.string(),
  price_book: z.string(),
  /** As it burns now. */
  per_hour_micro_cents: microCents,
  /** The same for 730 hours: what one without an end costs. */
  per_month_micro_cents: microCents,
  /** From the end that it has to the new one. Low: nothing more is written. High: on as fast as in the last hour. */
  extension_micro_cents: forecastDto.nullable(),
});
export type ExtensionDto = z.infer<typeof extensionDto>;

const digits = z.union(
  [
    z.number().int().nonnegative(),
    z
      .string()
      .regex(/^\d{1,6}$/)
      .transform(Number),
    z.literal("shared"),
  ],
  { error: "Write it in digits, or shared." },
);
/** `S/estimate`: a fork that would be made now. */
export const estimateBody = z.strictObject({
  ttl: z.string().max(64).optional(),
  expires_at: z.string().max(64).optional(),
  cpu_millis: digits.optional(),
  memory_gbs: digits.optional(),
});
export type EstimateBody = z.infer<typeof estimateBody>;

export const estimateDto = z.object({
  /** From the request to READY, of this installation's own recent forks; null before the first. */
  ready_ms: z.object({ p50: count, p95: count }).nullable(),
  currency: z.string(),
  price_book: z.string(),
  /** While it runs and nothing is written. */
  per_hour_micro_cents: microCents,
  ends: time,
  /** Low: nothing is written. High: it is written to as fast as the source was in the last hour. */
  to_end_micro_cents: forecastDto,
  /** The same for a full copy; null while the size of the source is not known. */
  full_copy: z.object({ per_hour_micro_cents: microCents, to_end_micro_cents: microCents }).nullable(),
});
export type EstimateDto = z.infer<typeof estimateDto>;
