/**
 * The domain: services and forks, what may be asked of them, and how they are described. Console, REST API and engine
 * call these functions; nobody else writes a service's row. Each takes the actor first and works within its project: what
 * belongs to another is NOT_FOUND. What a person can get wrong is an AppError, with `field` where a form's field is at fault.
 */
export type { Actor } from "@/lib/schemas/actor";
export { recordCancelled } from "./cancel/record-cancelled";
export { requestCancel } from "./cancel/request-cancel";
export type { CallOptions, ServicesContext } from "./context";
export { getBudget, putBudget } from "./cost/budget";
export { estimateFork } from "./cost/estimate";
export { listPrices, putPrices } from "./cost/prices";
export { queueBudgetAlerts } from "./cost/queue-budget-alerts";
export { getProjectCost, getServiceCost } from "./cost/read-cost";
export { getDamages } from "./damages";
export { getDeleteFacts } from "./delete-facts";
export { getEngineHealth } from "./engine-health";
export {
  type CameFrom,
  markAsBefore,
  markBroken,
  markExpired,
  markPaused,
  setSize,
} from "./engine-marks";
export {
  type ForkOriginOf,
  findConnectionLimit,
  findObstacle,
  findScramVerifier,
  getServiceWork,
  listRetentions,
  listServed,
  listSnapshotSources,
  markBackAsleep,
  markConfiguring,
  markDeleted,
  markFailed,
  markPurged,
  markReady,
  postponePurge,
  type RetentionOf,
  recordForkOrigin,
  type ServedService,
  type ServiceWork,
  type SnapshotSource,
} from "./engine-side";
export { getService, listBin, listServices } from "./get-service";
export { markRecovered, markUnstable } from "./health";
export { getTimeline, getWindow, resolveMoment } from "./history";
export { changeHistorySettings, getHistorySettings } from "./history-settings";
export { listHolds, releaseHold, renewHold, takeHold } from "./holds";
export { countConnections } from "./lifetime/count-connections";
export { estimateExtension } from "./lifetime/estimate-extension";
export { extendService } from "./lifetime/extend";
export { requestExpire } from "./lifetime/request-expire";
export { listMetered, type MeteredService } from "./list-metered";
export { getOperation, listOperations } from "./list-operations";
export { listOwned, type Owned } from "./list-owned";
export { getProject, listProjects, type ProjectDto, type ProjectPolicyDto } from "./list-projects";
export { markEvent } from "./mark-event";
export { type RevealedPassword, resetPassword, revealPassword, updatePassword } from "./passwords";
export { requestPause, requestResume } from "./pause";
export { getPolicy, putPolicy } from "./policy/policy";
export { getWebhooks, putWebhooks, testWebhook } from "./policy/webhooks";
export type { PortRange } from "./ports";
export { type ProgressMessage, watchProgress } from "./progress/watch-progress";
export { getReadiness } from "./readiness";
export { findNextDue, type Reaped, reapDue } from "./reap";
export { renameService, setEnvironment } from "./rename";
export { type NewServiceOptions, requestCreate } from "./request-create";
export { requestDelete } from "./request-delete";
export { type ForkRequest, requestFork } from "./request-fork";
export { requestPurge } from "./request-purge";
export { type RestoreRequest, requestRestore } from "./request-restore";
export { requestSnapshot, type SnapshotRequest } from "./request-snapshot";
export { requestReset } from "./reset/request-reset";
export { forgetRetired, listRetired, postponeFree, switchVolume } from "./reset/switch-volume";
export { requestResize } from "./resize";
export { getAllowList, isAddressAllowed, setAllowList } from "./safety/allow-list";
export { type ArmRequest, listDisarmed, requestArm } from "./safety/disarmed";
export {
  findManifestItem,
  type Manifest,
  type ManifestItem,
  markArmed,
  readManifest,
  writeManifest,
} from "./safety/engine-manifest";
export { setLabels } from "./safety/labels";
export { setProtection } from "./safety/protection";
export { getSchema } from "./schema/get-schema";
export { recordSchema, recordSchemaProblem, type SchemaReading } from "./schema/readings";
export { findCommitBefore, forgetSnapshotEvents, type NewServiceEvent, recordServiceEvents } from "./service-events";
export { nameByTime } from "./snapshot-names";
export { deleteSnapshot, listSnapshots } from "./snapshots";
export { getFrees, getProjectStorage, getStorage } from "./storage";
