import { IDS_MAX } from "@/lib/engine-client";
import type { Actor } from "@/lib/schemas/actor";
import { AppError } from "@/lib/std/app-error";
import type { ServicesContext } from "../context";
import { isPurged, statesWhere } from "../service-state";
import { assertBytesLeft } from "./quotas";

// Running services go on writing, and what gives space back needs some itself.
const RESERVE_PERCENT = 5;

/**
 * There is room for something new: on the disk, and in the project's quota of bytes. A silent engine is no reason to refuse, since
 * only it knows; what does not fit then fails in its own words.
 */
export async function assertRoom(context: ServicesContext, { projectId }: Pick<Actor, "projectId">): Promise<void> {
  const disk = await context.engine.disk().catch(ignoringSilence);
  if (disk && disk.freeBytes * 100 < disk.totalBytes * RESERVE_PERCENT)
    throw new AppError(
      "STORAGE_LOW",
      `Less than ${RESERVE_PERCENT} % of the disk is free, so nothing new is made; what runs goes on. Purge what is deleted, or give the data directory more room.`,
      {
        details: { free_bytes: disk.freeBytes, total_bytes: disk.totalBytes, reserve_percent: RESERVE_PERCENT },
        fix: [{ label: "Recently deleted", href: "/bin" }],
      },
    );
  const project = await context.db.project.findUniqueOrThrow({ where: { id: projectId } });
  if (project.maxStoreBytes === null) return;
  const usedBytes = await sumBytes(context, projectId).catch(ignoringSilence);
  if (usedBytes !== undefined) assertBytesLeft(project, usedBytes);
}

function ignoringSilence(error: unknown): undefined {
  if (error instanceof AppError && error.code === "CONTROL_PLANE") return undefined;
  throw error;
}

async function sumBytes({ db, engine }: ServicesContext, projectId: string): Promise<number> {
  const rows = await db.service.findMany({
    where: { projectId, status: { in: statesWhere((state) => !isPurged(state)) } },
    select: { volumeId: true, retired: { select: { volumeId: true } } },
  });
  const ids = rows.flatMap(({ volumeId, retired }) => [volumeId, ...retired.map((one) => one.volumeId)]);
  let sum = 0;
  for (let start = 0; start < ids.length; start += IDS_MAX)
    for (const { diskBytes } of (await engine.storage(ids.slice(start, start + IDS_MAX))).values()) sum += diskBytes;
  return sum;
}
