import type { SchemaAgainst } from "@/lib/schemas/schema-reading";
import { AppError } from "@/lib/std/app-error";
import type { ServicesContext } from "../context";
import type { ServiceRow } from "../find-service-row";
import { isBaseMark } from "../reset/base-mark";
import { isForkable } from "../service-state";

/** A commit of a volume whose schema is asked for. */
export interface SchemaSource {
  readonly volumeId: string;
  readonly commit: number;
}

/** What is read: the service as it is, and what it is compared with. */
export interface SchemaSides {
  readonly service: SchemaSource;
  readonly source: SchemaSource | undefined;
}

/** Finds both; an AppError says why one is not to be had. */
export async function findSides(
  context: ServicesContext,
  row: ServiceRow,
  against: SchemaAgainst | undefined,
): Promise<SchemaSides> {
  const service = await findHead(context, row.volumeId);
  if (against === undefined) return { service, source: undefined };
  return { service, source: await findSource(context, row, against) };
}

async function findHead({ engine }: ServicesContext, volumeId: string): Promise<SchemaSource> {
  const { head } = await engine.history.window({ volumeId });
  return { volumeId, commit: head.commit };
}

async function findSource(context: ServicesContext, row: ServiceRow, against: SchemaAgainst): Promise<SchemaSource> {
  const { forkedFrom, name } = row;
  if (!forkedFrom)
    throw new AppError("INVALID_REQUEST", `${name} is no fork: there is no source to compare it with.`, {
      field: "against",
    });
  if (against === "source_then") return findBase(context, row);
  if (!isForkable(forkedFrom.status))
    throw new AppError("GONE", `${forkedFrom.name} is not there any more. Compare ${name} with what it was then.`, {
      fix: [{ label: "Compare with then", set: { against: "source_then" } }],
    });
  return findHead(context, forkedFrom.volumeId);
}

/** What the fork began with is kept in the volume that it had first; after a reset that is one of those that are kept for a while. */
async function findBase({ db, engine }: ServicesContext, { id, name, volumeId }: ServiceRow): Promise<SchemaSource> {
  const kept = await db.retiredVolume.findMany({
    where: { serviceId: id },
    orderBy: { retiredAt: "desc" },
    select: { volumeId: true },
  });
  for (const one of [volumeId, ...kept.map((retired) => retired.volumeId)]) {
    const { holds } = await engine.history.window({ volumeId: one });
    const mark = holds.find((hold) => isBaseMark(hold, one));
    if (mark) return { volumeId: one, commit: mark.commit };
  }
  throw new AppError("GONE", `What ${name} began with went with the volume that it had before its reset.`);
}
