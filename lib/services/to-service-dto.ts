import type { VolumeStorage } from "@/lib/engine-client";
import { findImage } from "@/lib/schemas/image";
import type { ServiceDto } from "@/lib/schemas/service";
import { assert } from "@/lib/std/assert";
import { formatMicros } from "@/lib/std/micros";
import type { ServiceRow } from "./find-service-row";
import { formatTtl } from "./lifetime/lifetime";
import { findDueWarning } from "./lifetime/warnings";
import { isLive, toApiStatus } from "./service-state";
import { toProgressDto } from "./to-operation-dto";

/** What a DTO needs beside the row. */
export interface DtoFacts {
  readonly nowMs: number;
  readonly gatewayHost: string;
  /** By volume id; undefined when the engine does not answer. */
  readonly storage: ReadonlyMap<string, VolumeStorage> | undefined;
  /** Damaged places by volume id, where there are any; undefined when the engine does not answer. */
  readonly damages: Readonly<Record<string, number>> | undefined;
}

/** A service as the API and the console see it. */
export function toServiceDto(row: ServiceRow, facts: DtoFacts): ServiceDto {
  const image = findImage(row.image);
  assert(image, `service ${row.id} was made with the image ${row.image}, which this version does not know`);
  const endpoint = row.directPort === null ? null : { host: facts.gatewayHost, port: row.directPort };
  return {
    service_id: row.id,
    project_id: row.projectId,
    name: row.name,
    region_code: row.regionCode,
    service_type: image.serviceType,
    created: row.createdAt.toISOString(),
    created_by: row.createdBy,
    status: toApiStatus(row.status),
    status_reason: row.statusReason,
    resources: [
      { id: row.id, spec: { cpu_millis: row.cpuMillis, memory_gbs: row.memoryGbs, volume_type: VOLUME_TYPE } },
    ],
    metadata: { environment: row.environment === "PROD" ? "PROD" : "DEV" },
    image: { id: image.id, label: image.label },
    endpoint,
    connection_pooler: { endpoint: null },
    ...toLineage(row),
    ...toLife(row, facts.nowMs),
    protected_by: row.protectedBy,
    purpose: row.purpose,
    labels: toLabels(row.labels),
    password_sealed: row.sealedPassword !== null,
    password_set_at: row.passwordSetAt.toISOString(),
    progress: toProgressDto(row),
    storage: toStorage(facts.storage?.get(row.volumeId)),
    damages: facts.damages ? (facts.damages[row.volumeId] ?? 0) : null,
  };
}

// The public API names a volume's kind; there is one here.
const VOLUME_TYPE = "block-store";

type Lineage = Pick<ServiceDto, "forked_from" | "forks" | "strategy" | "receipt">;

function toLineage(row: ServiceRow): Lineage {
  return {
    forked_from: row.forkedFrom && {
      project_id: row.forkedFrom.projectId,
      service_id: row.forkedFrom.id,
      is_standby: false,
      name: row.forkedFrom.name,
      deleted: row.forkedFrom.deletedAt !== null,
    },
    forks: row._count.forks,
    strategy: row.forkStrategy,
    receipt: toReceipt(row),
  };
}

function toReceipt(row: ServiceRow): ServiceDto["receipt"] {
  if (row.forkStrategy === null) return null;
  return {
    exact: row.baseExact,
    moments_missing: toNumber(row.momentsMissing),
    fork_strategy: row.forkStrategy,
    requested_time: toTime(row.targetMicros),
    commit: toNumber(row.baseCommit),
    commit_time: toTime(row.baseCommitMicros),
    first_left_out_time: toTime(row.firstLeftOutMicros),
    snapshot_id: row.baseSnapshotId,
  };
}

const toNumber = (value: bigint | null): number | null => (value === null ? null : Number(value));
const toTime = (micros: bigint | null): string | null => (micros === null ? null : formatMicros(micros));

type Life = Pick<
  ServiceDto,
  | "ttl"
  | "expires_at"
  | "never_reason"
  | "expiry_warning"
  | "postponed"
  | "expired_at"
  | "reset_undo_until"
  | "deleted_at"
  | "deleted_by"
  | "purge_at"
>;

function toLife(row: ServiceRow, nowMs: number): Life {
  return {
    ttl: row.ttlSeconds === null ? null : formatTtl(row.ttlSeconds),
    expires_at: row.expiresAt?.toISOString() ?? null,
    never_reason: row.neverReason,
    expiry_warning: (isLive(row.status) && findDueWarning(row, nowMs)) || null,
    postponed: row.postponed > 0,
    expired_at: row.expiredAt?.toISOString() ?? null,
    reset_undo_until: row.retired[0]?.purgeAt.toISOString() ?? null,
    deleted_at: row.deletedAt?.toISOString() ?? null,
    deleted_by: row.deletedBy,
    purge_at: row.purgeAt?.toISOString() ?? null,
  };
}

const toLabels = (labels: ServiceRow["labels"]): Record<string, string> =>
  Object.fromEntries(Object.entries(labels ?? {}).map(([name, value]) => [name, String(value)]));

function toStorage(storage: VolumeStorage | undefined): ServiceDto["storage"] {
  if (!storage) return null;
  const { logicalBytes, writtenBytes, diskBytes } = storage;
  return { logical_bytes: logicalBytes, written_bytes: writtenBytes, disk_bytes: diskBytes };
}
