import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage, Server } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readEnv } from "@/lib/env";
import { systemClock } from "@/lib/std/clock";
import { onStopAsked } from "./obey-pipe";
import { ROOT } from "./root";
import { stampAddress } from "./stamp-address";

// What is under way may finish; a stream of events never does, and its browser comes back by itself.
const GRACE_MS = 1_000;

// Next's own server is told to leave signals alone (NEXT_MANUAL_SIG_HANDLE) and obeys the supervisor's pipe instead.
const servers = new Set<Server>();
const { supervised, trustedProxies } = readEnv();
subscribe("http.server.request.start", (message) => {
  const { request, server } = message as { request: IncomingMessage; server: Server };
  servers.add(server);
  stampAddress(request, trustedProxies);
});
if (supervised) onStopAsked(true, stop);
await import(pathToFileURL(join(ROOT, ".next", "standalone", "server.js")).href);

function stop(): void {
  let open = servers.size;
  if (open === 0) process.exit(0);
  for (const server of servers) {
    server.close(() => --open === 0 && process.exit(0));
    server.closeIdleConnections();
  }
  systemClock.after(GRACE_MS, () => process.exit(0));
}
