import { authorize } from "@/lib/auth";
import type { Prisma, Transaction } from "@/lib/db";
import type { Actor } from "@/lib/schemas/actor";
import type { RestoreBody, ServiceDto } from "@/lib/schemas/service";
import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import { askFor } from "./ask-for";
import { type CallOptions, servicesContext } from "./context";
import { lockServiceRow, type ServiceRow } from "./find-service-row";
import { getService } from "./get-service";
import { computeRestoredLifetime } from "./lifetime";
import { moveService } from "./move-service";
import { lockPlacement } from "./place-service";
import { recordChange } from "./record-change";
import { isBeingPurged, isComingUp, isPurged, isRestorable } from "./service-state";
import { TakenNames } from "./taken-names";

export interface RestoreRequest {
  readonly serviceId: string;
  readonly body?: RestoreBody;
}

/**
 * Brings a deleted service back with its data, endpoint and password, also while it is still being deleted. A fork lives on
 * for `ttl`, else for what was left of its life, an hour at least. Asking again while it comes back changes nothing.
 */
export async function requestRestore(
  actor: Actor,
  { serviceId, body = {} }: RestoreRequest,
  options: CallOptions = {},
): Promise<ServiceDto> {
  const context = servicesContext(options);
  const nowMs = context.clock.nowMs();
  await context.db.$transaction(async (tx) => {
    await lockPlacement(tx);
    const row = await lockServiceRow(tx, actor, serviceId);
    authorize(actor, "service.restore", row);
    if (isBeingRestored(row)) return;
    assertRestorable(row);
    const name = body.name ?? row.name;
    (await TakenNames.load(tx, row.projectId)).assertFree(name);
    const patch = { ...(await planLife(tx, row, { ttl: body.ttl, nowMs })), name, ...UNDELETED };
    const moved = await moveService(tx, { serviceId, to: "QUEUED", patch });
    assert(moved, "a service whose row is held moves as the table says");
    await askFor(tx, { kind: "restore", service: row, by: actor.name, nowMs });
    await recordChange(tx, { actor, action: "service.restore", service: row, before: row, after: patch, nowMs });
  });
  return getService(actor, serviceId, { context, deletedToo: true });
}

const UNDELETED = { deletedAt: null, deletedBy: null, purgeAt: null, statusReason: null };

const isBeingRestored = (row: ServiceRow) =>
  isComingUp(row.status) && row.operations.some((one) => one.kind === "restore" && one.finishedAt === null);

function assertRestorable(row: ServiceRow): void {
  if (isRestorable(row.status)) return;
  if (isPurged(row.status)) throw new AppError("GONE", `${row.name} was purged at ${row.purgedAt?.toISOString()}.`);
  if (isBeingPurged(row.status)) throw new AppError("GONE", `${row.name} is being purged and cannot come back.`);
  throw new AppError("CONFLICT", `${row.name} is not deleted, so there is nothing to restore.`);
}

async function planLife(
  tx: Transaction,
  row: ServiceRow,
  { ttl, nowMs }: { ttl: string | undefined; nowMs: number },
): Promise<Prisma.ServiceUncheckedUpdateInput> {
  if (row.expiresAt === null) {
    if (ttl === undefined) return {};
    throw new AppError("INVALID_REQUEST", `${row.name} is no fork and has no end. Leave ttl out.`, { field: "ttl" });
  }
  assert(row.deletedAt, "what can be restored was deleted");
  const project = await tx.project.findUniqueOrThrow({ where: { id: row.projectId } });
  const left = { ttl, expiresAtMs: row.expiresAt.getTime(), deletedAtMs: row.deletedAt.getTime() };
  const life = computeRestoredLifetime(left, project, nowMs);
  return { expiresAt: new Date(life.expiresAtMs), ttlSeconds: life.ttlSeconds };
}
