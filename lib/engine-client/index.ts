export { claimSocket } from "./claim-socket";
export { type EngineClient, engineClient, type HistoryClient } from "./client";
export type { ConnectionInfo, DiskSpace, EngineHandlers, EngineHealth, VolumeStorage } from "./contract";
export type {
  CommitPoint,
  DamageFacts,
  DamagesFacts,
  Frees,
  HoldFacts,
  LogFigures,
  ReservedFacts,
  ResolvedFacts,
  SnapshotFacts,
  Target,
  WindowFacts,
} from "./history-contract";
export { DAMAGES_MAX, IDS_MAX } from "./history-contract";
export { type Installation, readInstallation } from "./installation";
export { type EngineServer, type EngineServerOptions, serveEngine } from "./server";
export { findSocketPath, prepareSocketPath, type SocketName } from "./socket-path";
