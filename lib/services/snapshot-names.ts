import type { Transaction } from "@/lib/db";
import { snapshotInput } from "@/lib/schemas/operation-input";
import { AppError } from "@/lib/std/app-error";
import type { ServicesContext } from "./context";
import type { ServiceRow } from "./find-service-row";
import { findFreeName } from "./service-names";

/** Names of a service's snapshots: one is unique among those that are there, or on their way. */
export interface SnapshotNames {
  readonly taken: ReadonlySet<string>;
  /** What was taken since then is found among the operations. */
  readonly asOfMs: number;
}

/** The names that the store knows; to be asked for before the transaction, which must not wait for the engine. */
export async function findSnapshotNames({ engine, clock }: ServicesContext, row: ServiceRow): Promise<SnapshotNames> {
  const asOfMs = clock.nowMs();
  const { snapshots } = await engine.history.window({ volumeId: row.volumeId });
  return { taken: new Set(snapshots.map(({ name }) => name)), asOfMs };
}

/** With those that were asked for meanwhile; the caller holds the service's row. */
export async function withNamesOnTheirWay(
  tx: Transaction,
  { id: serviceId }: ServiceRow,
  { taken, asOfMs }: SnapshotNames,
): Promise<ReadonlySet<string>> {
  const asked = await tx.operation.findMany({
    where: {
      serviceId,
      kind: "snapshot",
      OR: [{ state: { in: ["QUEUED", "RUNNING"] } }, { state: "SUCCEEDED", finishedAt: { gte: new Date(asOfMs) } }],
    },
    select: { input: true },
  });
  return new Set([...taken, ...asked.map(({ input }) => snapshotInput.parse(input).name)]);
}

/** NAME_TAKEN, with a name that is free, unless `name` is. */
export function assertSnapshotNameFree(name: string, taken: ReadonlySet<string>, row: ServiceRow): void {
  if (!taken.has(name)) return;
  const suggestion = findFreeName(name, (one) => taken.has(one));
  throw new AppError("NAME_TAKEN", `${row.name} has a snapshot named ${name} already.`, {
    field: "name",
    details: { suggestion },
    fix: [{ label: `Use ${suggestion}`, set: { name: suggestion } }],
  });
}

/** A snapshot's name where nobody gave one: the second in which it was asked for, numbered when that is taken. */
export const nameByTime = (nowMs: number, taken: ReadonlySet<string>): string =>
  findFreeName(`${new Date(nowMs).toISOString().slice(0, 19)}Z`, (one) => taken.has(one));
