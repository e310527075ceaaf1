import type { Prisma, Transaction } from "@/lib/db";
import type { Actor } from "@/lib/schemas/actor";
import type { RestoreInput } from "@/lib/schemas/operation-input";
import type { RestoreBody, ServiceDto } from "@/lib/schemas/service";
import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import { askFor } from "./ask-for";
import { askOnce } from "./ask-once";
import { servicesContext } from "./context";
import type { ServiceRow } from "./find-service-row";
import { getService } from "./get-service";
import { computeRestoredLifetime, toColumns } from "./lifetime/lifetime";
import { moveService } from "./move-service";
import { offeringSpace } from "./policy/offer-space";
import { assertForksLeft, assertRunningLeft } from "./policy/quotas";
import type { NewServiceOptions } from "./request-create";
import { hasExpired, isBeingPurged, isComingUp, isPurged, isRestorable } from "./service-state";
import { TakenNames } from "./taken-names";

export interface RestoreRequest {
  readonly serviceId: string;
  readonly body?: RestoreBody;
}

/**
 * Brings a deleted or expired service back with its data, endpoint and password, also while it is still ending. A fork lives on
 * for `ttl`, else for what was left of its life, an hour at least. Asking again while it comes back changes nothing.
 */
export async function requestRestore(
  actor: Actor,
  { serviceId, body = {} }: RestoreRequest,
  options: NewServiceOptions = {},
): Promise<ServiceDto> {
  const request = { actor, serviceId, action: "service.restore" as const, body, isNaming: true, options };
  const asked = askOnce(request, async (tx, row, nowMs) => {
    if (isBeingRestored(row)) return undefined;
    assertRestorable(row);
    const project = await tx.project.findUniqueOrThrow({ where: { id: row.projectId } });
    // What has expired is counted among the forks already.
    if (row.forkedFromId !== null && !hasExpired(row.status)) await assertForksLeft(tx, project);
    await assertRunningLeft(tx, project);
    const name = body.name ?? row.name;
    // What expired still has its name.
    if (row.deletedAt !== null || name !== row.name) (await TakenNames.load(tx, row.projectId)).assertFree(name);
    const patch = { ...(await planLife(tx, row, { ttl: body.ttl, nowMs })), name, ...LIVING };
    const moved = await moveService(tx, { serviceId, to: "QUEUED", patch });
    assert(moved, "a service whose row is held moves as the table says");
    const input: RestoreInput = { from: hasExpired(row.status) ? "EXPIRED" : "DELETED" };
    return askFor(tx, { kind: "restore", service: row, by: actor.name, nowMs, input });
  });
  await offeringSpace(servicesContext(options), actor, asked);
  return getService(actor, serviceId, { ...options, deletedToo: true });
}

const LIVING = { deletedAt: null, deletedBy: null, expiredAt: null, postponed: 0, purgeAt: null, statusReason: null };

const isBeingRestored = (row: ServiceRow) =>
  isComingUp(row.status) && row.operations.some((one) => one.kind === "restore" && one.finishedAt === null);

function assertRestorable(row: ServiceRow): void {
  if (isRestorable(row.status)) return;
  if (isPurged(row.status)) throw new AppError("GONE", `${row.name} was purged at ${row.purgedAt?.toISOString()}.`);
  if (isBeingPurged(row.status)) throw new AppError("GONE", `${row.name} is being purged and cannot come back.`);
  throw new AppError("CONFLICT", `${row.name} is neither deleted nor expired, so there is nothing to restore.`);
}

async function planLife(
  tx: Transaction,
  row: ServiceRow,
  { ttl, nowMs }: { ttl: string | undefined; nowMs: number },
): Promise<Prisma.ServiceUncheckedUpdateInput> {
  if (row.forkedFromId === null && ttl !== undefined)
    throw new AppError("INVALID_REQUEST", `${row.name} is no fork and has no end. Leave ttl out.`, { field: "ttl" });
  // Also a fork that may live for ever goes on so.
  if (row.expiresAt === null && ttl === undefined) return {};
  const endedAt = row.deletedAt ?? row.expiredAt;
  assert(endedAt, "what can be restored was deleted or has expired");
  const project = await tx.project.findUniqueOrThrow({ where: { id: row.projectId } });
  const left = { ttl, expiresAtMs: (row.expiresAt ?? endedAt).getTime(), deletedAtMs: endedAt.getTime() };
  const life = computeRestoredLifetime(left, project, nowMs);
  return { ...toColumns(life) };
}
