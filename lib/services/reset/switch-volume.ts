import { z } from "zod";
import type { Prisma } from "@/lib/db";
import { assert } from "@/lib/std/assert";
import type { Db } from "../move-service";

export interface Switch {
  readonly serviceId: string;
  readonly from: string;
  readonly to: string;
  readonly by: string | null;
  readonly nowMs: number;
}

/**
 * Gives a service another volume, and keeps the one it had until the project's grace ends. What happened in a volume goes with it:
 * events name its commits, and another volume's have the same numbers. Asked for again it changes nothing.
 */
export async function switchVolume(db: Db, { serviceId, from, to, by, nowMs }: Switch): Promise<void> {
  const row = await db.service.findUniqueOrThrow({ where: { id: serviceId }, include: { project: true } });
  if (row.volumeId === to) return;
  assert(row.volumeId === from, `service ${serviceId} has the volume that it is switched from`);
  const kept = await db.retiredVolume.findUnique({ where: { volumeId: to } });
  const events = await db.serviceEvent.findMany({ where: { serviceId } });
  const purgeAt = new Date(nowMs + row.project.graceSeconds * 1000);
  await db.serviceEvent.deleteMany({ where: { serviceId } });
  await db.retiredVolume.deleteMany({ where: { volumeId: to } });
  await db.service.update({ where: { id: serviceId }, data: { volumeId: to, version: { increment: 1 } } });
  await db.retiredVolume.create({
    data: {
      volumeId: from,
      serviceId,
      retiredAt: new Date(nowMs),
      purgeAt,
      retiredBy: by,
      columns: { events: events.map(pack) },
    },
  });
  if (kept) await db.serviceEvent.createMany({ data: unpack(kept.columns, serviceId), skipDuplicates: true });
}

/** Forgets a volume that a service had: it is gone, or never was of use. */
export async function forgetRetired(db: Db, volumeId: string): Promise<void> {
  await db.retiredVolume.deleteMany({ where: { volumeId } });
}

// Long enough that a disk in trouble does not fill the history with attempts.
const FREE_PAUSE_MS = 600_000;

/** Asked for, or given up: looked at again after a pause, if it is still there. */
export async function postponeFree(db: Db, volumeId: string, nowMs: number): Promise<void> {
  await db.retiredVolume.updateMany({ where: { volumeId }, data: { purgeAt: new Date(nowMs + FREE_PAUSE_MS) } });
}

/** The volumes that a service had before resets. */
export async function listRetired(db: Db, serviceId: string): Promise<string[]> {
  const rows = await db.retiredVolume.findMany({ where: { serviceId }, select: { volumeId: true } });
  return rows.map(({ volumeId }) => volumeId);
}

const packedEvent = z.object({
  id: z.string(),
  kind: z.string(),
  what: z.string(),
  rows: z.number().nullable(),
  commit: z.number(),
  micros: z.number(),
});
const columns = z.object({ events: z.array(packedEvent) });

type EventRow = Prisma.ServiceEventGetPayload<Record<string, never>>;

const pack = ({ id, kind, what, rows, commit, micros }: EventRow): z.infer<typeof packedEvent> => ({
  id,
  kind,
  what,
  rows: rows === null ? null : Number(rows),
  commit: Number(commit),
  micros: Number(micros),
});

const unpack = (stored: Prisma.JsonValue, serviceId: string): Prisma.ServiceEventCreateManyInput[] =>
  columns.parse(stored).events.map(({ rows, commit, micros, ...event }) => ({
    ...event,
    serviceId,
    rows: rows === null ? null : BigInt(rows),
    commit: BigInt(commit),
    micros: BigInt(micros),
  }));
