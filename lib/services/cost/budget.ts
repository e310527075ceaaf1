import { appendAudit } from "@/lib/audit";
import { authorize } from "@/lib/auth";
import {
  type Budget,
  bookAt,
  findBudget,
  findPassing,
  monthOf,
  nameMonth,
  readUsage,
  sumMonth,
  putBudget as writeBudget,
} from "@/lib/metering";
import type { Actor } from "@/lib/schemas/actor";
import { type BudgetDto, type PutBudgetBody, putBudgetBody } from "@/lib/schemas/cost";
import { type CallOptions, servicesContext } from "../context";
import { closeCounters } from "./close-counters";
import { toMicroCents, toTime } from "./to-cost-dto";

/** What the project planned to spend this month, what it spent, and when that passes the plan. */
export async function getBudget(actor: Actor, options: CallOptions = {}): Promise<BudgetDto> {
  authorize(actor, "budgets.read");
  const context = servicesContext(options);
  const [nowMs, engine] = [context.clock.nowMs(), await closeCounters(context)];
  const { projectId } = actor;
  const month = monthOf(nowMs);
  const usage = await readUsage(context.db, { projectId, span: month }, nowMs);
  const { spent, perHour } = sumMonth(usage);
  const budget = await findBudget(context.db, projectId);
  const { asOfMs } = usage;
  const left = BigInt(Math.max(0, month.toMs - asOfMs));
  const passesMs = budget && findPassing(budget, { spent, perHour, asOfMs });
  return {
    monthly_micro_cents: budget ? toMicroCents(budget.monthlyMicroCents) : null,
    alert_percents: [...(budget?.alertPercents ?? [])],
    alerted_percent: findGiven(budget, nameMonth(nowMs)),
    currency: bookAt(usage.books, asOfMs).currency,
    spent_micro_cents: toMicroCents(spent),
    per_hour_micro_cents: toMicroCents(perHour),
    month_end_micro_cents: toMicroCents(spent + (perHour * left) / 3_600_000n),
    passes_at: passesMs === undefined ? null : toTime(passesMs),
    as_of: toTime(asOfMs),
    engine,
  };
}

const findGiven = (budget: Budget | undefined, month: string): number | null =>
  budget && budget.alertedMonth === month && budget.alertedPercent > 0 ? budget.alertedPercent : null;

/** Plans a month's spending, from this month on, and says at which parts of it to alert. */
export async function putBudget(actor: Actor, body: PutBudgetBody, options: CallOptions = {}): Promise<BudgetDto> {
  authorize(actor, "budgets.write");
  const { db, clock } = servicesContext(options);
  const { monthly_micro_cents, alert_percents } = putBudgetBody.parse(body);
  const nowMs = clock.nowMs();
  const { projectId } = actor;
  await db.$transaction(async (tx) => {
    const before = await findBudget(tx, projectId);
    const after = { monthlyMicroCents: BigInt(monthly_micro_cents), alertPercents: alert_percents };
    await writeBudget(tx, { projectId, ...after }, nowMs);
    const object = { type: "project", id: projectId, name: null };
    await appendAudit(tx, { actor, action: "budgets.write", object, ...(before && { before }), after, nowMs });
  });
  return getBudget(actor, options);
}
