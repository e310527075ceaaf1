/** The steps of everything that is done to services, and the narrow interface to the engine that they are written against. */
export type { ComputeOf, DataPlane, ForkOrigin, Moment, NewSnapshot, Retention, Visit } from "./data-plane";
export { checkEndpoint, ENGINE_ROLE, type EndpointLogin } from "./endpoint-session";
export type { OperationDeps } from "./operation-deps";
export { operationHandlers } from "./operation-handlers";
export { loadSample } from "./samples";
export { listSwitches, type Switch, type SwitchOn, turnOff, turnOn } from "./switches";
