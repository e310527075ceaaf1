import { type Action, authorize } from "@/lib/auth";
import type { Transaction } from "@/lib/db";
import type { Actor } from "@/lib/schemas/actor";
import { servicesContext } from "./context";
import { lockServiceRow, type ServiceRow } from "./find-service-row";
import { findKeyedRequest, findReplayed } from "./idempotency";
import { lockPlacement } from "./place-service";
import { recordChange } from "./record-change";
import type { NewServiceOptions } from "./request-create";

/** A request about a service that is there. */
export interface ServiceRequest {
  readonly actor: Actor;
  readonly serviceId: string;
  readonly action: Action;
  /** What it asks for beside the service: the same key with another body is another request. */
  readonly body?: object;
  /** It may give a name away, or count what there is, so it waits in line with all that do. */
  readonly isNaming?: boolean;
  readonly options: NewServiceOptions;
}

/**
 * Judges, writes and audits a request in one transaction that holds the service's row. `ask` answers the operation that it wrote,
 * or undefined when there is nothing to do. A request repeated with its key asks for nothing more.
 */
export async function askOnce(
  { actor, serviceId, action, body = {}, isNaming = false, options }: ServiceRequest,
  ask: (tx: Transaction, row: ServiceRow, nowMs: number) => Promise<string | undefined>,
): Promise<void> {
  const { db, clock } = servicesContext(options);
  const keyed = findKeyedRequest(actor, options.idempotencyKey, { [action]: serviceId, body });
  await db.$transaction(async (tx) => {
    if (keyed || isNaming) await lockPlacement(tx); // as everybody who looks up a key or a name
    const nowMs = clock.nowMs();
    const row = await lockServiceRow(tx, actor, serviceId);
    authorize(actor, action, row);
    if (keyed && (await findReplayed(tx, keyed, nowMs))) return;
    const operationId = await ask(tx, row, nowMs);
    if (operationId === undefined) return;
    if (keyed)
      await tx.idempotencyKey.create({ data: { ...keyed, serviceId, operationId, createdAt: new Date(nowMs) } });
    const after = await tx.service.findUniqueOrThrow({ where: { id: serviceId } });
    await recordChange(tx, { actor, action, service: row, before: row, after: { ...after, operationId }, nowMs });
  });
}
