import {
  HISTORY_LIMITS,
  HISTORY_SENTENCES,
  type HistorySetting,
  type HistorySettings,
} from "@/lib/schemas/history-settings";
import { findBytes, findDurationSeconds, formatBytes } from "@/lib/std/format";
import { sayLength, writeLength } from "./lifetime";
import { sayCount } from "./moment";

/** What the fields of the card say, word for word. */
export type HistoryForm = Readonly<Record<HistorySetting, string>>;

export type HistoryFormReading =
  | { readonly ok: true; readonly settings: HistorySettings }
  | { readonly ok: false; readonly problems: Partial<Record<HistorySetting, string>> };

export const NEVER = "never";

/** The settings as a person would write them. */
export const writeHistoryForm = (settings: HistorySettings): HistoryForm => ({
  retention_seconds: writeLength(settings.retention_seconds),
  retention_bytes: writeBytes(settings.retention_bytes),
  snapshot_interval_seconds:
    settings.snapshot_interval_seconds === null ? NEVER : writeLength(settings.snapshot_interval_seconds),
  snapshots_kept: String(settings.snapshots_kept),
});

/** Reads the fields; what still says what it said keeps its value, also where that cannot be written exactly. */
export function readHistoryForm(form: HistoryForm, current: HistorySettings): HistoryFormReading {
  const said = writeHistoryForm(current);
  const problems: Partial<Record<HistorySetting, string>> = {};
  const read = <Value>(setting: HistorySetting, value: Value, parse: (text: string) => Value | undefined): Value => {
    const text = form[setting].trim();
    if (text === said[setting]) return value;
    const found = parse(text);
    if (found === undefined || !isWithin(setting, found)) problems[setting] = PROBLEMS[setting];
    return found === undefined ? value : found;
  };
  const settings: HistorySettings = {
    retention_seconds: read("retention_seconds", current.retention_seconds, findDurationSeconds),
    retention_bytes: read("retention_bytes", current.retention_bytes, findBytes),
    snapshot_interval_seconds: read("snapshot_interval_seconds", current.snapshot_interval_seconds, (text) =>
      text.toLowerCase() === NEVER ? null : findDurationSeconds(text),
    ),
    snapshots_kept: read("snapshots_kept", current.snapshots_kept, findCount),
  };
  return Object.keys(problems).length === 0 ? { ok: true, settings } : { ok: false, problems };
}

const findCount = (text: string): number | undefined => (/^\d{1,4}$/.test(text) ? Number(text) : undefined);

function isWithin(setting: HistorySetting, value: unknown): boolean {
  const { min, max } = HISTORY_LIMITS[setting];
  return value === null || (typeof value === "number" && value >= min && value <= max);
}

const PROBLEMS: Record<HistorySetting, string> = {
  retention_seconds: `${HISTORY_SENTENCES.retention_seconds} Write it like 12h or 7d.`,
  retention_bytes: `${HISTORY_SENTENCES.retention_bytes} Write it like 8 GiB.`,
  snapshot_interval_seconds: `${HISTORY_SENTENCES.snapshot_interval_seconds} Write it like 30m, 1h or never.`,
  snapshots_kept: HISTORY_SENTENCES.snapshots_kept,
};

/** What a change lets go for good; nothing when it only keeps more. */
export function listHistoryLosses(before: HistorySettings, after: HistorySettings): string[] {
  const losses: string[] = [];
  if (after.retention_seconds < before.retention_seconds)
    losses.push(`Moments older than ${sayLength(after.retention_seconds)} can no longer be forked.`);
  if (after.retention_bytes < before.retention_bytes)
    losses.push(`History beyond ${formatBytes(after.retention_bytes)} is thinned, the oldest first, and then dropped.`);
  if (after.snapshots_kept < before.snapshots_kept)
    losses.push(
      `Of the snapshots taken by schedule the newest ${after.snapshots_kept === 1 ? "one stays" : `${after.snapshots_kept} stay`}; older ones are deleted.`,
    );
  return losses;
}

/** How far back the snapshots of the schedule reach, when something changes all the time. */
export function sayReach({ snapshot_interval_seconds: interval, snapshots_kept: kept }: HistorySettings): string {
  if (interval === null) return "None are taken by themselves. Those that are there stay until they are deleted.";
  return `${sayCount(kept, "snapshot")}, one every ${sayLength(interval)}, reach back ${sayLength(interval * kept)}; longer where nothing changed.`;
}

const UNITS = ["TiB", "GiB", "MiB", "KiB"] as const;

/** A size in the largest unit that says it in a whole number, else as near as the field takes it. */
function writeBytes(bytes: number): string {
  const whole = UNITS.findIndex((_unit, index) => bytes % 1024 ** (UNITS.length - index) === 0);
  if (whole >= 0) return `${bytes / 1024 ** (UNITS.length - whole)} ${UNITS[whole]}`;
  return `${(bytes / 1024 ** 2).toFixed(3)} MiB`;
}
