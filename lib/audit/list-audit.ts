import type { Database, Prisma } from "@/lib/db";
import type { AuditEntryDto, AuditPageDto, AuditQuery } from "@/lib/schemas/audit";
import type { Json } from "./canonical-json";

const LIMIT_DEFAULT = 100;

/** A project's entries, newest first, and where the next page begins. */
export async function listAudit(db: Database, projectId: string, query: AuditQuery = {}): Promise<AuditPageDto> {
  const limit = query.limit ?? LIMIT_DEFAULT;
  const rows = await db.auditEntry.findMany({
    where: { projectId, ...toWhere(query) },
    orderBy: { seq: "desc" },
    take: limit + 1,
  });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { entries: shown.map(toDto), next: rows.length > limit && last ? Number(last.seq) : null };
}

function toWhere({ before, action, object_id: objectId, actor, from, to }: AuditQuery): Prisma.AuditEntryWhereInput {
  return {
    ...(before !== undefined && { seq: { lt: BigInt(before) } }),
    // `service` finds all that is done to services.
    ...(action !== undefined && { action: action.includes(".") ? action : { startsWith: `${action}.` } }),
    ...(objectId !== undefined && { objectId }),
    ...(actor !== undefined && { actorName: { contains: actor, mode: "insensitive" } }),
    ...((from !== undefined || to !== undefined) && {
      at: { ...(from !== undefined && { gte: new Date(from) }), ...(to !== undefined && { lt: new Date(to) }) },
    }),
  };
}

type AuditRow = Prisma.AuditEntryGetPayload<Record<string, never>>;

function toDto(row: AuditRow): AuditEntryDto {
  return {
    seq: Number(row.seq),
    at: row.at.toISOString(),
    actor: { id: row.actorId, name: row.actorName, via: row.via, address: row.address },
    action: row.action,
    object: { type: row.objectType, id: row.objectId, name: row.objectName },
    before: row.before as Record<string, Json> | null,
    after: row.after as Record<string, Json> | null,
    hash: row.hash,
  };
}
