import type { SnapshotDto, StorageDto } from "@/lib/schemas/history";
import type { OperationDto } from "@/lib/schemas/operation";
import type { ServiceDto } from "@/lib/schemas/service";

/** A service as the tests of this folder need it: ready, with what a test says different. */
export function aService(different: Partial<ServiceDto> = {}): ServiceDto {
  return {
    service_id: "abcdefghij",
    project_id: "proj000000",
    name: "prod-telemetry",
    region_code: "us-east-1",
    service_type: "TIMESCALEDB",
    created: "2026-11-23T10:00:00Z",
    created_by: "ana@acme.test",
    status: "READY",
    status_reason: null,
    resources: [],
    metadata: { environment: "DEV" },
    image: { id: "timescaledb-2.23-pg17", label: "TimescaleDB 2.23 on PostgreSQL 17" },
    endpoint: { host: "127.0.0.1", port: 54_321 },
    connection_pooler: { endpoint: null },
    forked_from: null,
    forks: 0,
    strategy: null,
    receipt: null,
    ttl: null,
    expires_at: null,
    never_reason: null,
    expiry_warning: null,
    postponed: false,
    protected_by: null,
    purpose: null,
    labels: {},
    deleted_at: null,
    deleted_by: null,
    purge_at: null,
    expired_at: null,
    reset_undo_until: null,
    password_sealed: false,
    password_set_at: "2026-11-23T10:00:00Z",
    progress: null,
    storage: { logical_bytes: 24_000_000, written_bytes: 200_000, disk_bytes: 260_000 },
    damages: 0,
    ...different,
  };
}

/** A fork of `prod-telemetry` under another name. */
export function aFork(name: string, different: Partial<ServiceDto> = {}): ServiceDto {
  const forked_from = {
    project_id: "proj000000",
    service_id: "abcdefghij",
    is_standby: false as const,
    name: "prod-telemetry",
    deleted: false,
  };
  return aService({ service_id: name, name, forked_from, strategy: "NOW", ...different });
}

/** An operation that runs, without steps, with what a test says different. */
export function anOperation(different: Partial<OperationDto> = {}): OperationDto {
  return {
    operation_id: "op00000000",
    service_id: "abcdefghij",
    service_name: "prod-telemetry",
    kind: "fork",
    state: "RUNNING",
    error: null,
    cancellable: false,
    cancelled_by: null,
    requested_at: "2026-11-23T10:00:00Z",
    requested_by: "ana@acme.test",
    started_at: "2026-11-23T10:00:00Z",
    finished_at: null,
    steps: [],
    ...different,
  };
}

/** A scheduled snapshot, with what a test says different. */
export function aSnapshot(different: Partial<SnapshotDto> = {}): SnapshotDto {
  return {
    id: "snapshot00",
    name: "2026-11-23T10:00:00Z",
    commit: 812,
    time: "2026-11-23T09:59:59.998114Z",
    taken_time: "2026-11-23T10:00:00.000000Z",
    kind: "scheduled",
    forks: 0,
    ...different,
  };
}

const MEBI = 1024 * 1024;

/** A fork's figures, with what a test says different. */
export const aStorage = (different: Partial<StorageDto> = {}): StorageDto => ({
  logical_bytes: 24 * MEBI,
  shared_bytes: 12 * MEBI,
  written_bytes: 9 * MEBI,
  pinned_bytes: 3 * MEBI,
  frees_bytes: 12 * MEBI,
  log: {
    head_bytes: 5 * MEBI,
    history_bytes: 4 * MEBI,
    kept_for_forks_bytes: MEBI,
    garbage_bytes: 0,
    metadata_bytes: MEBI,
  },
  generated_at: "2026-11-23T10:00:00.000000Z",
  ...different,
});
