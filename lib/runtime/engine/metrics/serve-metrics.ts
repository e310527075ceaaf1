import { statfs } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { Database } from "@/lib/db";
import type { Gateway } from "@/lib/gateway";
import { ENGINE_ROLE } from "@/lib/operations";
import type { Clock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";
import type { EngineStore } from "../engine-store";
import type { ServiceHost } from "../service-host";
import type { EngineMetrics } from "./engine-metrics";
import { type Readings, toGauges } from "./gauges";
import { readControlDatabase } from "./read-control-database";

export interface MetricsOptions {
  readonly at: { readonly host: string; readonly port: number };
  readonly dataDir: string;
  readonly metrics: EngineMetrics;
  readonly db: Database;
  readonly store: Pick<EngineStore, "totals" | "damages">;
  readonly services: Pick<ServiceHost, "list">;
  readonly gateway: Pick<Gateway, "connections">;
  readonly clock: Clock;
  readonly log: Log;
}

// Prometheus waits ten seconds by default; what does not answer in three is left out of the scrape.
const DEADLINE_MS = 3_000;

/**
 * Answers `GET /metrics` on a port of its own, without authentication: it listens on the loopback address unless configured
 * otherwise, and figures name nobody. A port that cannot be had is no reason to end: services are worth more than their figures.
 */
export async function serveMetrics(options: MetricsOptions): Promise<{ port: number; close(): Promise<void> }> {
  const { at, log, metrics } = options;
  const server = createServer((request, answer) => {
    if (request.method !== "GET" || request.url !== "/metrics") return answer.writeHead(404).end();
    tell(options).then(
      (text) => answer.writeHead(200, { "content-type": metrics.contentType }).end(text),
      (err) => {
        log.error({ err }, "metrics could not be told");
        answer.writeHead(500).end();
      },
    );
  });
  const port = await listen(server, at).catch((err) => {
    log.error({ err }, `Metrics cannot be served on ${at.host}:${at.port}.`);
    return 0;
  });
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { host, port }: MetricsOptions["at"]): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve((server.address() as { port: number }).port));
  });
}

async function tell(options: MetricsOptions): Promise<string> {
  return options.metrics.format(toGauges(await read(options)));
}

async function read({ db, store, services, gateway, dataDir, clock, log }: MetricsOptions): Promise<Readings> {
  const nowMs = clock.nowMs();
  const orMissing = <Found>(what: string, found: Promise<Found>): Promise<Found | undefined> =>
    Promise.race([
      found.catch((err) => {
        log.warn({ err }, `metrics go without ${what}`);
        return undefined;
      }),
      clock.sleep(DEADLINE_MS).then(() => undefined),
    ]);
  const [control, totals, damages, disk] = await Promise.all([
    orMissing("the control database", readControlDatabase(db, nowMs)),
    orMissing("the store", store.totals()),
    orMissing("the scrub", store.damages()),
    orMissing("the disk", statfs(dataDir)),
  ]);
  const { running, open } = services.list();
  const clients = open.flatMap((serviceId) => gateway.connections(serviceId));
  return {
    nowMs,
    computes: running.length,
    endpoints: open.length,
    sessions: clients.filter(({ role }) => role !== ENGINE_ROLE).length,
    control,
    store: totals,
    scrub: damages && {
      places: damages.damages.length,
      scrubbedMs: damages.scrubbedMicros && damages.scrubbedMicros / 1000,
    },
    disk: disk && { freeBytes: disk.bavail * disk.bsize, sizeBytes: disk.blocks * disk.bsize },
  };
}
