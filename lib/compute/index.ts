/** The face of computes: Postgres on a volume, one worker thread each. */
export type { Compute, ComputeExit } from "./compute";
export { isTemplateVolume } from "./template";
export { type ComputeHost, type ComputeHostOptions, createComputeHost, type StartOptions } from "./host";
