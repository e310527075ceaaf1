import { readEnv } from "@/lib/env";
import type { HistorySettings } from "@/lib/schemas/history-settings";

/** Where this installation's engine is and what it serves, for modules that read no configuration themselves. */
export interface Installation {
  readonly dataDir: string;
  /** Host that clients connect to, and the ports that services may get, both ends included. */
  readonly gateway: { readonly host: string; readonly firstPort: number; readonly lastPort: number };
  /** What a new service that is no fork begins with. */
  readonly history: HistorySettings;
  /** A mail server is configured. */
  readonly sendsMail: boolean;
}

export function readInstallation(): Installation {
  const { dataDir, gateway, history, mail } = readEnv();
  return { dataDir, gateway, history, sendsMail: mail !== undefined };
}
