/**
 * What the engine reads and writes of the list of what a fork cannot do. Written before anything is switched off, so that a crash
 * between the two leaves nothing off that is not listed.
 */
import { type DisarmedDetails, type DisarmedKind, disarmedDetails, disarmedKind } from "@/lib/schemas/safety";
import { newId } from "@/lib/std/ids";
import type { Db } from "../move-service";

/** A thing that a fork was not given, by its kind and name. */
export interface ManifestItem {
  readonly kind: DisarmedKind;
  readonly name: string;
  readonly details: DisarmedDetails;
  /** Somebody switched it on, or it was left on. */
  readonly isArmed: boolean;
}

export interface Manifest {
  readonly items: readonly ManifestItem[];
  /** What the source was not given itself: off in the fork although nobody switched it off there. */
  readonly ofSource: readonly ManifestItem[];
}

export async function readManifest(db: Db, serviceId: string): Promise<Manifest> {
  const service = await db.service.findUniqueOrThrow({ where: { id: serviceId }, include: { disarmed: true } });
  const ofSource = service.forkedFromId
    ? await db.disarmedItem.findMany({ where: { serviceId: service.forkedFromId } })
    : [];
  return { items: service.disarmed.map(toItem), ofSource: ofSource.map(toItem) };
}

type Row = Awaited<ReturnType<Db["disarmedItem"]["findMany"]>>[number];

const toItem = ({ kind, name, details, armedAt }: Row): ManifestItem => ({
  kind: disarmedKind.parse(kind),
  name,
  details: disarmedDetails.catch({}).parse(details),
  isArmed: armedAt !== null,
});

export interface ManifestChange {
  readonly serviceId: string;
  readonly items: readonly ManifestItem[];
  /** Who asked for what is left on. */
  readonly by: string | null;
  readonly nowMs: number;
}

/** Makes the list hold exactly these. */
export async function writeManifest(db: Db, { serviceId, items, by, nowMs }: ManifestChange): Promise<void> {
  const now = new Date(nowMs);
  const before = await db.disarmedItem.findMany({ where: { serviceId } });
  const keyOf = ({ kind, name }: { kind: string; name: string }) => `${kind} ${name}`;
  const wanted = new Map(items.map((item) => [keyOf(item), item]));
  const known = new Map(before.map((row) => [keyOf(row), row]));
  const gone = before.filter((row) => !wanted.has(keyOf(row))).map(({ id }) => id);
  if (gone.length > 0) await db.disarmedItem.deleteMany({ where: { id: { in: gone } } });
  const off = items.filter((item) => !item.isArmed && known.get(keyOf(item))?.armedAt);
  for (const item of off)
    await db.disarmedItem.update({
      where: { id: known.get(keyOf(item))?.id ?? "" },
      data: { createdAt: now, armedAt: null, armedBy: null },
    });
  const fresh = items.filter((item) => !known.has(keyOf(item)));
  await db.disarmedItem.createMany({
    data: fresh.map(({ isArmed, kind, name, details }) => ({
      id: newId(),
      serviceId,
      kind,
      name,
      details,
      createdAt: now,
      armedAt: isArmed ? now : null,
      armedBy: isArmed ? by : null,
    })),
  });
}

/** The thing that an operation switches on; undefined when the list no longer holds it. */
export async function findManifestItem(db: Db, itemId: string): Promise<ManifestItem | undefined> {
  const row = await db.disarmedItem.findUnique({ where: { id: itemId } });
  return row ? toItem(row) : undefined;
}

/** It is on. */
export async function markArmed(
  db: Db,
  itemId: string,
  { by, nowMs }: { by: string | null; nowMs: number },
): Promise<void> {
  await db.disarmedItem.updateMany({ where: { id: itemId }, data: { armedAt: new Date(nowMs), armedBy: by } });
}
