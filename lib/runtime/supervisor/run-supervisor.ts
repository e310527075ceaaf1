import { join } from "node:path";
import { migrate, prepareDataDir } from "@/lib/db";
import { engineClient } from "@/lib/engine-client";
import { childEnv, type Env, readEnv } from "@/lib/env";
import { migrateQueue } from "@/lib/orchestrator";
import { AppError } from "@/lib/std/app-error";
import { type Clock, systemClock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";
import { assertRestored } from "../backup/restore";
import { Closers } from "../closers";
import { ROOT } from "../root";
import { assertPortFree } from "./assert-port-free";
import { bootstrap } from "./bootstrap";
import { BoundedLog } from "./bounded-log";
import { Child, type ChildOptions } from "./child";
import { openControlDatabase } from "./control-database";
import { claimSingleStart } from "./single-start";
import { listenForStop, Stopped } from "./stop-request";
import { openTerminal, type Terminal } from "./terminal";

// Pages and answers that are under way; nothing is lost when they are cut, because intent is written in transactions.
const WEB_STOP_MS = 10_000;
// Ending sessions, flushing and committing every running compute. Below the 30 s for which a successor waits.
const ENGINE_STOP_MS = 25_000;
// Opening a store of hundreds of volumes on a slow disk takes seconds; whoever takes this long has lost its way.
const START_MS = 90_000;
// The first page of a development server is compiled when it is asked for.
const HEALTH_MS = 30_000;

interface Start {
  readonly env: Env;
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly asked: AbortSignal;
  readonly closers: Closers;
  readonly children: Child[];
  readonly options: SupervisorOptions;
}

export interface SupervisorOptions {
  /** Next's development server instead of the built one. */
  readonly development?: boolean;
  /** Called once everything runs, with a way to restart the engine. */
  onReady?(running: { restartEngine(): Promise<void> }): void;
}

/** Runs control database, engine and web server until a person asks to stop; resolves to the exit code. */
export async function runSupervisor(options: SupervisorOptions = {}): Promise<number> {
  const clock = systemClock;
  const terminal = openTerminal();
  const closers = new Closers((what, error) => terminal.warn(`Could not stop ${what}: ${explain(error)}`));
  const children: Child[] = [];
  const asked = listenForStop(clock, terminal, () => {
    for (const child of children) child.kill();
    process.exit(130);
  });
  let exitCode = 0;
  try {
    await start({ env: readEnv(), clock, terminal, asked, closers, children, options });
  } catch (error) {
    if (!(error instanceof Stopped)) {
      terminal.warn(explain(error));
      exitCode = 1;
    }
  }
  if (children.length > 0) terminal.say("Stopping …");
  await closers.closeAll();
  if (children.length > 0) terminal.say("Stopped.");
  return exitCode;
}

/** Rejects with Stopped when a person asks, with another error when something ended that should run. */
async function start(context: Start): Promise<never> {
  const { env, clock, terminal, asked, closers } = context;
  prepareDataDir(env.dataDir);
  assertRestored(env.dataDir);
  const onWait = (sentence: string) => terminal.say(sentence);
  const single = await claimSingleStart({ dataDir: env.dataDir, url: env.url, clock, onWait });
  closers.add("the data directory", () => single.release());
  asked.addEventListener("abort", () => single.markStopping());
  await assertPortFree(env.host, env.port, clock);

  const warn = (sentence: string) => terminal.warn(sentence);
  const database = await openControlDatabase({ env, clock, log: terminalLog(terminal), warn });
  closers.add("the control database", () => database.stop());
  const databaseUrl = database.connectionString;
  await migrate(databaseUrl, join(ROOT, "prisma", "migrations"));
  await migrateQueue(databaseUrl);
  const setupLink = await bootstrap(env, databaseUrl);
  asked.throwIfAborted();

  const engine = makeEngine(context, databaseUrl);
  const web = makeWeb(context, databaseUrl);
  await Promise.all([engine.start(asked), web.start(asked)]);
  announce({ env, terminal, setupLink });
  context.options.onReady?.({ restartEngine: () => engine.restart() });
  return Promise.race([engine.failed, web.failed, untilAborted(asked)]);
}

function makeEngine(context: Start, databaseUrl: string): Child {
  const { dataDir } = context.env;
  const client = engineClient(dataDir);
  return makeChild(context, {
    name: "engine",
    script: [join(ROOT, "dist", "engine.js")],
    env: { DATABASE_URL: databaseUrl },
    isHealthy: async () => (await client.health()).state === "ready",
    startMs: START_MS,
    stopMs: ENGINE_STOP_MS,
  });
}

function makeWeb(context: Start, databaseUrl: string): Child {
  const { host, port } = context.env;
  const common = {
    name: "web server",
    isHealthy: async () =>
      (await fetch(`${toLocalUrl(host, port)}/healthz`, { signal: AbortSignal.timeout(HEALTH_MS) })).ok,
    startMs: START_MS,
    stopMs: WEB_STOP_MS,
  };
  const env = { DATABASE_URL: databaseUrl, PORT: String(port), NEXT_TELEMETRY_DISABLED: "1" };
  if (context.options.development) {
    const script = [join(ROOT, "node_modules/next/dist/bin/next"), "dev", "--hostname", host];
    return makeChild(context, { ...common, script, env: { ...env, NODE_ENV: "development" }, stopSignal: "SIGTERM" });
  }
  // HOSTNAME is how Next's built server is told where to listen; shells set it to the machine's name.
  const built = { ...env, NODE_ENV: "production", HOSTNAME: host, NEXT_MANUAL_SIG_HANDLE: "1" };
  return makeChild(context, { ...common, script: [join(ROOT, "dist", "web.js")], env: built });
}

type ChildParts = Pick<ChildOptions, "name" | "script" | "isHealthy" | "startMs" | "stopMs" | "stopSignal"> & {
  readonly env: Record<string, string>;
};

function makeChild({ env, clock, terminal, closers, children }: Start, parts: ChildParts): Child {
  const log = new BoundedLog(join(env.dataDir, "logs", `${parts.name.replaceAll(" ", "-")}.log`));
  const child = new Child({
    ...parts,
    script: ["--enable-source-maps", ...parts.script],
    cwd: ROOT,
    env: childEnv({ ...parts.env, OFFSHOOT_DATA_DIR: env.dataDir, OFFSHOOT_SUPERVISED: "1" }),
    log,
    clock,
    say: (sentence) => terminal.warn(sentence),
  });
  children.push(child);
  closers.add(`the ${parts.name}`, () => child.stop().finally(() => log.close()));
  return child;
}

/** Everything that listens everywhere also listens here. */
function toLocalUrl(host: string, port: number): string {
  const name = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${name.includes(":") ? `[${name}]` : name}:${port}`;
}

function announce({ env, terminal, setupLink }: { env: Env; terminal: Terminal; setupLink: string | undefined }): void {
  terminal.say(`Offshoot is running: ${env.url}`);
  if (setupLink) terminal.say(`Nobody has an account yet. This link makes the first one, once: ${setupLink}`);
  terminal.say("Press Ctrl-C to stop.");
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });

/** A sentence for what a person can cause; for a bug the whole stack. */
function explain(error: unknown): string {
  if (error instanceof AppError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The few modules that log here speak of what a person at the terminal wants to know. */
function terminalLog(terminal: Terminal): Log {
  const say = (fields: object, message: string) => {
    const facts = Object.entries(fields).map(([name, value]) => `${name} ${value}`);
    terminal.say([message.charAt(0).toUpperCase() + message.slice(1), ...facts].join(", "));
  };
  return { debug() {}, info: say, warn: say, error: say };
}
