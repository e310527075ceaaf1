import { z } from "zod";

/** How far back a service's history reaches, and which snapshots are taken of it by themselves. Bytes are integers. */
export interface HistorySettings {
  /** Every commit is kept so long. */
  readonly retention_seconds: number;
  /** Once history takes more, it is thinned, then dropped from its old end. */
  readonly retention_bytes: number;
  /** Null: none are taken by themselves. */
  readonly snapshot_interval_seconds: number | null;
  /** Of those that are taken by themselves the newest so many stay; what a person takes stays until it is deleted. */
  readonly snapshots_kept: number;
}

const MINUTE = 60;
const DAY = 86_400;
const MIB = 1024 ** 2;
const TIB = 1024 ** 4;

/** Both ends are allowed. */
export const HISTORY_LIMITS = {
  retention_seconds: { min: 10 * MINUTE, max: 30 * DAY },
  /** Below this, the pressure of bytes would begin with the first checkpoint. */
  retention_bytes: { min: 64 * MIB, max: 16 * TIB },
  /** The schedule is looked at once a minute. */
  snapshot_interval_seconds: { min: 5 * MINUTE, max: 30 * DAY },
  snapshots_kept: { min: 1, max: 200 },
} as const;

export type HistorySetting = keyof typeof HISTORY_LIMITS;

/** One sentence for each, wherever the value came from. */
export const HISTORY_SENTENCES: Record<HistorySetting, string> = {
  retention_seconds: "The window is from 10 minutes to 30 days long.",
  retention_bytes: "The window's history may take from 64 MiB to 16 TiB.",
  snapshot_interval_seconds: "Snapshots are taken every 5 minutes at most and every 30 days at least, or never.",
  snapshots_kept: "From 1 to 200 snapshots are kept.",
};

const within = (setting: HistorySetting) => {
  const { min, max } = HISTORY_LIMITS[setting];
  const error = HISTORY_SENTENCES[setting];
  return z.number({ error }).int({ error }).min(min, { error }).max(max, { error });
};

/** What `S/historySettings` answers. */
export const historySettingsDto = z.object({
  retention_seconds: within("retention_seconds"),
  retention_bytes: within("retention_bytes"),
  snapshot_interval_seconds: within("snapshot_interval_seconds").nullable(),
  snapshots_kept: within("snapshots_kept"),
});

/** What is left out stays as it is. */
export const historySettingsBody = z.strictObject(historySettingsDto.partial().shape);
export type HistorySettingsBody = z.infer<typeof historySettingsBody>;
