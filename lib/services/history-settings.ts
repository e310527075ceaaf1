import { authorize } from "@/lib/auth";
import type { Actor } from "@/lib/schemas/actor";
import type { HistorySettings, HistorySettingsBody } from "@/lib/schemas/history-settings";
import { AppError } from "@/lib/std/app-error";
import { askFor } from "./ask-for";
import { type CallOptions, servicesContext } from "./context";
import { getServiceRow, lockServiceRow, type ServiceRow } from "./find-service-row";
import { assertHasHistory, assertNotInBin } from "./history-source";
import { recordChange } from "./record-change";

/** How far back a service's history reaches and which snapshots are taken of it; known also while the engine is silent. */
export async function getHistorySettings(
  actor: Actor,
  serviceId: string,
  options: CallOptions = {},
): Promise<HistorySettings> {
  authorize(actor, "history.read");
  const row = await getServiceRow(servicesContext(options).db, actor, serviceId);
  assertNotInBin(row);
  return toHistorySettings(row);
}

/**
 * Changes what the body names. The row is the truth from then on; an operation tells the store, within a second when the engine
 * runs. What a shorter window lets go does not come back when it is made longer again.
 */
export async function changeHistorySettings(
  actor: Actor,
  { serviceId, body }: { serviceId: string; body: HistorySettingsBody },
  options: CallOptions = {},
): Promise<HistorySettings> {
  const context = servicesContext(options);
  return context.db.$transaction(async (tx) => {
    const row = await lockServiceRow(tx, actor, serviceId);
    authorize(actor, "service.retention", row);
    assertHasHistory(row);
    const before = toHistorySettings(row);
    const after = merge(before, body);
    if (isSame(before, after)) return after;
    const columns = toHistoryColumns(after);
    await tx.service.update({ where: { id: row.id }, data: columns });
    const nowMs = context.clock.nowMs();
    await askFor(tx, { kind: "settings", service: row, by: actor.name, nowMs });
    await recordChange(tx, { actor, action: "service.retention", service: row, before: row, after: columns, nowMs });
    return after;
  });
}

function merge(before: HistorySettings, body: HistorySettingsBody): HistorySettings {
  const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
  if (Object.keys(given).length === 0)
    throw new AppError("INVALID_REQUEST", `Name what is to change: ${Object.keys(before).join(", ")}.`);
  return { ...before, ...given };
}

const isSame = (one: HistorySettings, other: HistorySettings): boolean =>
  (Object.keys(one) as (keyof HistorySettings)[]).every((setting) => one[setting] === other[setting]);

/** The settings as the row has them. */
export type HistoryColumns = Pick<
  ServiceRow,
  "retentionSeconds" | "retentionBytes" | "snapshotIntervalSeconds" | "snapshotsKept"
>;

export const toHistorySettings = (row: HistoryColumns): HistorySettings => ({
  retention_seconds: row.retentionSeconds,
  retention_bytes: Number(row.retentionBytes),
  snapshot_interval_seconds: row.snapshotIntervalSeconds,
  snapshots_kept: row.snapshotsKept,
});

export const toHistoryColumns = (settings: HistorySettings): HistoryColumns => ({
  retentionSeconds: settings.retention_seconds,
  retentionBytes: BigInt(settings.retention_bytes),
  snapshotIntervalSeconds: settings.snapshot_interval_seconds,
  snapshotsKept: settings.snapshots_kept,
});
