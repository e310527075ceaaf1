/** The REST API: one route per address, each an object of handlers by method that a route file of app/ exports as it is. */
export { authInfoRoute, projectsRoute } from "./account-routes";
export {
  renameRoute,
  resetRoute,
  resizeRoute,
  setEnvironmentRoute,
  startRoute,
  stopRoute,
} from "./change-routes";
export { budgetsRoute, estimateRoute, pricesRoute, projectCostRoute, serviceCostRoute } from "./cost-routes";
export type { Route, RouteHandler } from "./endpoint";
export { EVENT_STREAM_HEADERS, openEventStream } from "./event-stream";
export {
  damagesRoute,
  eventsRoute,
  freesRoute,
  historySettingsRoute,
  holdRoute,
  holdsRoute,
  projectStorageRoute,
  resolveRoute,
  snapshotRoute,
  snapshotsRoute,
  storageRoute,
  timelineRoute,
  windowRoute,
} from "./history-routes";
export { expireRoute, extendRoute } from "./lifetime-routes";
export { healthRoute, readyRoute, unknownRoute } from "./open-routes";
export { cancelRoute, operationRoute, operationsRoute, progressRoute } from "./operations-routes";
export {
  auditChainRoute,
  auditRoute,
  invitationRoute,
  keyRoute,
  keysRoute,
  memberRoute,
  membersRoute,
  sessionRoute,
  sessionsRoute,
} from "./people-routes";
export { policyRoute, webhooksRoute, webhookTestRoute } from "./policy-routes";
export { allowListRoute, armRoute, disarmedRoute, labelsRoute, protectionRoute } from "./safety-routes";
export { schemaRoute } from "./schema-routes";
export {
  binRoute,
  forkServiceRoute,
  purgeRoute,
  replicaSetsRoute,
  restoreRoute,
  serviceRoute,
  servicesRoute,
  updatePasswordRoute,
} from "./services-routes";
