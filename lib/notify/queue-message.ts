import type { Prisma, Transaction } from "@/lib/db";
import type { NotifyEvent } from "@/lib/schemas/webhook";
import { newId } from "@/lib/std/ids";

/** What people read, and who they are. */
export interface MailText {
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

export interface NewMessage {
  readonly projectId: string;
  readonly event: NotifyEvent;
  /** Facts for machines: small plain data without secrets. */
  readonly data: Prisma.InputJsonObject;
  /** The console's page about it, below its address: `/forks/…`. */
  readonly path: string;
  /** Without it no e-mail is sent. */
  readonly mail?: MailText | undefined;
  readonly nowMs: number;
}

/** Writes a message for each webhook that wants the event, and for each address, into the transaction of what it tells of. */
export async function queueMessage(tx: Transaction, message: NewMessage): Promise<void> {
  const { projectId, event, data, path, mail, nowMs } = message;
  const webhooks = await tx.webhook.findMany({ where: { projectId, events: { has: event } }, select: { id: true } });
  const about = { projectId, event, nowMs };
  const text = { subject: mail?.subject ?? "", text: mail?.text ?? "", path };
  await tx.delivery.createMany({
    data: [
      ...webhooks.map(({ id }) => toDelivery(about, { channel: "webhook", target: id, payload: { data, path } })),
      ...(mail?.to ?? []).map((target) => toDelivery(about, { channel: "email", target, payload: text })),
    ],
  });
}

/** A message to one webhook that says nothing but that it arrived; the delivery's id. */
export async function queueTest(
  tx: Transaction,
  { webhook, nowMs }: { webhook: { id: string; projectId: string }; nowMs: number },
): Promise<string> {
  const about = { projectId: webhook.projectId, event: "webhook.test", nowMs };
  const payload = { data: { webhook_id: webhook.id }, path: "/settings/policy" };
  const data = toDelivery(about, { channel: "webhook", target: webhook.id, payload });
  await tx.delivery.create({ data });
  return data.id;
}

function toDelivery(
  { projectId, event, nowMs }: { projectId: string; event: string; nowMs: number },
  to: { channel: "webhook" | "email"; target: string; payload: Prisma.InputJsonObject },
) {
  const at = new Date(nowMs);
  return { id: newId(), projectId, event, ...to, createdAt: at, nextAt: at };
}
