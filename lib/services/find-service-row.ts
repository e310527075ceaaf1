import type { Prisma } from "@/lib/db";
import type { Actor } from "@/lib/schemas/actor";
import { AppError } from "@/lib/std/app-error";
import { ID_PATTERN } from "@/lib/std/ids";
import type { Db } from "./move-service";

/** What a service's DTO is made of. */
export const SERVICE_PARTS = {
  forkedFrom: { select: { id: true, projectId: true, name: true, deletedAt: true, volumeId: true, status: true } },
  _count: { select: { forks: { where: { deletedAt: null } } } },
  // The one that a reset would be undone to.
  retired: { orderBy: { retiredAt: "desc" }, take: 1, select: { volumeId: true, purgeAt: true } },
  // The last few with steps: the one that explains the present state is among them.
  operations: {
    where: { steps: { some: {} } },
    orderBy: { requestedAt: "desc" },
    take: 5,
    include: { steps: { orderBy: { position: "asc" } } },
  },
} as const satisfies Prisma.ServiceInclude;

export type ServiceRow = Prisma.ServiceGetPayload<{ include: typeof SERVICE_PARTS }>;

/** NOT_FOUND, in the same words for an unknown id and for another project's. */
export const serviceNotFound = (): AppError =>
  new AppError("NOT_FOUND", "There is no such service. It may have been purged.");

/** The actor's service in whatever state, purged ones included, or NOT_FOUND. */
export async function getServiceRow(db: Db, actor: Actor, serviceId: string): Promise<ServiceRow> {
  // Text that is no id at all must not reach a CHAR(10) column, which would pad it.
  const row = ID_PATTERN.test(serviceId)
    ? await db.service.findFirst({ where: { id: serviceId, projectId: actor.projectId }, include: SERVICE_PARTS })
    : null;
  if (!row) throw serviceNotFound();
  return row;
}

/** The same, holding the row until the transaction ends, so that what is decided about its state stays true. */
export async function lockServiceRow(tx: Db, actor: Actor, serviceId: string): Promise<ServiceRow> {
  if (!ID_PATTERN.test(serviceId)) throw serviceNotFound();
  await tx.$queryRaw`SELECT 1 FROM services WHERE id = ${serviceId} AND project_id = ${actor.projectId} FOR UPDATE`;
  return getServiceRow(tx, actor, serviceId);
}
