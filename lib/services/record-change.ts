import { appendAudit } from "@/lib/audit";
import type { Action } from "@/lib/auth";
import type { Transaction } from "@/lib/db";
import type { Actor } from "@/lib/schemas/actor";

export interface Change {
  readonly actor: Actor;
  readonly action: Action;
  /** The service as it was; for one that was made, as it is. */
  readonly service: { readonly id: string; readonly name: string };
  /** The fields that the change is about, as they were and as they are. */
  readonly before?: object;
  readonly after?: object;
  readonly nowMs: number;
}

/** The audit row of what was done to a service: the last thing that its transaction writes. */
export const recordChange = (tx: Transaction, { service, ...change }: Change): Promise<void> =>
  appendAudit(tx, { ...change, object: { type: "service", id: service.id, name: service.name } });
