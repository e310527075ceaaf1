/** The REST API: one route per address, each an object of handlers by method that a route file of app/ exports as it is. */
export { authInfoRoute, projectsRoute } from "./account-routes";
export { budgetsRoute, estimateRoute, pricesRoute, projectCostRoute, serviceCostRoute } from "./cost-routes";
export type { Route, RouteHandler } from "./endpoint";
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
export { healthRoute, readyRoute, unknownRoute } from "./open-routes";
export { operationRoute, operationsRoute } from "./operations-routes";
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
