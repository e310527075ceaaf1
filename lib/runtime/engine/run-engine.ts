import { join } from "node:path";
import { loadSecrets } from "@/lib/auth";
import { openStore } from "@/lib/blocks";
import { createComputeHost } from "@/lib/compute";
import { closeDatabase, database, prepareDataDir } from "@/lib/db";
import { type EngineHealth, serveEngine } from "@/lib/engine-client";
import { type Env, readEnv } from "@/lib/env";
import { createGateway, ensureCertificates } from "@/lib/gateway";
import { startSender } from "@/lib/notify";
import { operationHandlers } from "@/lib/operations";
import { startReaper } from "@/lib/orchestrator";
import { findNextDue, queueBudgetAlerts, reapDue } from "@/lib/services";
import { assert } from "@/lib/std/assert";
import { type Clock, systemClock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";
import { assertRestored } from "../backup/restore";
import { Closers } from "../closers";
import { ROOT } from "../root";
import { answerQuestions, findPeople } from "./answer-questions";
import { applyRetentions } from "./apply-retentions";
import { makeDataPlane } from "./data-plane";
import { createEngineLogin } from "./engine-login";
import { startGuardedOrchestrator } from "./guarded-orchestrator";
import { holdEngineLock } from "./hold-lock";
import { startMeter } from "./meter-sampler";
import { EngineMetrics } from "./metrics/engine-metrics";
import { serveMetrics } from "./metrics/serve-metrics";
import { reportStrays } from "./reconcile";
import { recordSeenEvents } from "./seen-events";
import { ServiceHost } from "./service-host";
import { settle } from "./settle";
import { startSnapshotScheduler } from "./snapshot-scheduler";

export interface EngineOptions {
  readonly log: Log;
  /** Fires when the engine should end. */
  readonly asked: AbortSignal;
  /** Asks the engine to end. */
  stop(): void;
}

/** The composition root: starts every part in order, works until it is asked to end, and ends them in reverse order. */
export async function runEngine({ log, asked, stop }: EngineOptions): Promise<void> {
  const clock = systemClock;
  const env = readEnv();
  const closers = new Closers((what, err) => log.error({ err }, `could not end ${what}`));
  const health: EngineHealth = {
    state: "starting",
    pid: process.pid,
    started_at: new Date(clock.nowMs()).toISOString(),
  };
  try {
    await startEngine({ env, clock, log, closers, health, stop });
    health.state = "ready";
    log.info({}, "the engine is ready");
    if (!asked.aborted) await new Promise((resolve) => asked.addEventListener("abort", resolve, { once: true }));
    log.info({}, "the engine is ending");
  } finally {
    health.state = "stopping";
    await closers.closeAll();
  }
}

interface Start extends Omit<EngineOptions, "asked"> {
  readonly env: Env;
  readonly clock: Clock;
  readonly closers: Closers;
  readonly health: EngineHealth;
}

async function startEngine({ env, clock, log, closers, health, stop }: Start): Promise<void> {
  const { databaseUrl, dataDir } = env;
  assert(databaseUrl, "the supervisor names the control database");
  prepareDataDir(dataDir);
  assertRestored(dataDir);
  const questions = answerQuestions(() => health, dataDir);
  const server = await serveEngine({ dataDir, handlers: questions.handlers, log });
  closers.add("the engine's socket", () => server.close());
  const lock = await holdEngineLock({ databaseUrl, clock, log, onLost: stop });
  closers.add("the engine's lock", () => lock.release());
  closers.add("the control database", closeDatabase);

  const store = await openStore(join(dataDir, "blocks"), {
    clock,
    log,
    keeperEntry: join(ROOT, "dist", "keeper-worker.js"),
  });
  closers.add("the block store", () => store.close());
  const workerEntry = join(ROOT, "dist", "compute-worker.js");
  const computes = createComputeHost({ store, scratchDir: join(dataDir, "scratch"), workerEntry, log, clock });
  closers.add("the computes", () => computes.close());
  const { key, cert, ca } = await ensureCertificates(join(dataDir, "tls"), certifiedHosts(env), clock);
  const login = await createEngineLogin({ host: env.gateway.host, ca });
  const events = recordSeenEvents({ db: database(), store, clock, log });
  // Computes that end make durable what was promised, and tell of it.
  closers.add("the events", () => events.stop());
  const gateway = createGateway({ host: env.gateway.host, tls: { key, cert }, log, clock, onEvents: events.onEvents });
  const sendsMail = env.mail !== undefined;
  const afterSample = (nowMs: number) => queueBudgetAlerts(database(), { nowMs, sendsMail });
  const meter = await startMeter({ db: database(), store, clock, log, afterSample });
  // After all services: the last sample has the end of each.
  closers.add("the meter", () => meter.stop());
  const services = new ServiceHost({ computes, gateway, db: database(), login, meter, clock, log });
  closers.add("the services", () => services.shutdown());
  questions.open({ store, gateway, findCompute: (serviceId) => services.find(serviceId), meter, clock });
  await services.openAll();
  const metrics = new EngineMetrics({ db: database(), log });
  if (env.metrics) {
    const parts = { at: env.metrics, dataDir, metrics, db: database(), store, services, gateway, clock, log };
    const served = await serveMetrics(parts);
    closers.add("the metrics", () => served.close());
  }

  const reaper = startReaper({
    findNextDueMs: findNextDue,
    reap: async (nowMs) => void (await reapDue(nowMs, { findClients: (id) => findPeople(gateway.connections(id)) })),
    clock,
    log,
  });
  closers.add("the reaper", () => reaper.stop());
  const { sealKey } = loadSecrets(dataDir);
  const sender = startSender({ db: database(), sealKey, mail: env.mail, consoleUrl: env.url, clock, log });
  closers.add("the messages", () => sender.stop());
  const orchestrator = await startGuardedOrchestrator({
    db: database(),
    connectionString: databaseUrl,
    handlers: operationHandlers({
      plane: makeDataPlane({ store, computes, services, login, clock }),
      db: database(),
      clock,
    }),
    clock,
    log,
    isOnlyWorker: true,
    onEnded: (operation) => {
      reaper.wake();
      void metrics.count(operation);
    },
  });
  closers.add("the orchestrator", () => orchestrator.stop());
  void applyRetentions({ db: database(), store, log });
  const snapshots = startSnapshotScheduler({
    db: database(),
    store,
    settle: (serviceId) => settle(services.find(serviceId), clock, "snapshot"),
    clock,
    log,
  });
  closers.add("the snapshot schedule", () => snapshots.stop());
  void services.startAll();
  void reportStrays({ db: database(), store, services }, log);
}

/** Names that clients may reach the gateway by; what listens everywhere has no name of its own. */
const certifiedHosts = ({ gateway: { host } }: Env): string[] =>
  host === "0.0.0.0" || host === "::" ? ["localhost", "127.0.0.1"] : ["localhost", "127.0.0.1", host];
