import pino from "pino";
import { type Clock, systemClock } from "@/lib/std/clock";
import { hideSecrets } from "@/lib/std/hide-secrets";
import type { Log } from "@/lib/std/log";

export const apiClock: Clock = systemClock;

let log: Log | undefined;

/** The web process's log, made when something has to be said. */
export function apiLog(): Log {
  log ??= pino({ name: "api", hooks: { streamWrite: hideSecrets } });
  return log;
}
