import { randomBytes } from "node:crypto";
import type { Database, Transaction } from "@/lib/db";
import type { NotifyEvent, WebhookDto } from "@/lib/schemas/webhook";
import { newId } from "@/lib/std/ids";
import { findSealed, seal } from "@/lib/std/sealed";

/** A webhook as it should be; with the id of one that is there, that one. */
export interface WantedWebhook {
  readonly id?: string | undefined;
  readonly url: string;
  readonly events: readonly NotifyEvent[];
}

export interface Replacement {
  readonly projectId: string;
  readonly wanted: readonly WantedWebhook[];
  readonly by: string;
  readonly nowMs: number;
}

// Standard Webhooks asks for 24 to 64 bytes.
const SECRET_BYTES = 32;

/** Webhooks of a project, oldest first, without secrets. */
export async function listWebhooks(db: Database | Transaction, projectId: string): Promise<WebhookDto[]> {
  const rows = await db.webhook.findMany({ where: { projectId }, orderBy: [{ createdAt: "asc" }, { id: "asc" }] });
  return rows.map(({ id, url, events, createdAt, createdBy }) => ({
    id,
    url,
    events,
    created: createdAt.toISOString(),
    created_by: createdBy,
  }));
}

/** Makes these the project's webhooks; the secrets of new ones by id. Whoever asks has looked that the ids are the project's. */
export async function replaceWebhooks(
  tx: Transaction,
  sealKey: Uint8Array,
  { projectId, wanted, by, nowMs }: Replacement,
): Promise<ReadonlyMap<string, string>> {
  const secrets = new Map<string, string>();
  await tx.webhook.deleteMany({ where: { projectId, id: { notIn: wanted.flatMap(({ id }) => (id ? [id] : [])) } } });
  for (const { id, url, events } of wanted) {
    if (id !== undefined) {
      await tx.webhook.updateMany({ where: { id, projectId }, data: { url, events: [...events] } });
      continue;
    }
    const made = newId();
    const secret = newSecret();
    secrets.set(made, secret);
    await tx.webhook.create({
      data: {
        id: made,
        projectId,
        url,
        events: [...events],
        sealedSecret: seal(sealKey, ownerOf(made), secret),
        createdAt: new Date(nowMs),
        createdBy: by,
      },
    });
  }
  return secrets;
}

/** As Standard Webhooks writes it. */
const newSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString("base64")}`;

const ownerOf = (webhookId: string): string => `webhook ${webhookId}`;

/** A webhook's secret; undefined when it was sealed with another key. */
export const findSecret = (sealKey: Uint8Array, webhook: { id: string; sealedSecret: string }): string | undefined =>
  findSealed(sealKey, ownerOf(webhook.id), webhook.sealedSecret);
