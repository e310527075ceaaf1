import type { Actor } from "@/lib/schemas/actor";
import type { ProtectionBody } from "@/lib/schemas/safety";
import type { ServiceDto } from "@/lib/schemas/service";
import { AppError } from "@/lib/std/app-error";
import { recordDone } from "../ask-for";
import { askOnce } from "../ask-once";
import { type ServiceRow, serviceNotFound } from "../find-service-row";
import { getService } from "../get-service";
import type { Db } from "../move-service";
import type { NewServiceOptions } from "../request-create";
import { hasExpired, isLive } from "../service-state";

/** Protects a service from being deleted, reset or purged by anybody, or ends that. A fork's end comes all the same. */
export async function setProtection(
  actor: Actor,
  { serviceId, body }: { serviceId: string; body: ProtectionBody },
  options: NewServiceOptions = {},
): Promise<ServiceDto> {
  const request = { actor, serviceId, action: "service.protect" as const, body, options };
  await askOnce(request, async (tx, row, nowMs) => {
    if (!isLive(row.status) && !hasExpired(row.status)) throw serviceNotFound();
    if ((row.protectedBy !== null) === body.protected) return undefined;
    const protectedBy = body.protected ? actor.name : null;
    await tx.service.update({ where: { id: serviceId }, data: { protectedBy } });
    const input = { before: row.protectedBy !== null, after: body.protected };
    return recordDone(tx, { kind: "protection", service: row, by: actor.name, nowMs, input });
  });
  return getService(actor, serviceId, options);
}

type Named = Pick<
  ServiceRow,
  "id" | "name" | "environment" | "protectedBy" | "createdAt" | "createdBy" | "forkedFromId"
>;

/** Completes "protects it from being …". */
export type ProtectedFrom = "deleted" | "reset" | "purged";

/** PROTECTED, with who protected it, when, and the way out. */
export async function assertUnprotected(db: Db, row: Named, from: ProtectedFrom): Promise<void> {
  const isProd = row.environment === "PROD";
  if (!isProd && row.protectedBy === null) return;
  const { by, at } = await findWho(db, row, isProd ? "environment" : "protection");
  const when = `by ${by ?? "somebody"} at ${at}`;
  const what = isProd ? `was tagged PROD ${when}, which` : `was protected ${when}, which`;
  const wayOut = isProd ? "Tag it DEV first" : "End its protection first";
  const other = from === "reset" ? ", or fork the moment instead" : "";
  throw new AppError("PROTECTED", `${row.name} ${what} keeps it from being ${from}. ${wayOut}${other}.`, {
    details: { protected_by: by, protected_at: at, environment: row.environment },
    fix: [{ label: `Safety of ${row.name}`, href: `/${row.forkedFromId ? "forks" : "services"}/${row.id}#safety` }],
  });
}

/** The request that made it so; a tag that it was made with is as old as it is. */
async function findWho(db: Db, row: Named, kind: "environment" | "protection") {
  const last = await db.operation.findFirst({
    where: { serviceId: row.id, kind },
    orderBy: { requestedAt: "desc" },
    select: { requestedBy: true, requestedAt: true },
  });
  const by = last?.requestedBy ?? row.protectedBy ?? row.createdBy;
  return { by, at: (last?.requestedAt ?? row.createdAt).toISOString() };
}
