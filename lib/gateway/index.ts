/**
 * The face of the gateway: Postgres's wire protocol in front of computes. It knows no compute and no database; the runtime
 * hands it, per service, a way to get a running backend and the verifier of its role.
 */
export type { Backend, BackendExit, ClientInfo, Moment, ServiceEndpoint, ServiceEvent } from "./backend";
export { type Certificates, ensureCertificates } from "./certificates";
export { createGateway, type Gateway, type GatewayOptions } from "./gateway";
export type { GatewayLimits } from "./limits";
