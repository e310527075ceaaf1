/**
 * What the engine asks and tells about services while it works on their operations. No actor: the engine works for every
 * project. Each change of state is one statement fenced by the state it may come from, so a step that runs twice,
 * or after a person changed their mind, changes nothing.
 */
import type { Prisma } from "@/lib/db";
import { cameFromInput } from "@/lib/schemas/operation-input";
import { limitsOf, type ServiceSize } from "@/lib/schemas/size";
import { assert } from "@/lib/std/assert";
import { type Db, moveService } from "./move-service";
import {
  hasExpired,
  isAsleep,
  isComingUp,
  isFailed,
  isForkable,
  isLive,
  isPaused,
  isPausing,
  isPurged,
  isResuming,
  isServed,
  isStillServed,
  isUpgrading,
  statesWhere,
} from "./service-state";

/** A service as the engine's steps need it. */
export interface ServiceWork {
  readonly serviceId: string;
  readonly name: string;
  readonly volumeId: string;
  readonly imageId: string;
  readonly size: ServiceSize;
  /** Null once purged. */
  readonly port: number | null;
  readonly sample: string | null;
  readonly deletedBy: string | null;
  /** Somebody deleted it, and nobody brought it back. */
  readonly isDeleted: boolean;
  /** Its life is over by its TTL, and nobody brought it back. */
  readonly hasExpired: boolean;
  readonly source: { readonly serviceId: string; readonly volumeId: string; readonly name: string } | null;
  /** How far back its history is kept. */
  readonly retention: RetentionOf;
}

export interface RetentionOf {
  readonly micros: number;
  readonly bytes: number;
}

const toSize = ({ cpuMillis, memoryGbs }: ServiceSize): ServiceSize => ({ cpuMillis, memoryGbs });

const toRetention = (row: { retentionSeconds: number; retentionBytes: bigint }): RetentionOf => ({
  micros: row.retentionSeconds * 1_000_000,
  bytes: Number(row.retentionBytes),
});

export async function getServiceWork(db: Db, serviceId: string): Promise<ServiceWork> {
  const row = await db.service.findUnique({
    where: { id: serviceId },
    include: { forkedFrom: { select: { id: true, volumeId: true, name: true } } },
  });
  assert(row, `an operation names service ${serviceId}, which has no row`);
  return {
    serviceId,
    name: row.name,
    volumeId: row.volumeId,
    imageId: row.image,
    size: toSize(row),
    port: row.directPort,
    sample: row.sample,
    deletedBy: row.deletedBy,
    isDeleted: row.deletedAt !== null,
    hasExpired: hasExpired(row.status),
    retention: toRetention(row),
    source: row.forkedFrom && {
      serviceId: row.forkedFrom.id,
      volumeId: row.forkedFrom.volumeId,
      name: row.forkedFrom.name,
    },
  };
}

/** Where a fork's data comes from; microseconds since the epoch. */
export interface ForkOriginOf {
  readonly commit: number;
  readonly micros: number;
  readonly firstLeftOutMicros: number | undefined;
}

/** Completes the receipt. What was reserved for the request is written already, and is what was forked. */
export async function recordForkOrigin(db: Db, serviceId: string, origin: ForkOriginOf): Promise<void> {
  const { baseExact, momentsMissing } = await db.service.findUniqueOrThrow({ where: { id: serviceId } });
  await db.service.update({
    where: { id: serviceId },
    data: {
      baseCommit: BigInt(origin.commit),
      baseCommitMicros: BigInt(origin.micros),
      firstLeftOutMicros: origin.firstLeftOutMicros === undefined ? null : BigInt(origin.firstLeftOutMicros),
      baseExact: baseExact ?? true,
      momentsMissing: momentsMissing ?? 0n,
    },
  });
}

/** Its operation has begun. */
export const markConfiguring = (db: Db, serviceId: string): Promise<boolean> =>
  moveService(db, { serviceId, to: "CONFIGURING", from: ["QUEUED"] });

/** A query was answered through its endpoint. False when it was deleted meanwhile, which stands. */
export const markReady = (db: Db, serviceId: string): Promise<boolean> =>
  moveService(db, { serviceId, to: "READY", patch: { statusReason: null } });

/** Its creation failed and what was made of it is gone. One that was deleted meanwhile stays so. */
export const markFailed = (db: Db, serviceId: string, reason: string): Promise<boolean> =>
  moveService(db, { serviceId, to: "FAILED", patch: { statusReason: reason, sealedPassword: null } });

/** Nothing of it runs any more; its data waits for a restore or the purge. */
export const markDeleted = (db: Db, serviceId: string): Promise<boolean> =>
  moveService(db, { serviceId, to: "DELETED", from: ["DELETING"] });

/** A restore came to nothing: back to where it came from, with a whole grace from `nowMs`. */
export async function markBackAsleep(
  db: Db,
  serviceId: string,
  { to, reason, nowMs }: { to: "EXPIRED" | "DELETED"; reason: string | null; nowMs: number },
): Promise<boolean> {
  const { project } = await db.service.findUniqueOrThrow({ where: { id: serviceId }, include: { project: true } });
  const now = new Date(nowMs);
  const ended = to === "EXPIRED" ? { expiredAt: now } : { deletedAt: now, deletedBy: "Offshoot" };
  const purgeAt = new Date(nowMs + project.graceSeconds * 1000);
  const patch = { ...ended, statusReason: reason, purgeAt };
  return moveService(db, { serviceId, to, from: statesWhere(isComingUp), patch });
}

/**
 * Its volume is gone: the port is free, nothing secret stays in the row, the row itself stays for lineage and history. What
 * happened in it names commits that no longer exist, and goes.
 */
export async function markPurged(db: Db, serviceId: string, nowMs: number): Promise<boolean> {
  const moved = await moveService(db, {
    serviceId,
    to: "PURGED",
    patch: {
      purgedAt: new Date(nowMs),
      directPort: null,
      sealedPassword: null,
      passwordSealedAt: null,
      scramVerifier: "",
      expiresAt: null,
    },
  });
  if (moved) {
    await db.serviceEvent.deleteMany({ where: { serviceId } });
    await db.retiredVolume.deleteMany({ where: { serviceId } });
    await db.schemaReading.deleteMany({ where: { serviceId } });
  }
  return moved;
}

// Long enough that a disk in trouble does not fill the history with attempts.
const PURGE_PAUSE_MS = 600_000;

/** Its purge gave up: the next attempt is due after a pause. */
export async function postponePurge(db: Db, serviceId: string, nowMs: number): Promise<void> {
  const purgeAt = new Date(nowMs + PURGE_PAUSE_MS);
  await db.service.updateMany({ where: { id: serviceId, purgedAt: null }, data: { purgeAt } });
}

/** What a starting engine has to open. */
export interface ServedService {
  readonly serviceId: string;
  readonly name: string;
  readonly volumeId: string;
  readonly imageId: string;
  readonly size: ServiceSize;
  readonly port: number;
  /** Nothing runs behind its port, which says why. */
  readonly isAsleep: boolean;
}

/** The volumes of all services that still have one, with the limits of their windows: what a starting engine tells the store. */
export async function listRetentions(db: Db): Promise<{ volumeId: string; retention: RetentionOf }[]> {
  const rows = await db.service.findMany({
    where: { status: { in: statesWhere((state) => !isPurged(state) && !isFailed(state)) } },
    select: { volumeId: true, retentionSeconds: true, retentionBytes: true },
  });
  return rows.map((row) => ({ volumeId: row.volumeId, retention: toRetention(row) }));
}

/** A service with data, and how often a snapshot is taken of it by itself. */
export interface SnapshotSource {
  readonly serviceId: string;
  readonly volumeId: string;
  readonly name: string;
  /** Null: never. */
  readonly intervalMs: number | null;
  /** Of those taken by themselves so many are kept. */
  readonly keep: number;
  /** A fork has its base already: its first snapshot is due an interval after it was made. */
  readonly forkedMs: number | undefined;
}

/** Every service whose snapshots by schedule are to be looked after. */
export async function listSnapshotSources(db: Db): Promise<SnapshotSource[]> {
  const rows = await db.service.findMany({
    where: { status: { in: statesWhere(isForkable) } },
    orderBy: { createdAt: "asc" },
  });
  return rows.map((row) => ({
    serviceId: row.id,
    volumeId: row.volumeId,
    name: row.name,
    intervalMs: row.snapshotIntervalSeconds === null ? null : row.snapshotIntervalSeconds * 1000,
    keep: row.snapshotsKept,
    forkedMs: row.forkedFromId === null ? undefined : row.createdAt.getTime(),
  }));
}

/**
 * All services whose endpoint should be open, in every project: also those whose Postgres an operation that nobody has begun will
 * end or start anew, for it may be cancelled.
 */
export async function listServed(db: Db): Promise<ServedService[]> {
  const waiting = { kind: "reset", state: "QUEUED" as const };
  const open = statesWhere((state) => isServed(state) || isAsleep(state) || isStillServed(state));
  const rows = await db.service.findMany({
    where: {
      OR: [{ status: { in: open } }, { status: { in: statesWhere(isComingUp) }, operations: { some: waiting } }],
    },
    include: { operations: { where: waiting, select: { input: true } } },
    orderBy: { createdAt: "asc" },
  });
  return rows.flatMap((row) => (row.directPort === null ? [] : [toServed(row, row.directPort)]));
}

type ServedRow = Prisma.ServiceGetPayload<{ include: { operations: { select: { input: true } } } }>;

function toServed(row: ServedRow, port: number): ServedService {
  const { id, name, volumeId, image, status, operations } = row;
  const isPausedBefore = operations.some(({ input }) => isPaused(cameFromInput.parse(input).from));
  const sleeps = isAsleep(status) || isPausedBefore;
  return { serviceId: id, name, volumeId, imageId: image, size: toSize(row), port, isAsleep: sleeps };
}

/** Verifier of tsdbadmin in pg_authid's format; undefined for a service that nobody may log in to. */
export async function findScramVerifier(db: Db, serviceId: string): Promise<string | undefined> {
  const row = await db.service.findUnique({ where: { id: serviceId }, select: { scramVerifier: true, status: true } });
  return row && (isLive(row.status) || hasExpired(row.status)) ? row.scramVerifier : undefined;
}

/** How many sessions its size allows at once. */
export async function findConnectionLimit(db: Db, serviceId: string): Promise<number> {
  const row = await db.service.findUnique({ where: { id: serviceId } });
  return row ? limitsOf(row).connections : 0;
}

/** Why a person can have no session in it at this instant, as a sentence; undefined lets them in. */
export async function findObstacle(db: Db, serviceId: string, nowMs: number): Promise<string | undefined> {
  const row = await db.service.findUnique({ where: { id: serviceId } });
  if (!row) return "This service is gone.";
  const { status, expiresAt, name } = row;
  // Whoever ends it may come a moment later.
  if (hasExpired(status) || (isLive(status) && expiresAt !== null && expiresAt.getTime() <= nowMs))
    return `${name} expired at ${(row.expiredAt ?? expiresAt)?.toISOString()}. Restore it to connect again.`;
  if (isComingUp(status)) return "This service is being prepared. It takes connections once its status is READY.";
  if (isPaused(status) || isPausing(status)) return `${name} is paused. Start it to connect.`;
  if (isResuming(status)) return `${name} is being started. Connect again in a moment.`;
  return isUpgrading(status) ? `${name} is being resized. Connect again in a moment.` : undefined;
}
