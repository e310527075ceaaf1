export { type EngineClient, engineClient } from "./client";
export type { ConnectionInfo, EngineHandlers, EngineHealth, VolumeStorage } from "./contract";
export { type EngineServer, type EngineServerOptions, serveEngine } from "./server";
