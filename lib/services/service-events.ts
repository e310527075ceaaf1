import type { Prisma } from "@/lib/db";
import type { EventDto, EventKindDto } from "@/lib/schemas/history";
import { eventKind } from "@/lib/schemas/history";
import { newId } from "@/lib/std/ids";
import { formatMicros } from "@/lib/std/micros";
import type { Db } from "./move-service";

/** Something that happened in a service, with the commit that made it, or the newest one at that time. */
export interface NewServiceEvent {
  /** The same id is the same event; made here unless the caller may tell it twice. */
  readonly id?: string;
  readonly kind: EventKindDto;
  readonly what: string;
  readonly rows: number | null;
  readonly commit: number;
  /** Microseconds since the epoch: of the commit, or when a marker was set. */
  readonly micros: number;
}

/** A service keeps its newest events, and none that is older than its window. */
export const EVENTS_KEPT = 10_000;
const WHAT_MAX = 500;

/**
 * Writes events of one service, a batch at a time, and forgets those that have left its window. Events that are known already
 * change nothing. The engine calls this beside the store's `guard` of `findCommitBefore`.
 */
export async function recordServiceEvents(
  db: Db,
  serviceId: string,
  events: readonly NewServiceEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await db.serviceEvent.createMany({ data: events.map((event) => toRow(serviceId, event)), skipDuplicates: true });
  const { retentionSeconds } = await db.service.findUniqueOrThrow({ where: { id: serviceId } });
  const newestMicros = Math.max(...events.map(({ micros }) => micros));
  const excess = await db.serviceEvent.findFirst({
    where: { serviceId },
    orderBy: [{ micros: "desc" }, { id: "asc" }],
    skip: EVENTS_KEPT,
    select: { micros: true },
  });
  const beforeWindow = BigInt(newestMicros - retentionSeconds * 1_000_000);
  await db.serviceEvent.deleteMany({
    where: {
      serviceId,
      OR: [{ micros: { lt: beforeWindow } }, ...(excess ? [{ micros: { lte: excess.micros } }] : [])],
    },
  });
}

/** A snapshot that was deleted is no event any more. */
export async function forgetSnapshotEvents(db: Db, serviceId: string, snapshotIds: readonly string[]): Promise<void> {
  if (snapshotIds.length === 0) return;
  await db.serviceEvent.deleteMany({ where: { id: { in: [...snapshotIds] }, serviceId, kind: "snapshot" } });
}

/** The last commit that does not hold what the event did: the moment that `target_event` means. */
export const findCommitBefore = ({ kind, commit }: { kind: EventKindDto; commit: number }): number =>
  CHANGES.has(kind) ? commit - 1 : commit;

// The others name the newest commit at their time, which is the last one before them.
const CHANGES: ReadonlySet<EventKindDto> = new Set(["ddl", "truncate", "mass_write"]);

type EventRow = Prisma.ServiceEventGetPayload<Record<string, never>>;

export function toEventDto(row: EventRow): EventDto {
  return {
    id: row.id,
    kind: eventKind.parse(row.kind),
    what: row.what,
    rows: row.rows === null ? null : Number(row.rows),
    commit: Number(row.commit),
    time: formatMicros(row.micros),
  };
}

const toRow = (serviceId: string, { id = newId(), kind, what, rows, commit, micros }: NewServiceEvent) => ({
  id,
  serviceId,
  kind,
  what: what.replaceAll("\u0000", "").slice(0, WHAT_MAX),
  rows: rows === null ? null : BigInt(rows),
  commit: BigInt(commit),
  micros: BigInt(micros),
});
