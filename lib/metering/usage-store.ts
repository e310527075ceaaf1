import type { Transaction } from "@/lib/db";
import { forgetCompute, type HourUsage, type Meter, type Observation, observe } from "./meter";

/** Whose meter: a service's, or a project's `KEPT_FORKS`. */
export interface Metered {
  readonly projectId: string;
  readonly serviceId: string;
}

/** In place of a service: what purged services' logs keep for forks. No service has an id with an underscore. */
export const KEPT_FORKS = "kept_forks";

/** Something that was seen of a service; `isOver` ends its meter. */
export interface Seen extends Metered, Observation {
  readonly isOver?: boolean;
}

/**
 * Closes counters: what was used up to each observation is added to its hours, and the meters go on from there. In order for
 * each service. To repeat it changes nothing, since a meter has moved on by then; so does whatever was seen before `asOf`.
 */
export async function closeUsage(tx: Transaction, seen: readonly Seen[]): Promise<void> {
  const meters = await lockMeters(tx, seen);
  const usage = new Map<string, HourUsage & Metered>();
  const over = new Map<string, Metered>();
  for (const one of seen) {
    const key = keyOf(one);
    const before = meters.get(key)?.meter;
    // One that never began, or whose end is told again.
    if (one.isOver && !before) continue;
    const observed = observe(before, one);
    for (const used of observed.usage) addUsage(usage, { ...used, ...pick(one) });
    meters.set(key, { ...pick(one), meter: observed.meter });
    if (one.isOver) over.set(key, pick(one));
    else over.delete(key);
  }
  await addHours(tx, [...usage.values()]);
  await writeMeters(
    tx,
    [...meters].flatMap(([key, meter]) => (over.has(key) ? [] : [meter])),
  );
  for (const ended of over.values()) await tx.usageMeter.deleteMany({ where: ended });
}

/** What a dead engine left running is closed at the last sample: nothing is charged that is not known to have run. */
export async function closeDeadComputes(tx: Transaction): Promise<void> {
  const rows = await tx.usageMeter.findMany({ where: { computeSince: { not: null } } });
  await writeMeters(
    tx,
    rows.map((row) => ({ ...pick(row), meter: forgetCompute(toMeter(row)) })),
  );
}

type MeterRow = Awaited<ReturnType<Transaction["usageMeter"]["findMany"]>>[number];

export const toMeter = (row: MeterRow): Meter => ({
  asOfMs: row.asOf.getTime(),
  bytes: {
    written: Number(row.writtenBytes),
    pinned: Number(row.pinnedBytes),
    logical: Number(row.logicalBytes),
  },
  computeSinceMs: row.computeSince?.getTime(),
  cpuMillis: row.cpuMillis,
  memoryGbs: row.memoryGbs,
});

interface MeterOf extends Metered {
  readonly meter: Meter;
}

async function lockMeters(tx: Transaction, seen: readonly Metered[]): Promise<Map<string, MeterOf>> {
  const serviceId = { in: [...new Set(seen.map((one) => one.serviceId))] };
  const projectId = { in: [...new Set(seen.map((one) => one.projectId))] };
  // Whoever else closes counters waits here, and finds them closed.
  await tx.$queryRaw`
    SELECT 1 FROM usage_meters WHERE service_id = ANY(${serviceId.in}) AND project_id = ANY(${projectId.in})
    ORDER BY project_id, service_id FOR UPDATE`;
  const rows = await tx.usageMeter.findMany({ where: { serviceId, projectId } });
  const asked = new Set(seen.map(keyOf));
  return new Map(
    rows.flatMap((row) => (asked.has(keyOf(row)) ? [[keyOf(row), { ...pick(row), meter: toMeter(row) }]] : [])),
  );
}

const pick = ({ projectId, serviceId }: Metered): Metered => ({ projectId, serviceId });
const keyOf = ({ projectId, serviceId }: Metered): string => `${projectId} ${serviceId}`;

function addUsage(usage: Map<string, HourUsage & Metered>, used: HourUsage & Metered): void {
  const key = `${keyOf(used)} ${used.hourMs} ${used.cpuMillis} ${used.memoryGbs}`;
  const sum = usage.get(key);
  usage.set(key, {
    ...used,
    computeMs: used.computeMs + (sum?.computeMs ?? 0n),
    writtenByteMs: used.writtenByteMs + (sum?.writtenByteMs ?? 0n),
    pinnedByteMs: used.pinnedByteMs + (sum?.pinnedByteMs ?? 0n),
    logicalByteMs: used.logicalByteMs + (sum?.logicalByteMs ?? 0n),
  });
}

/** As JSON, for one statement however many rows: a sample of 500 services is two statements. */
const toJson = (rows: readonly unknown[]): string =>
  JSON.stringify(rows, (_, value) => (typeof value === "bigint" ? `${value}` : value));

async function addHours(tx: Transaction, usage: readonly (HourUsage & Metered)[]): Promise<void> {
  if (usage.length === 0) return;
  const rows = toJson(usage.map(({ hourMs, ...used }) => ({ ...used, hour: new Date(hourMs) })));
  await tx.$executeRaw`
    INSERT INTO usage_hours AS kept (project_id, service_id, hour, cpu_millis, memory_gbs,
      compute_ms, written_byte_ms, pinned_byte_ms, logical_byte_ms)
    SELECT "projectId", "serviceId", hour, "cpuMillis", "memoryGbs",
      "computeMs", "writtenByteMs", "pinnedByteMs", "logicalByteMs"
    FROM jsonb_to_recordset(${rows}::jsonb) AS used ("projectId" char(10), "serviceId" char(10), hour timestamptz,
      "cpuMillis" int, "memoryGbs" int, "computeMs" bigint, "writtenByteMs" numeric, "pinnedByteMs" numeric,
      "logicalByteMs" numeric)
    ON CONFLICT (project_id, service_id, hour, cpu_millis, memory_gbs) DO UPDATE SET
      compute_ms = kept.compute_ms + excluded.compute_ms,
      written_byte_ms = kept.written_byte_ms + excluded.written_byte_ms,
      pinned_byte_ms = kept.pinned_byte_ms + excluded.pinned_byte_ms,
      logical_byte_ms = kept.logical_byte_ms + excluded.logical_byte_ms`;
}

async function writeMeters(tx: Transaction, meters: readonly MeterOf[]): Promise<void> {
  if (meters.length === 0) return;
  const rows = toJson(
    meters.map(({ meter: { asOfMs, computeSinceMs, bytes, cpuMillis, memoryGbs }, ...of }) => ({
      ...{ ...of, ...bytes, cpuMillis, memoryGbs },
      asOf: new Date(asOfMs),
      computeSince: computeSinceMs === undefined ? null : new Date(computeSinceMs),
    })),
  );
  await tx.$executeRaw`
    INSERT INTO usage_meters (project_id, service_id, as_of, written_bytes, pinned_bytes, logical_bytes,
      compute_since, cpu_millis, memory_gbs)
    SELECT "projectId", "serviceId", "asOf", written, pinned, logical, "computeSince", "cpuMillis", "memoryGbs"
    FROM jsonb_to_recordset(${rows}::jsonb) AS meter ("projectId" char(10), "serviceId" char(10), "asOf" timestamptz,
      written bigint, pinned bigint, logical bigint, "computeSince" timestamptz, "cpuMillis" int, "memoryGbs" int)
    ON CONFLICT (project_id, service_id) DO UPDATE SET
      as_of = excluded.as_of, written_bytes = excluded.written_bytes, pinned_bytes = excluded.pinned_bytes,
      logical_bytes = excluded.logical_bytes, compute_since = excluded.compute_since,
      cpu_millis = excluded.cpu_millis, memory_gbs = excluded.memory_gbs`;
}
