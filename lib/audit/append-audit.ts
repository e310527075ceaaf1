import { Prisma, type Transaction } from "@/lib/db";
import type { Actor } from "@/lib/schemas/actor";
import { assert } from "@/lib/std/assert";
import { type Json, toStorable } from "./canonical-json";
import { findChangedFields } from "./changed-fields";
import { type ChainedEntry, hashEntry } from "./hash-entry";

export interface AuditedChange {
  readonly actor: Actor;
  /** A word of the permission table: `service.fork`. */
  readonly action: string;
  readonly object: { readonly type: string; readonly id: string; readonly name: string | null };
  /** Rows, or parts of them; what may be told of them and differs is kept. */
  readonly before?: object;
  readonly after?: object;
  readonly nowMs: number;
}

/**
 * Says in the caller's transaction who did what. Call it last: from here to the end of the transaction the project's row is
 * held, and everybody who changes something in this project waits.
 */
export async function appendAudit(tx: Transaction, change: AuditedChange): Promise<void> {
  const { projectId } = change.actor;
  const [head] = await tx.$queryRaw<{ seq: bigint; previous: string }[]>`
    UPDATE projects SET audit_seq = audit_seq + 1 WHERE id = ${projectId} RETURNING audit_seq AS seq, audit_hash AS previous`;
  assert(head, `an actor names project ${projectId}, which has no row`);
  const entry = toEntry(change, head);
  const hash = hashEntry(entry);
  const [before, after] = [toColumn(entry.before), toColumn(entry.after)];
  await tx.auditEntry.create({ data: { ...entry, before, after, hash } });
  await tx.project.update({ where: { id: projectId }, data: { auditHash: hash } });
}

function toEntry(change: AuditedChange, { seq, previous }: { seq: bigint; previous: string }): ChainedEntry {
  const { actor, action, object } = change;
  return {
    projectId: actor.projectId,
    seq,
    at: new Date(change.nowMs),
    actorId: actor.userId,
    actorName: toStorable(actor.name),
    via: actor.via,
    address: actor.address,
    action,
    objectType: object.type,
    objectId: object.id,
    objectName: object.name === null ? null : toStorable(object.name),
    ...findChangedFields(change.before, change.after),
    previous,
  };
}

const toColumn = (value: Json) => (value === null ? Prisma.DbNull : (value as Prisma.InputJsonObject));
