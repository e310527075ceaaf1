/** The face of computes: Postgres on a volume, one worker thread each. */
export type { Compute, ComputeExit } from "./compute";
export { type ComputeHost, type ComputeHostOptions, createComputeHost, type StartOptions } from "./host";
export { isTemplateVolume } from "./template";
