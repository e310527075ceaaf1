import { queryOptions } from "@tanstack/react-query";
import type {
  DamagesDto,
  FreesDto,
  HoldDto,
  ResolveDto,
  SnapshotDto,
  StorageDto,
  TimelineDto,
  WindowDto,
} from "@/lib/schemas/history";
import type { HistorySettings } from "@/lib/schemas/history-settings";
import { askJson, getJson, type Stamped } from "./http";
import { isRefusal, type Moment, writeMoment } from "./moment";

export interface WindowData extends Stamped {
  readonly window: WindowDto;
}

export interface ResolveData extends Stamped {
  readonly resolved: ResolveDto;
}

export interface TimelineData extends Stamped {
  readonly timeline: TimelineDto;
}

export interface StorageData extends Stamped {
  readonly storage: StorageDto;
}

export interface FreesData extends Stamped {
  readonly frees: FreesDto;
}

export interface HistorySettingsData extends Stamped {
  readonly settings: HistorySettings;
}

export interface DamagesData extends Stamped {
  readonly damages: DamagesDto;
}

/** A service's snapshots as the page of all of them lists it. */
export interface ServiceSnapshots {
  readonly service_id: string;
  /** Null when its history could not be read right now. */
  readonly snapshots: readonly SnapshotDto[] | null;
}

export interface SnapshotsData extends Stamped {
  readonly services: readonly ServiceSnapshots[];
}

export interface HoldData extends Stamped {
  readonly hold: HoldDto;
}

// Its two ends move all the time; what is drawn every second is the clock.
const WINDOW_MS = 5_000;
const TIMELINE_MS = 10_000;
const STORAGE_MS = 10_000;
// The disk is read at a gigabyte in a quarter of an hour.
const DAMAGES_MS = 30_000;
// Commits that come after a chosen moment are counted on the screen.
const RESOLVE_MS = 5_000;
// What a wide strip can show: a bar of some pixels each.
const BUCKETS = 120;

export const historyKeys = {
  all: ["history"] as const,
  of: (serviceId: string) => ["history", serviceId] as const,
  window: (serviceId: string) => ["history", serviceId, "window"] as const,
  timeline: (serviceId: string) => ["history", serviceId, "timeline"] as const,
  storage: (serviceId: string) => ["history", serviceId, "storage"] as const,
  frees: (serviceIds: readonly string[]) => ["history", "frees", ...serviceIds] as const,
  settings: (serviceId: string) => ["history", serviceId, "settings"] as const,
  damages: (serviceId: string) => ["history", serviceId, "damages"] as const,
  resolve: (serviceId: string, moment: string) => ["history", serviceId, "resolve", moment] as const,
  snapshots: ["history", "snapshots"] as const,
};

const retry = (count: number, error: Error): boolean => count < 1 && !isRefusal(error);

/** How far back a service can be forked, its snapshots and holds. */
export const windowQuery = (serviceId: string) =>
  queryOptions({
    queryKey: historyKeys.window(serviceId),
    queryFn: ({ signal }) => getJson<WindowData>(`/data/services/${serviceId}/window`, signal),
    refetchInterval: WINDOW_MS,
    retry,
  });

/** The commit that a moment means, or with `inexact` the kept one before it. Cancelled when the moment changes before the answer. */
export const resolveQuery = (serviceId: string, moment: Moment | undefined, inexact: boolean) => {
  const asked = moment ? `${writeMoment(moment)}${inexact ? "&inexact=yes" : ""}` : "";
  return queryOptions({
    queryKey: historyKeys.resolve(serviceId, asked),
    queryFn: ({ signal }) => getJson<ResolveData>(`/data/services/${serviceId}/resolve?${asked}`, signal),
    enabled: moment !== undefined,
    refetchInterval: RESOLVE_MS,
    retry,
  });
};

/** Commits of the whole window in equal parts, and its events. */
export const timelineQuery = (serviceId: string) =>
  queryOptions({
    queryKey: historyKeys.timeline(serviceId),
    queryFn: ({ signal }) => getJson<TimelineData>(`/data/services/${serviceId}/timeline?buckets=${BUCKETS}`, signal),
    refetchInterval: TIMELINE_MS,
    retry,
  });

/** What a service takes on the disk and what deleting it returns. */
export const storageQuery = (serviceId: string) =>
  queryOptions({
    queryKey: historyKeys.storage(serviceId),
    queryFn: ({ signal }) => getJson<StorageData>(`/data/services/${serviceId}/storage`, signal),
    refetchInterval: STORAGE_MS,
    retry,
  });

/** What deleting these services together returns; the sum over single ones says nothing. */
export const freesQuery = (serviceIds: readonly string[]) =>
  queryOptions({
    queryKey: historyKeys.frees(serviceIds),
    queryFn: ({ signal }) => getJson<FreesData>(`/data/frees?service_ids=${serviceIds.join(",")}`, signal),
    refetchInterval: STORAGE_MS,
    retry,
  });

/** How far back its history reaches, and how often snapshots are taken. Changed by people only. */
export const historySettingsQuery = (serviceId: string) =>
  queryOptions({
    queryKey: historyKeys.settings(serviceId),
    queryFn: ({ signal }) => getJson<HistorySettingsData>(`/data/services/${serviceId}/history-settings`, signal),
    retry,
  });

/** What the scrub found damaged of a service. */
export const damagesQuery = (serviceId: string) =>
  queryOptions({
    queryKey: historyKeys.damages(serviceId),
    queryFn: ({ signal }) => getJson<DamagesData>(`/data/services/${serviceId}/damages`, signal),
    refetchInterval: DAMAGES_MS,
    retry,
  });

/** The snapshots of every service and fork of the project. */
export const snapshotsQuery = () =>
  queryOptions({
    queryKey: historyKeys.snapshots,
    queryFn: ({ signal }) => getJson<SnapshotsData>("/data/snapshots", signal),
    refetchInterval: WINDOW_MS,
  });

const holdPath = (serviceId: string, holdId: string) => `/data/services/${serviceId}/holds/${holdId}`;

/** Keeps a commit for a while. */
export const takeHold = (serviceId: string, commit: number) =>
  askJson<HoldData>(`/data/services/${serviceId}/holds`, { method: "PUT", body: { commit } });

/** Moves the end of a hold: a lease from now. */
export const renewHold = (serviceId: string, holdId: string) =>
  askJson<HoldData>(holdPath(serviceId, holdId), { method: "PUT", body: {} });

/** Gives a hold back. Goes out also when the page is being left; if it never arrives, the hold ends by itself. */
export function releaseHold(serviceId: string, holdId: string): void {
  askJson<Stamped>(holdPath(serviceId, holdId), { method: "DELETE", leaving: true }).catch(() => {});
}
