import { z } from "zod";
import type { Database, Delivery } from "@/lib/db";
import type { Clock } from "@/lib/std/clock";
import { type Outcome, postWebhook } from "./post-webhook";
import type { MailTransport } from "./send-mail";
import { signWebhook } from "./sign-webhook";
import { findSecret } from "./webhooks";

export interface Delivering {
  readonly db: Database;
  readonly sealKey: Uint8Array;
  readonly mail: MailTransport | undefined;
  readonly consoleUrl: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Sends one message once. */
export const deliver = (row: Delivery, delivering: Delivering): Promise<Outcome> =>
  row.channel === "email" ? deliverMail(row, delivering) : deliverWebhook(row, delivering);

const webhookPayload = z.object({ data: z.record(z.string(), z.unknown()), path: z.string() });

async function deliverWebhook(row: Delivery, { db, sealKey, consoleUrl, clock, signal }: Delivering): Promise<Outcome> {
  const webhook = await db.webhook.findUnique({ where: { id: row.target } });
  if (!webhook) return { kind: "gone", reason: "The webhook was removed." };
  const secret = findSecret(sealKey, webhook);
  if (secret === undefined)
    return { kind: "gone", reason: "Its secret was sealed with another key. Remove the webhook and add it again." };
  const { data, path } = webhookPayload.parse(row.payload);
  const about = { type: row.event, timestamp: row.createdAt.toISOString() };
  const body = JSON.stringify({ ...about, data: { project_id: row.projectId, ...data, url: `${consoleUrl}${path}` } });
  const headers = signWebhook(secret, { id: row.id, atMs: clock.nowMs(), body });
  return postWebhook({ url: webhook.url, headers, body, clock, signal });
}

const mailPayload = z.object({ subject: z.string(), text: z.string(), path: z.string() });

async function deliverMail(row: Delivery, { mail, consoleUrl }: Delivering): Promise<Outcome> {
  if (!mail) return { kind: "gone", reason: "E-mail is not configured any more." };
  const { subject, text, path } = mailPayload.parse(row.payload);
  try {
    await mail.send({ id: row.id, to: row.target, subject, text: `${text}\n\n${consoleUrl}${path}\n` });
    return { kind: "taken" };
  } catch (error) {
    // A mail server's answer names the reason; it holds no secret of ours.
    const { message, code } = error as Error & { code?: string };
    return {
      kind: "failed",
      reason: `The mail server did not take it: ${code ? `${code}, ` : ""}${message.slice(0, REASON_MAX)}.`,
    };
  }
}

const REASON_MAX = 300;
