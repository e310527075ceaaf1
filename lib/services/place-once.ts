import type { Transaction } from "@/lib/db";
import { AppError } from "@/lib/std/app-error";
import { findReplayed, type KeyedRequest } from "./idempotency";
import { findWaitingPassword } from "./passwords";
import { lockPlacement, type Placement, type PlaceOptions, placeService } from "./place-service";
import { recordChange } from "./record-change";

export interface PlaceOnceOptions extends Omit<PlaceOptions, "nowMs"> {
  readonly keyed: KeyedRequest | undefined;
}

export interface Placed {
  readonly serviceId: string;
  /** In the answer to the request and nowhere else. Empty when a repeated request finds the password already shown. */
  readonly once: { readonly initial_password?: string };
}

// Requests wait in line for the placement lock; each takes a few milliseconds.
const TRANSACTION = { maxWait: 10_000, timeout: 20_000 };

/** Places what `plan` decides, in one transaction; a request repeated with its key gets what the first one got. */
export async function placeOnce(
  options: PlaceOnceOptions,
  plan: (tx: Transaction, nowMs: number) => Promise<Placement>,
): Promise<Placed> {
  const { actor, context, identity, keyed } = options;
  const placed = await context.db.$transaction(async (tx) => {
    await lockPlacement(tx);
    const nowMs = context.clock.nowMs();
    const replayed = keyed && (await findReplayed(tx, keyed, nowMs));
    if (replayed) return { serviceId: replayed.serviceId, isReplay: true };
    const placement = await plan(tx, nowMs);
    const operationId = await placeService(tx, placement, { ...options, nowMs });
    const row = { serviceId: identity.serviceId, operationId, createdAt: new Date(nowMs) };
    if (keyed) await tx.idempotencyKey.create({ data: { ...keyed, ...row } });
    const { kind, name, size, history, fork, ...after } = placement;
    const service = { id: identity.serviceId, name };
    const made = { name, ...after, ...size, ...history, ...fork };
    await recordChange(tx, { actor, action: `service.${kind}`, service, after: made, nowMs });
    return { serviceId: identity.serviceId, isReplay: false };
  }, TRANSACTION);
  if (!placed.isReplay) return { serviceId: placed.serviceId, once: { initial_password: identity.password } };
  return { serviceId: placed.serviceId, once: await findOnce(options, placed.serviceId) };
}

async function findOnce({ context }: PlaceOnceOptions, serviceId: string): Promise<Placed["once"]> {
  const row = await context.db.service.findUnique({ where: { id: serviceId } });
  if (!row) throw new AppError("GONE", "The service that this request asked for is gone.");
  const password = await findWaitingPassword(context, row);
  return password === undefined ? {} : { initial_password: password };
}
