import { z } from "zod";

/** What can be told to the outside. `webhook.test` goes to one webhook because somebody asked for it. */
export const NOTIFY_EVENTS = ["fork.expiring", "fork.postponed", "budget.alert"] as const;
export type NotifyEvent = (typeof NOTIFY_EVENTS)[number];

const URL_MAX = 2_000;
const WEBHOOKS_MAX = 10;
const URL_SENTENCE = "This must be an address that begins with https:// or http:// and holds no user name or password.";

const webhookUrl = z
  .string()
  .trim()
  .max(URL_MAX, `An address has at most ${URL_MAX} characters.`)
  .refine(isWebhookUrl, URL_SENTENCE);

function isWebhookUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === "https:" || protocol === "http:") && username === "" && password === "";
}

const webhookBody = z.strictObject({
  /** Of one that is there already, which keeps its secret; a new one has none yet. */
  id: z.string().optional(),
  url: webhookUrl,
  events: z
    .array(z.enum(NOTIFY_EVENTS, `An event is one of ${NOTIFY_EVENTS.join(", ")}.`))
    .min(1, "Choose at least one event.")
    .default([...NOTIFY_EVENTS]),
});

/** All webhooks of the project from now on: what is not in the list is removed. */
export const putWebhooksBody = z.strictObject({
  webhooks: z.array(webhookBody).max(WEBHOOKS_MAX, `A project has at most ${WEBHOOKS_MAX} webhooks.`),
});
export type PutWebhooksBody = z.input<typeof putWebhooksBody>;

export const webhookDto = z.object({
  id: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  created: z.string(),
  created_by: z.string().nullable(),
  /** The signing secret, in the answer to the request that made it and nowhere else. */
  secret: z.string().optional(),
});
export type WebhookDto = z.infer<typeof webhookDto>;

/** A message on its way out. */
export const deliveryDto = z.object({
  id: z.string(),
  channel: z.enum(["webhook", "email"]),
  /** A webhook's id, or an address. */
  target: z.string(),
  event: z.string(),
  created: z.string(),
  attempts: z.number().int(),
  delivered: z.string().nullable(),
  /** When it is tried next; null when it was taken or given up. */
  next: z.string().nullable(),
  /** Why it was not taken the last time. */
  error: z.string().nullable(),
});
export type DeliveryDto = z.infer<typeof deliveryDto>;

export const webhooksDto = z.object({
  webhooks: z.array(webhookDto),
  /** Whether warnings also go out by e-mail: the installation's to configure. */
  mail: z.enum(["on", "off"]),
  /** Newest first. */
  deliveries: z.array(deliveryDto),
});
export type WebhooksDto = z.infer<typeof webhooksDto>;
