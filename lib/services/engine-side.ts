/**
 * What the engine asks and tells about services while it works on their operations. No actor: the engine works for every
 * project. Each change of state is one statement fenced by the state it may come from, so a step that runs twice,
 * or after a person changed their mind, changes nothing.
 */
import { assert } from "@/lib/std/assert";
import { type Db, moveService } from "./move-service";
import { isComingUp, isFailed, isForkable, isLive, isPurged, isServed, statesWhere } from "./service-state";

/** A service as the engine's steps need it. */
export interface ServiceWork {
  readonly serviceId: string;
  readonly name: string;
  readonly volumeId: string;
  readonly imageId: string;
  /** Null once purged. */
  readonly port: number | null;
  readonly sample: string | null;
  readonly deletedBy: string | null;
  /** Somebody deleted it, and nobody brought it back. */
  readonly isDeleted: boolean;
  readonly source: { readonly serviceId: string; readonly volumeId: string; readonly name: string } | null;
  /** How far back its history is kept. */
  readonly retention: RetentionOf;
}

export interface RetentionOf {
  readonly micros: number;
  readonly bytes: number;
}

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
    port: row.directPort,
    sample: row.sample,
    deletedBy: row.deletedBy,
    isDeleted: row.deletedAt !== null,
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
  moveService(db, { serviceId, to: "CONFIGURING" });

/** A query was answered through its endpoint. False when it was deleted meanwhile, which stands. */
export const markReady = (db: Db, serviceId: string): Promise<boolean> =>
  moveService(db, { serviceId, to: "READY", patch: { statusReason: null } });

/** Its creation failed and what was made of it is gone. One that was deleted meanwhile stays so. */
export const markFailed = (db: Db, serviceId: string, reason: string): Promise<boolean> =>
  moveService(db, { serviceId, to: "FAILED", patch: { statusReason: reason, sealedPassword: null } });

/** Nothing of it runs any more; its data waits for a restore or the purge. */
export const markDeleted = (db: Db, serviceId: string): Promise<boolean> =>
  moveService(db, { serviceId, to: "DELETED", from: ["DELETING"] });

/** A restore failed: back to Recently deleted, with a whole grace from `nowMs`. */
export async function markBackInBin(
  db: Db,
  serviceId: string,
  { reason, nowMs }: { reason: string; nowMs: number },
): Promise<boolean> {
  const { project } = await db.service.findUniqueOrThrow({ where: { id: serviceId }, include: { project: true } });
  return moveService(db, {
    serviceId,
    to: "DELETED",
    from: statesWhere(isComingUp),
    patch: {
      statusReason: reason,
      deletedAt: new Date(nowMs),
      deletedBy: "Offshoot",
      purgeAt: new Date(nowMs + project.graceSeconds * 1000),
    },
  });
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
  if (moved) await db.serviceEvent.deleteMany({ where: { serviceId } });
  return moved;
}

// Long enough that a disk in trouble does not fill the history with attempts.
const PURGE_PAUSE_MS = 600_000;

/** Its purge gave up: the next attempt is due after a pause. */
export async function postponePurge(db: Db, serviceId: string, nowMs: number): Promise<void> {
  const purgeAt = new Date(nowMs + PURGE_PAUSE_MS);
  await db.service.updateMany({ where: { id: serviceId, purgedAt: null }, data: { purgeAt } });
}

/** Its Postgres ended and did not come back by itself; `reason` is a sentence for a person. */
export const markUnstable = (db: Db, serviceId: string, reason: string): Promise<boolean> =>
  moveService(db, { serviceId, to: "UNSTABLE", from: ["READY"], patch: { statusReason: reason } });

/** It answers again. */
export const markRecovered = (db: Db, serviceId: string): Promise<boolean> =>
  moveService(db, { serviceId, to: "READY", from: ["UNSTABLE"], patch: { statusReason: null } });

/** What a starting engine has to open. */
export interface ServedService {
  readonly serviceId: string;
  readonly name: string;
  readonly volumeId: string;
  readonly imageId: string;
  readonly port: number;
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

/** All services whose endpoint should be open, in every project. */
export async function listServed(db: Db): Promise<ServedService[]> {
  const rows = await db.service.findMany({
    where: { status: { in: statesWhere(isServed) } },
    select: { id: true, name: true, volumeId: true, image: true, directPort: true },
    orderBy: { createdAt: "asc" },
  });
  return rows.flatMap(({ id, name, volumeId, image, directPort }) =>
    directPort === null ? [] : [{ serviceId: id, name, volumeId, imageId: image, port: directPort }],
  );
}

/** Verifier of tsdbadmin in pg_authid's format; undefined for a service that nobody may log in to. */
export async function findScramVerifier(db: Db, serviceId: string): Promise<string | undefined> {
  const row = await db.service.findUnique({ where: { id: serviceId }, select: { scramVerifier: true, status: true } });
  return row && isLive(row.status) ? row.scramVerifier : undefined;
}

/** An operation is still making or restoring it: nobody but the engine has business in it yet. */
export async function isServiceComingUp(db: Db, serviceId: string): Promise<boolean> {
  const row = await db.service.findUnique({ where: { id: serviceId }, select: { status: true } });
  return row !== null && isComingUp(row.status);
}
