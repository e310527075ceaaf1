import { authorize } from "@/lib/auth";
import type { DamageFacts } from "@/lib/engine-client";
import type { Actor } from "@/lib/schemas/actor";
import type { DamageDto, DamagesDto } from "@/lib/schemas/history";
import { formatMicros } from "@/lib/std/micros";
import { type CallOptions, servicesContext } from "./context";
import { getServiceRow, serviceNotFound } from "./find-service-row";
import { isPurged } from "./service-state";

/** What the scrub found damaged of a service; also of one in Recently deleted, which can still be restored. */
export async function getDamages(actor: Actor, serviceId: string, options: CallOptions = {}): Promise<DamagesDto> {
  authorize(actor, "history.read");
  const { db, engine, clock } = servicesContext(options);
  const row = await getServiceRow(db, actor, serviceId);
  if (isPurged(row.status)) throw serviceNotFound();
  const { damages, counts, scrubbedMicros } = await engine.history.damages({ volumeIds: [row.volumeId] });
  return {
    count: counts[row.volumeId] ?? 0,
    damages: damages.map((damage) => toDamageDto(damage, row.volumeId)),
    scrubbed: toTime(scrubbedMicros),
    generated_at: formatMicros(clock.nowMicros()),
  };
}

/** Numbers of commits mean something in the history of their own service only. */
function toDamageDto(damage: DamageFacts, volumeId: string): DamageDto {
  const isOwn = damage.ownerId === volumeId;
  return {
    path: damage.path ?? null,
    block: damage.block ?? null,
    found: formatMicros(damage.foundMicros),
    commit: (isOwn ? damage.commit : undefined) ?? null,
    commit_time: toTime(isOwn ? damage.commitMicros : undefined),
    inherited: !isOwn,
    log: damage.log,
    segment: damage.segment,
    unit: damage.unit,
  };
}

const toTime = (micros: number | undefined): string | null => (micros === undefined ? null : formatMicros(micros));
