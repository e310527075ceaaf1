import { pino } from "pino";
import { hideSecrets } from "@/lib/std/hide-secrets";

/** One JSON object a line on standard output: the supervisor, or a service manager, keeps it. */
export const engineLog = pino(
  { level: "info", base: null, hooks: { streamWrite: hideSecrets } },
  pino.destination({ fd: 1, sync: true }),
);
