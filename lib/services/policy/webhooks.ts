import { appendAudit } from "@/lib/audit";
import { authorize } from "@/lib/auth";
import { listDeliveries, listWebhooks, queueTest, replaceWebhooks } from "@/lib/notify";
import type { Actor } from "@/lib/schemas/actor";
import { type PutWebhooksBody, putWebhooksBody, type WebhookDto, type WebhooksDto } from "@/lib/schemas/webhook";
import { AppError } from "@/lib/std/app-error";
import { type CallOptions, servicesContext } from "../context";

/** Where the project's warnings go, and what became of the newest. */
export async function getWebhooks(actor: Actor, options: CallOptions = {}): Promise<WebhooksDto> {
  authorize(actor, "webhooks.read");
  const { db, sendsMail } = servicesContext(options);
  const { projectId } = actor;
  const [webhooks, deliveries] = await Promise.all([listWebhooks(db, projectId), listDeliveries(db, projectId)]);
  return { webhooks, mail: sendsMail ? "on" : "off", deliveries };
}

/** Makes these the project's webhooks. The answer holds the secrets of new ones, this once. */
export async function putWebhooks(
  actor: Actor,
  body: PutWebhooksBody,
  options: CallOptions = {},
): Promise<WebhooksDto> {
  authorize(actor, "webhooks.write");
  const { db, clock, sealKey } = servicesContext(options);
  const wanted = putWebhooksBody.parse(body).webhooks;
  const { projectId } = actor;
  const secrets = await db.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT 1 FROM projects WHERE id = ${projectId} FOR UPDATE`;
    const before = await listWebhooks(tx, projectId);
    assertKnown(wanted, before);
    const nowMs = clock.nowMs();
    const made = await replaceWebhooks(tx, sealKey(), { projectId, wanted, by: actor.name, nowMs });
    const after = await listWebhooks(tx, projectId);
    if (JSON.stringify(after) === JSON.stringify(before)) return made;
    const object = { type: "project", id: projectId, name: null };
    const change = { before: { webhooks: toAudited(before) }, after: { webhooks: toAudited(after) } };
    await appendAudit(tx, { actor, action: "webhooks.write", object, ...change, nowMs });
    return made;
  });
  const answer = await getWebhooks(actor, options);
  const withSecret = (one: WebhookDto) => ({ ...one, ...(secrets.has(one.id) && { secret: secrets.get(one.id) }) });
  return { ...answer, webhooks: answer.webhooks.map(withSecret) };
}

/** Sends a message to one of them that says nothing but that it arrived; what became of it is among the deliveries. */
export async function testWebhook(actor: Actor, webhookId: string, options: CallOptions = {}): Promise<WebhooksDto> {
  authorize(actor, "webhooks.write");
  const { db, clock } = servicesContext(options);
  await db.$transaction(async (tx) => {
    const webhook = await tx.webhook.findFirst({ where: { id: webhookId, projectId: actor.projectId } });
    if (!webhook) throw unknown(webhookId);
    const nowMs = clock.nowMs();
    await queueTest(tx, { webhook, nowMs });
    const object = { type: "webhook", id: webhook.id, name: hostOf(webhook.url) };
    await appendAudit(tx, { actor, action: "webhooks.write", object, after: { events: ["webhook.test"] }, nowMs });
  });
  return getWebhooks(actor, options);
}

function assertKnown(wanted: readonly { id?: string | undefined }[], known: readonly WebhookDto[]): void {
  const ids = wanted.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const strange = ids.find((id) => !known.some((one) => one.id === id));
  if (strange !== undefined) throw unknown(strange);
  if (new Set(ids).size !== ids.length) throw new AppError("INVALID_REQUEST", "The same webhook is in the list twice.");
}

const unknown = (id: string): AppError =>
  new AppError("NOT_FOUND", `There is no webhook ${id}. It may have been removed.`);

/** A path may hold a receiver's own secret, so the activity knows hosts only. */
const toAudited = (webhooks: readonly WebhookDto[]) =>
  webhooks.map(({ id, url, events }) => ({ id, host: hostOf(url), events }));

const hostOf = (url: string): string => new URL(url).host;
