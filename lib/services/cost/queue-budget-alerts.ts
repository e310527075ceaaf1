import type { Database } from "@/lib/db";
import { type BudgetAlert, takeDueAlerts } from "@/lib/metering";
import { findMailAddresses, queueMessage } from "@/lib/notify";

/** Tells those who administer a project that a part of its budget is spent; each part once a month. */
export async function queueBudgetAlerts(
  db: Database,
  { nowMs, sendsMail }: { nowMs: number; sendsMail: boolean },
): Promise<void> {
  await db.$transaction(async (tx) => {
    for (const alert of await takeDueAlerts(tx, nowMs)) {
      const { projectId } = alert;
      const to = sendsMail ? await findMailAddresses(tx, projectId) : [];
      const mail = to.length > 0 ? { to, ...writeMail(alert) } : undefined;
      await queueMessage(tx, { projectId, event: "budget.alert", data: toData(alert), path: "/cost", mail, nowMs });
    }
  });
}

const toData = ({ month, percent, spent, monthlyMicroCents, currency }: BudgetAlert) => ({
  month,
  percent,
  currency,
  spent_micro_cents: Number(spent),
  monthly_micro_cents: Number(monthlyMicroCents),
});

function writeMail({ month, percent, spent, monthlyMicroCents, currency }: BudgetAlert) {
  return {
    subject: `${percent} % of the budget for ${month} is spent`,
    text: [
      `${sayMoney(spent, currency)} of the ${sayMoney(monthlyMicroCents, currency)} planned for ${month} is spent.`,
      "What burns now, and until when, is on the cost page:",
    ].join("\n"),
  };
}

/** `212.40 USD`: whole hundredths, never more than is owed. */
function sayMoney(microCents: bigint, currency: string): string {
  const cents = microCents / 1_000_000n;
  return `${cents / 100n}.${String(cents % 100n).padStart(2, "0")} ${currency}`;
}
