import type { Actor } from "@/lib/schemas/actor";
import type { ExtendBody, ServiceDto } from "@/lib/schemas/service";
import { AppError } from "@/lib/std/app-error";
import { recordDone } from "../ask-for";
import { askOnce } from "../ask-once";
import { type ServiceRow, serviceNotFound } from "../find-service-row";
import { getService } from "../get-service";
import type { NewServiceOptions } from "../request-create";
import { hasExpired, isFailed, isLive } from "../service-state";
import { planExtension } from "./lifetime";

export interface ExtendRequest {
  readonly serviceId: string;
  readonly body: ExtendBody;
}

/** Gives a fork another end, at once. It is a new end: its warnings come again, and it may be put off again. */
export async function extendService(
  actor: Actor,
  { serviceId, body }: ExtendRequest,
  options: NewServiceOptions = {},
): Promise<ServiceDto> {
  const request = { actor, serviceId, action: "service.extend" as const, body, options };
  await askOnce(request, async (tx, row, nowMs) => {
    assertHasEnd(row);
    const policy = await tx.project.findUniqueOrThrow({ where: { id: row.projectId } });
    const life = planExtension(body, policy, { nowMs, expiresAtMs: row.expiresAt?.getTime() ?? null });
    if (life.expiresAt?.getTime() === row.expiresAt?.getTime() && life.neverReason === row.neverReason)
      return undefined;
    await tx.service.update({ where: { id: serviceId }, data: { ...life, postponed: 0 } });
    const input = { before: toText(row.expiresAt), after: toText(life.expiresAt) };
    return recordDone(tx, { kind: "extend", service: row, by: actor.name, nowMs, input });
  });
  return getService(actor, serviceId, options);
}

const toText = (end: Date | null): string | null => end?.toISOString() ?? null;

/** Only a fork that lives has an end that can be moved. */
export function assertHasEnd(row: ServiceRow): void {
  if (isFailed(row.status)) throw new AppError("CONFLICT", `${row.name} failed; there is nothing to extend.`);
  if (hasExpired(row.status))
    throw new AppError("EXPIRED", `${row.name} has expired. Restore it to go on with it.`, {
      details: { expired_at: toText(row.expiredAt), purge_at: toText(row.purgeAt) },
    });
  if (!isLive(row.status)) throw serviceNotFound();
  if (row.forkedFromId === null) throw new AppError("INVALID_REQUEST", `${row.name} is no fork and has no end.`);
}
