import { authorize } from "@/lib/auth";
import type { Actor } from "@/lib/schemas/actor";
import type { SnapshotDto } from "@/lib/schemas/history";
import { type CallOptions, servicesContext } from "./context";
import { countForks } from "./history";
import { getRowWithHistory } from "./history-source";
import { recordChange } from "./record-change";
import { forgetSnapshotEvents } from "./service-events";
import { toSnapshotDtos } from "./to-history-dto";

/** Snapshots of a service, newest first. */
export async function listSnapshots(
  actor: Actor,
  serviceId: string,
  options: CallOptions = {},
): Promise<SnapshotDto[]> {
  authorize(actor, "snapshot.read");
  const context = servicesContext(options);
  const row = await getRowWithHistory(context.db, actor, serviceId);
  const { snapshots } = await context.engine.history.window({ volumeId: row.volumeId });
  return toSnapshotDtos(snapshots, await countForks(context, row));
}

/** Forgets a snapshot; forks that were made of it keep all their data. One that is gone already is fine. */
export async function deleteSnapshot(
  actor: Actor,
  { serviceId, snapshotId }: { serviceId: string; snapshotId: string },
  options: CallOptions = {},
): Promise<void> {
  const context = servicesContext(options);
  const row = await getRowWithHistory(context.db, actor, serviceId);
  authorize(actor, "snapshot.delete", row);
  const { snapshots } = await context.engine.history.window({ volumeId: row.volumeId });
  const snapshot = snapshots.find((one) => one.snapshotId === snapshotId);
  if (!snapshot) return;
  // Written before: a deletion that nobody recorded would be worse than an attempt that was.
  const change = { actor, action: "snapshot.delete", service: row, nowMs: context.clock.nowMs() } as const;
  await context.db.$transaction((tx) => recordChange(tx, { ...change, before: { name: snapshot.name } }));
  await context.engine.history.deleteSnapshot({ volumeId: row.volumeId, snapshotId });
  await forgetSnapshotEvents(context.db, row.id, [snapshotId]);
}
