import type { ExpiryWarningDto } from "@/lib/schemas/service";

/** What the warnings before a fork's end depend on. */
export interface Ending {
  readonly expiresAt: Date | null;
  readonly ttlSeconds: number | null;
}

interface Threshold {
  readonly name: ExpiryWarningDto;
  /** So long before the end. */
  readonly beforeMs: number;
}

const QUARTER_AT_MOST_MS = 24 * 3_600_000;

/** The warning that is due now: of several that were missed only the nearest to the end. Undefined before the first, and after the end. */
export function findDueWarning(ending: Ending, nowMs: number): ExpiryWarningDto | undefined {
  const endMs = ending.expiresAt?.getTime();
  if (endMs === undefined || nowMs >= endMs) return undefined;
  return listThresholds(ending).find(({ beforeMs }) => nowMs >= endMs - beforeMs)?.name;
}

/** When the next warning after now becomes due. */
export function findNextWarningMs(ending: Ending, nowMs: number): number | undefined {
  const endMs = ending.expiresAt?.getTime();
  if (endMs === undefined) return undefined;
  const dues = listThresholds(ending).map(({ beforeMs }) => endMs - beforeMs);
  return dues.findLast((dueMs) => dueMs > nowMs);
}

/** Nearest to the end first. One that is as long as the whole life would come with its beginning, so it is none. */
function listThresholds({ ttlSeconds }: Ending): Threshold[] {
  if (ttlSeconds === null) return [];
  const lifeMs = ttlSeconds * 1000;
  const all: Threshold[] = [
    { name: "ten_minutes", beforeMs: 600_000 },
    { name: "hour", beforeMs: 3_600_000 },
    { name: "quarter", beforeMs: Math.min(lifeMs / 4, QUARTER_AT_MOST_MS) },
  ];
  return all
    .filter(({ beforeMs }) => beforeMs < lifeMs)
    .sort((one, other) => one.beforeMs - other.beforeMs)
    .filter(({ beforeMs }, index, sorted) => sorted[index - 1]?.beforeMs !== beforeMs);
}
