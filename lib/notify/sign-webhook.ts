import { createHmac } from "node:crypto";

export interface Signed {
  readonly id: string;
  readonly atMs: number;
  readonly body: string;
}

/** The headers of a signed message, as the Standard Webhooks specification (1.0.0) has them. */
export function signWebhook(secret: string, { id, atMs, body }: Signed): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000));
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}
