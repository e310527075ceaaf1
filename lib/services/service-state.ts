/**
 * What a service is doing, and where it may go from there. The words are those of the database's `ServiceStatus`;
 * this file is the only one that compares them.
 *
 *   QUEUED ── CONFIGURING ── READY ⇄ UNSTABLE
 *               │    │            PAUSING ── PAUSED ── RESUMING ── READY
 *               │    │            UPGRADING (another size) ── READY
 *             FAILED └ a reset    EXPIRING ── EXPIRED
 *                                 DELETING ── DELETED ── PURGING ── PURGED
 *
 * Whatever lives can expire or be deleted, and what did can be restored to QUEUED until its grace is over. FAILED is the end of
 * a create or fork that did not work, PURGED that of one that was cancelled. A reset goes from what is served, or paused, through
 * CONFIGURING back to where it was; so does whatever was cancelled before anything was done, or was undone.
 */
export const SERVICE_STATES = [
  "QUEUED",
  "CONFIGURING",
  "READY",
  "UNSTABLE",
  "PAUSING",
  "PAUSED",
  "RESUMING",
  "UPGRADING",
  "EXPIRING",
  "EXPIRED",
  "DELETING",
  "DELETED",
  "PURGING",
  "PURGED",
  "FAILED",
] as const;
export type ServiceState = (typeof SERVICE_STATES)[number];

const ENDS: readonly ServiceState[] = ["EXPIRING", "DELETING"];
const NEXT: Record<ServiceState, readonly ServiceState[]> = {
  QUEUED: ["CONFIGURING", "READY", "FAILED", "EXPIRED", "DELETED", "PURGED", ...ENDS],
  CONFIGURING: ["READY", "UNSTABLE", "PAUSED", "FAILED", "EXPIRED", "DELETED", "PURGED", ...ENDS],
  READY: ["UNSTABLE", "PAUSING", "UPGRADING", "CONFIGURING", ...ENDS],
  UNSTABLE: ["READY", "PAUSING", "UPGRADING", "CONFIGURING", ...ENDS],
  PAUSING: ["PAUSED", "READY", "UNSTABLE", ...ENDS],
  PAUSED: ["RESUMING", "CONFIGURING", ...ENDS],
  RESUMING: ["READY", "PAUSED", ...ENDS],
  UPGRADING: ["READY", "UNSTABLE", ...ENDS],
  // To PURGED when its creation failed meanwhile: there is nothing that could be restored.
  EXPIRING: ["EXPIRED", "QUEUED", "DELETING", "PURGING", "PURGED"],
  EXPIRED: ["QUEUED", "DELETING", "PURGING"],
  DELETING: ["DELETED", "QUEUED", "PURGING", "PURGED"],
  DELETED: ["QUEUED", "PURGING"],
  PURGING: ["PURGED"],
  PURGED: [],
  FAILED: ["PURGING"],
};

export const canMove = (from: ServiceState, to: ServiceState): boolean => NEXT[from].includes(to);

/** The states from which `to` can be reached: what an update is fenced with. */
export const statesBefore = (to: ServiceState): ServiceState[] => SERVICE_STATES.filter((from) => canMove(from, to));

const among =
  (...states: ServiceState[]) =>
  (state: ServiceState): boolean =>
    states.includes(state);

/** Being created, forked or restored: an operation will say how it ends. */
export const isComingUp = among("QUEUED", "CONFIGURING");
/** Its endpoint is open, or the engine tries to keep it open. */
export const isServed = among("READY", "UNSTABLE");
/** Its volume holds data that a fork can start from. */
export const isForkable = among("READY", "UNSTABLE", "PAUSING", "PAUSED", "RESUMING", "UPGRADING");
/** It lives until someone deletes it or its time is over. */
export const isLive = among("QUEUED", "CONFIGURING", "READY", "UNSTABLE", "PAUSING", "PAUSED", "RESUMING", "UPGRADING");
/** Its life is over by its TTL; its data waits for a restore or the purge. */
export const hasExpired = among("EXPIRING", "EXPIRED");
/** Its operation ends it now. */
export const isEnding = among("EXPIRING");
/** A person sees it among services and forks. */
export const isListed = (state: ServiceState): boolean =>
  isLive(state) || hasExpired(state) || state === "DELETING" || state === "FAILED";
/** A person sees it in Recently deleted. */
export const isInBin = among("EXPIRING", "EXPIRED", "DELETING", "DELETED", "PURGING");
/** It was deleted or has expired, and its data is still there. */
export const isRestorable = among("EXPIRING", "EXPIRED", "DELETING", "DELETED");
export const isPaused = among("PAUSED");
export const isPausing = among("PAUSING");
export const isResuming = among("RESUMING");
export const isUpgrading = among("UPGRADING");
/** Its port answers, but with why nobody can connect: nothing runs behind it. */
export const isAsleep = among("PAUSED", "RESUMING", "EXPIRING", "EXPIRED");
/** It runs, and will be ended or started anew by an operation that has not begun. */
export const isStillServed = among("PAUSING", "UPGRADING");
export const isBeingDeleted = among("DELETING");
export const isBeingPurged = among("PURGING");
export const isPurged = among("PURGED");
export const isFailed = among("FAILED");

/** For a query: all states of which a predicate holds. */
export const statesWhere = (holds: (state: ServiceState) => boolean): ServiceState[] => SERVICE_STATES.filter(holds);

/** The public API's word (api.md section 2): what is being purged, or is, is simply deleted to a client; what has expired is paused. */
export function toApiStatus(state: ServiceState): ApiStatus {
  if (state === "PURGING" || state === "PURGED") return "DELETED";
  return state === "EXPIRING" || state === "EXPIRED" ? "PAUSED" : state;
}
type ApiStatus = Exclude<ServiceState, "PURGING" | "PURGED" | "EXPIRING" | "EXPIRED">;
