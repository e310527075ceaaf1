/**
 * The domain: services and forks, what may be asked of them, and how they are described. Console, REST API and engine
 * call these functions; nobody else writes a service's row. Each takes the actor first and works within its project: what
 * belongs to another is NOT_FOUND. What a person can get wrong is an AppError, with `field` where a form's field is at fault.
 */
export type { Actor } from "@/lib/schemas/actor";
export type { CallOptions, ServicesContext } from "./context";
export { getBudget, putBudget } from "./cost/budget";
export { estimateFork } from "./cost/estimate";
export { listPrices, putPrices } from "./cost/prices";
export { queueBudgetAlerts } from "./cost/queue-budget-alerts";
export { getProjectCost, getServiceCost } from "./cost/read-cost";
export { getDamages } from "./damages";
export { getDeleteFacts } from "./delete-facts";
export { getEngineHealth } from "./engine-health";
export { getReadiness } from "./readiness";
export {
  type ForkOriginOf,
  findScramVerifier,
  getServiceWork,
  isServiceComingUp,
  listRetentions,
  listServed,
  listSnapshotSources,
  markBackInBin,
  markConfiguring,
  markDeleted,
  markFailed,
  markPurged,
  markReady,
  markRecovered,
  markUnstable,
  postponePurge,
  type RetentionOf,
  recordForkOrigin,
  type ServedService,
  type ServiceWork,
  type SnapshotSource,
} from "./engine-side";
export { getService, listBin, listServices } from "./get-service";
export { getTimeline, getWindow, resolveMoment } from "./history";
export { changeHistorySettings, getHistorySettings } from "./history-settings";
export { listHolds, releaseHold, renewHold, takeHold } from "./holds";
export { listMetered, type MeteredService } from "./list-metered";
export { getOperation, listOperations } from "./list-operations";
export { getProject, listProjects, type ProjectDto, type ProjectPolicyDto } from "./list-projects";
export { markEvent } from "./mark-event";
export { type RevealedPassword, resetPassword, revealPassword, updatePassword } from "./passwords";
export type { PortRange } from "./ports";
export { findNextDue, type Reaped, reapDue } from "./reap";
export { type NewServiceOptions, requestCreate } from "./request-create";
export { requestDelete } from "./request-delete";
export { type ForkRequest, requestFork } from "./request-fork";
export { requestPurge } from "./request-purge";
export { type RestoreRequest, requestRestore } from "./request-restore";
export { requestSnapshot, type SnapshotRequest } from "./request-snapshot";
export { findCommitBefore, forgetSnapshotEvents, type NewServiceEvent, recordServiceEvents } from "./service-events";
export { nameByTime } from "./snapshot-names";
export { deleteSnapshot, listSnapshots } from "./snapshots";
export { getFrees, getProjectStorage, getStorage } from "./storage";
