import type {
  CommitPoint,
  HoldFacts,
  LogFigures,
  ResolvedFacts,
  SnapshotFacts,
  WindowFacts,
} from "@/lib/engine-client";
import type { HoldDto, LogBytesDto, ReadyMsDto, ResolveDto, SnapshotDto, WindowDto } from "@/lib/schemas/history";
import { formatMicros } from "@/lib/std/micros";

/** Living forks by the snapshot that they were made of. */
export type ForksOf = ReadonlyMap<string, number>;

export const toSnapshotDto = (snapshot: SnapshotFacts, forks: ForksOf): SnapshotDto => ({
  id: snapshot.snapshotId,
  name: snapshot.name,
  commit: snapshot.commit,
  time: formatMicros(snapshot.micros),
  taken_time: formatMicros(snapshot.takenMicros),
  kind: snapshot.kind,
  forks: forks.get(snapshot.snapshotId) ?? 0,
});

/** Newest first. */
export const toSnapshotDtos = (snapshots: readonly SnapshotFacts[], forks: ForksOf): SnapshotDto[] =>
  [...snapshots]
    .sort((left, right) => right.commit - left.commit || right.takenMicros - left.takenMicros)
    .map((snapshot) => toSnapshotDto(snapshot, forks));

export const toHoldDto = ({ holdId, commit, micros, untilMicros }: HoldFacts): HoldDto => ({
  id: holdId,
  commit,
  time: formatMicros(micros),
  until: formatMicros(untilMicros),
});

export function toWindowDto(window: WindowFacts, forks: ForksOf): WindowDto {
  return {
    earliest: formatMicros(window.earliest.micros),
    exact_since: formatMicros(window.exactSince.micros),
    latest: formatMicros(window.latestMicros),
    newest_commit: window.head.commit,
    newest_commit_time: formatMicros(window.head.micros),
    retention_seconds: toSeconds(window.retention.micros),
    retention_bytes: window.retention.bytes,
    thinning: window.thinning.map(({ olderThanMicros, onePerMicros }) => ({
      older_than_seconds: toSeconds(olderThanMicros),
      one_per_seconds: toSeconds(onePerMicros),
    })),
    gaps: window.gaps.map(({ fromMicros, toMicros, before, after, cause }) => ({
      from: formatMicros(fromMicros),
      to: formatMicros(toMicros),
      cause,
      commit_before: before.commit,
      commit_after: after.commit,
    })),
    snapshots: toSnapshotDtos(window.snapshots, forks),
    holds: window.holds.map(toHoldDto),
    generated_at: formatMicros(window.latestMicros),
  };
}

const toSeconds = (micros: number): number => Math.round(micros / 1_000_000);

export interface ResolvedParts {
  readonly requestedMicros: number | undefined;
  readonly resolved: ResolvedFacts & CommitPoint;
  readonly forks: ForksOf;
  readonly readyMs: ReadyMsDto | null;
}

export const toResolveDto = ({ requestedMicros, resolved, forks, readyMs }: ResolvedParts): ResolveDto => ({
  requested: requestedMicros === undefined ? null : formatMicros(requestedMicros),
  commit: resolved.commit,
  time: formatMicros(resolved.micros),
  next_time: resolved.nextMicros === undefined ? null : formatMicros(resolved.nextMicros),
  moments_after: resolved.momentsAfter,
  exact: resolved.exact,
  moments_missing: resolved.momentsMissing,
  nearest_snapshot: resolved.nearestSnapshot ? toSnapshotDto(resolved.nearestSnapshot, forks) : null,
  ready_ms: readyMs,
});

export const toLogBytesDto = (log: LogFigures): LogBytesDto => ({
  head_bytes: log.headBytes,
  history_bytes: log.historyBytes,
  kept_for_forks_bytes: log.keptForForksBytes,
  garbage_bytes: log.garbageBytes,
  metadata_bytes: log.metadataBytes,
});
