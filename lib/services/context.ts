import { loadSecrets } from "@/lib/auth";
import { type Database, database } from "@/lib/db";
import { type EngineClient, engineClient, readInstallation } from "@/lib/engine-client";
import type { HistorySettings } from "@/lib/schemas/history-settings";
import { type Clock, systemClock } from "@/lib/std/clock";
import type { PortRange } from "./ports";

/** What the functions of this module work with. The process has one, made when it is first needed; a test passes its own. */
export interface ServicesContext {
  readonly db: Database;
  readonly clock: Clock;
  readonly ports: PortRange;
  /** Host of every endpoint. */
  readonly gatewayHost: string;
  /** What a new service that is no fork begins with. */
  readonly history: HistorySettings;
  /** Warnings also go out by e-mail. */
  readonly sendsMail: boolean;
  /** Seals one-time passwords: 32 bytes. */
  sealKey(): Uint8Array;
  readonly engine: EngineClient;
}

/** Options that every function of the face takes last. */
export interface CallOptions {
  readonly context?: ServicesContext;
}

let ofThisProcess: ServicesContext | undefined;

export function servicesContext(options: CallOptions = {}): ServicesContext {
  if (options.context) return options.context;
  ofThisProcess ??= makeContext();
  return ofThisProcess;
}

function makeContext(): ServicesContext {
  const { dataDir, gateway, history, sendsMail } = readInstallation();
  return {
    db: database(),
    clock: systemClock,
    ports: gateway,
    gatewayHost: gateway.host,
    history,
    sendsMail,
    sealKey: () => loadSecrets(dataDir).sealKey,
    engine: engineClient(dataDir),
  };
}
