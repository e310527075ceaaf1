import { createHash } from "node:crypto";
import type { Actor } from "@/lib/schemas/actor";
import { idempotencyKey } from "@/lib/schemas/service";
import { AppError } from "@/lib/std/app-error";
import type { Db } from "./move-service";

/** A key is remembered for a day; the same key after that is a new request. */
export const IDEMPOTENCY_KEPT_MS = 24 * 3_600_000;

/** One request as the key's table knows it. */
export interface KeyedRequest {
  readonly projectId: string;
  readonly key: string;
  readonly requestHash: string;
}

export interface Replayed {
  readonly serviceId: string;
  readonly operationId: string;
}

/** Undefined without a key: such a request is new each time. `what` names the request and everything it asks for. */
export function findKeyedRequest(actor: Actor, key: string | undefined, what: unknown): KeyedRequest | undefined {
  if (key === undefined) return undefined;
  const parsed = idempotencyKey.safeParse(key);
  if (!parsed.success)
    throw new AppError("INVALID_REQUEST", parsed.error.issues[0]?.message ?? "This Idempotency-Key cannot be used.");
  const requestHash = createHash("sha256").update(toCanonicalJson(what)).digest("hex");
  return { projectId: actor.projectId, key: parsed.data, requestHash };
}

/** JSON that does not depend on the order in which a client wrote its fields; what is undefined is left out. */
export function toCanonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)))
      : part,
  );
}

/** What the first request with this key asked for; undefined when this is the first. */
export async function findReplayed(tx: Db, request: KeyedRequest, nowMs: number): Promise<Replayed | undefined> {
  const where = { projectId_key: { projectId: request.projectId, key: request.key } };
  const row = await tx.idempotencyKey.findUnique({ where });
  if (!row) return undefined;
  if (row.createdAt.getTime() <= nowMs - IDEMPOTENCY_KEPT_MS) {
    await tx.idempotencyKey.delete({ where });
    return undefined;
  }
  if (row.requestHash === request.requestHash) return row;
  throw new AppError(
    "IDEMPOTENCY_CONFLICT",
    "This Idempotency-Key was used for another request. Send the first request again as it was, or use a new key.",
  );
}
