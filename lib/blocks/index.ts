/**
 * The face of the block store. Two sides:
 * - the engine's main thread opens a `BlockStore`, which talks to the keeper thread;
 * - a compute's worker thread opens a `Volume` from a `WriterTicket` and works on it synchronously.
 */
export { checkDirectory } from "./check/check-directory";
export type {
  At,
  Bucket,
  Damage,
  Frees,
  Gap,
  History,
  Hold,
  LogFigures,
  LogShare,
  Moment,
  Resolved,
  Retention,
  ScrubReport,
  Snapshot,
  SnapshotKind,
  Window,
} from "./history-types";
export { type OpenStoreOptions, openStore } from "./keeper/open-store";
export { COARSE_TICK_MICROS, EXACT_MICROS, FINE_TICK_MICROS } from "./retention/window-policy";
export type {
  BlockStore,
  CommitPoint,
  ForkResult,
  VolumeInfo,
  VolumeStorage,
  WriterTicket,
} from "./store-types";
export { type OpenVolumeOptions, openVolume } from "./volume/open-volume";
export type { FileStat, Volume } from "./volume/volume-types";
/** Errors of volumes and of the disk; told apart by `code`. */
export type { VolumeError, VolumeErrorCode } from "./volume-error";
