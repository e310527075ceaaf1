import type { Database, Transaction } from "@/lib/db";
import { assessCost, sumAssessments } from "./assess-cost";
import { monthOf, nameMonth } from "./hours";
import { bookAt } from "./price-book";
import { type ProjectUsage, readUsage } from "./read-usage";

/** What a project wants to spend in a month, and at which parts of it somebody is told. */
export interface Budget {
  readonly monthlyMicroCents: bigint;
  /** Ascending, in per cent. */
  readonly alertPercents: readonly number[];
  /** The highest alert that was given, and in which month. */
  readonly alertedPercent: number;
  readonly alertedMonth: string | null;
}

/** The highest alert that is due and was not given this month; one that is passed over by a higher one is not given any more. */
export function findDueAlert(budget: Budget, spent: bigint, month: string): number | undefined {
  const given = budget.alertedMonth === month ? budget.alertedPercent : 0;
  const reached = budget.alertPercents.filter((percent) => spent * 100n >= budget.monthlyMicroCents * BigInt(percent));
  const highest = Math.max(0, ...reached);
  return highest > given ? highest : undefined;
}

/** When a month's spending passes a budget at this rate; undefined when it does not before the month is over. */
export function findPassing(
  { monthlyMicroCents }: Pick<Budget, "monthlyMicroCents">,
  now: { readonly spent: bigint; readonly perHour: bigint; readonly asOfMs: number },
): number | undefined {
  const left = monthlyMicroCents - now.spent;
  if (left <= 0n) return now.asOfMs;
  if (now.perHour <= 0n) return undefined;
  const passesMs = now.asOfMs + Number((left * 3_600_000n + now.perHour - 1n) / now.perHour);
  return passesMs < monthOf(now.asOfMs).toMs ? passesMs : undefined;
}

export async function findBudget(db: Database | Transaction, projectId: string): Promise<Budget | undefined> {
  return (await db.budget.findUnique({ where: { projectId } })) ?? undefined;
}

export interface NewBudget {
  readonly projectId: string;
  readonly monthlyMicroCents: bigint;
  readonly alertPercents: readonly number[];
}

/** A budget that changes alerts anew: what was given was given for another one. */
export async function putBudget(tx: Transaction, budget: NewBudget, nowMs: number): Promise<void> {
  const { projectId, monthlyMicroCents } = budget;
  const alertPercents = [...new Set(budget.alertPercents)].sort((left, right) => left - right);
  const data = { monthlyMicroCents, alertPercents, alertedPercent: 0, alertedMonth: null, updatedAt: new Date(nowMs) };
  await tx.budget.upsert({ where: { projectId }, create: { projectId, ...data }, update: data });
}

/** A part of a budget was spent. */
export interface BudgetAlert {
  readonly projectId: string;
  readonly percent: number;
  readonly month: string;
  readonly spent: bigint;
  readonly monthlyMicroCents: bigint;
  readonly currency: string;
}

/** Takes the alerts that are due, each once: whoever gets one tells of it, in the same transaction. */
export async function takeDueAlerts(tx: Transaction, nowMs: number): Promise<BudgetAlert[]> {
  const month = nameMonth(nowMs);
  const budgets = await tx.$queryRaw<{ projectId: string }[]>`
    SELECT project_id AS "projectId" FROM budgets ORDER BY project_id FOR UPDATE`;
  const due: BudgetAlert[] = [];
  for (const { projectId } of budgets) {
    const budget = await findBudget(tx, projectId);
    if (!budget) continue;
    const usage = await readUsage(tx, { projectId, span: monthOf(nowMs) }, nowMs);
    const { spent } = sumMonth(usage);
    const { currency } = bookAt(usage.books, nowMs);
    const percent = findDueAlert(budget, spent, month);
    if (percent === undefined) continue;
    await tx.budget.update({ where: { projectId }, data: { alertedPercent: percent, alertedMonth: month } });
    due.push({ projectId, percent, month, spent, monthlyMicroCents: budget.monthlyMicroCents, currency });
  }
  return due;
}

/** What all of a project's usage comes to, and what an hour costs now. */
export function sumMonth({ services, books }: ProjectUsage): { readonly spent: bigint; readonly perHour: bigint } {
  const life = { sinceMs: 0, endsAtMs: null, isFork: false };
  const sums = sumAssessments([...services.values()].map((used) => assessCost(used, life, books)));
  return { spent: sums.compute + sums.storage + sums.pinned, perHour: sums.perHour };
}
