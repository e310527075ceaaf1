/**
 * What a service is doing, and where it may go from there. The words are those of the database's `ServiceStatus`;
 * this file is the only one that compares them.
 *
 *   QUEUED ── CONFIGURING ── READY ⇄ UNSTABLE        (PAUSED belongs to a later issue)
 *     │ └────────┬──┴──────────┴───────┘
 *   FAILED    DELETING ── DELETED ── PURGING ── PURGED
 *
 * An undo leads from DELETING or DELETED back to QUEUED. FAILED is the end of a create or fork that did not work.
 */
export const SERVICE_STATES = [
  "QUEUED",
  "CONFIGURING",
  "READY",
  "UNSTABLE",
  "PAUSED",
  "DELETING",
  "DELETED",
  "PURGING",
  "PURGED",
  "FAILED",
] as const;
export type ServiceState = (typeof SERVICE_STATES)[number];

const NEXT: Record<ServiceState, readonly ServiceState[]> = {
  QUEUED: ["CONFIGURING", "READY", "FAILED", "DELETING", "DELETED"],
  CONFIGURING: ["READY", "FAILED", "DELETING", "DELETED"],
  READY: ["UNSTABLE", "DELETING"],
  UNSTABLE: ["READY", "DELETING"],
  PAUSED: ["DELETING"],
  // To PURGED when its creation failed meanwhile: there is nothing that could be restored.
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
export const isForkable = among("READY", "UNSTABLE", "PAUSED");
/** A person sees it among services and forks. */
export const isListed = among("QUEUED", "CONFIGURING", "READY", "UNSTABLE", "PAUSED", "DELETING", "FAILED");
/** A person sees it in Recently deleted. */
export const isInBin = among("DELETING", "DELETED", "PURGING");
/** A deletion was asked for and its data is still there. */
export const isRestorable = among("DELETING", "DELETED");
/** It lives until someone deletes it or its time is over. */
export const isLive = among("QUEUED", "CONFIGURING", "READY", "UNSTABLE", "PAUSED");
export const isBeingDeleted = among("DELETING");
export const isBeingPurged = among("PURGING");
export const isPurged = among("PURGED");
export const isFailed = among("FAILED");

/** For a query: all states of which a predicate holds. */
export const statesWhere = (holds: (state: ServiceState) => boolean): ServiceState[] => SERVICE_STATES.filter(holds);

/** The public API's word (api.md section 2): what is being purged, or is, is simply deleted to a client. */
export function toApiStatus(state: ServiceState): Exclude<ServiceState, "PURGING" | "PURGED"> {
  return state === "PURGING" || state === "PURGED" ? "DELETED" : state;
}
