import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Clock, systemClock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";
import { type Cluster, type ClusterOptions, initialize, prepareCluster, SUPERUSER, sweep } from "./cluster";
import { describeFailure } from "./failure";
import { prepareDataDir } from "./location";
import { run, spawnAs } from "./owner";
import { readPostmaster, removeStalePidFile } from "./postmaster";
import { prepareSocketDir, removeSocketDir } from "./socket-dir";

export interface EmbeddedOptions extends ClusterOptions {
  readonly log: Log;
  readonly clock?: Clock;
  /** Server settings beside ours; tests switch fsync off. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedDatabase {
  readonly connectionString: string;
  /** The folder with its data and log. */
  readonly location: string;
  /** False when a running one, left behind or started by another process, was joined. */
  readonly started: boolean;
  /** Ends the server in order (connections are ended, a checkpoint is written), whoever started it. Harmless when it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts the embedded control database of a data directory, or joins the one that runs. Any number of processes may call
 * it at once and get the same server; there is no lock of our own, because each step is decided by one atomic act: a link
 * (the record), a rename (the new data folder) and Postgres's own postmaster.pid (who runs).
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const { dataDir, log, clock = systemClock, settings = {} } = options;
  prepareDataDir(dataDir.path);
  const cluster = await prepareCluster(options);
  if (!cluster.dir.startsWith(dataDir.path))
    log.info({ location: cluster.dir }, "the control database lies outside the data directory");
  await initialize(cluster, settings);
  const started = await startOrJoin(cluster, { log, clock, settings });
  if (started) sweep(cluster);
  const { socketDir } = requireReady(cluster);
  return {
    connectionString: `postgresql://${SUPERUSER}@localhost/postgres?host=${encodeURIComponent(socketDir)}`,
    location: cluster.dir,
    started,
    stop: () => stop(cluster),
  };
}

// Crash recovery of a control database takes seconds; a minute means that something else is wrong.
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 20;
const STOP_TIMEOUT_S = "60";

interface StartOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly settings: Readonly<Record<string, string>>;
}

/** True when this call's server is the one that runs. */
async function startOrJoin(cluster: Cluster, options: StartOptions): Promise<boolean> {
  const deadline = options.clock.monotonicMs() + START_TIMEOUT_MS;
  let ours = false;
  while (options.clock.monotonicMs() < deadline) {
    const { state } = readPostmaster(cluster.pgdata);
    if (state === "ready") return ours;
    if (state === "none") ours = await launch(cluster, options);
    else await options.clock.sleep(POLL_MS); // another process starts it, or a predecessor is still ending
  }
  throw describeFailure("The control database did not start within a minute", readLog(cluster), cluster.logFile);
}

/** Starts a server and watches it until it is ready (true) or has ended because another one was first (false). */
async function launch(cluster: Cluster, { log, clock, settings }: StartOptions): Promise<boolean> {
  const socketDir = prepareSocketDir(cluster);
  removeStalePidFile(cluster.pgdata);
  const logStart = rotateLog(cluster);
  const server = spawnServer(cluster, { ...SETTINGS, ...settings, unix_socket_directories: quoteList(socketDir) });
  let ended = false;
  let spawnError = "";
  server.once("exit", () => {
    ended = true;
  });
  server.once("error", (error) => {
    ended = true;
    spawnError = String(error);
  });
  const deadline = clock.monotonicMs() + START_TIMEOUT_MS;
  while (!ended && clock.monotonicMs() < deadline) {
    const found = readPostmaster(cluster.pgdata);
    if (found.state === "ready" && found.pid === server.pid) {
      log.debug({ location: cluster.dir, pid: server.pid }, "the control database has started");
      server.unref();
      return true;
    }
    await clock.sleep(POLL_MS);
  }
  removeSocketDir(cluster, socketDir);
  const output = readLog(cluster, logStart) || spawnError;
  if (!ANOTHER_RUNS.test(output)) throw describeFailure("The control database did not start", output, cluster.logFile);
  await clock.sleep(POLL_MS);
  return false;
}

// Another start was first, or children of a killed server have not noticed yet: both pass within moments.
const ANOTHER_RUNS = /lock file "[^"]*" (already exists|is empty)|pre-existing shared memory block/;

const SETTINGS = {
  listen_addresses: "",
  unix_socket_permissions: "0700",
  max_connections: "100",
  shared_buffers: "32MB",
  timezone: "UTC",
  log_timezone: "UTC",
};

/** A process group of its own: Ctrl-C in the terminal must not stop it before those who use it. */
function spawnServer({ binDir, pgdata, logFile, owner }: Cluster, settings: Readonly<Record<string, string>>) {
  const log = openSync(logFile, "a", 0o600);
  const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  try {
    return spawn(join(binDir, "postgres"), ["-D", pgdata, ...options], {
      ...spawnAs(owner),
      detached: true,
      stdio: ["ignore", log, log],
    });
  } finally {
    closeSync(log);
  }
}

/** Postgres reads a list of folders there: quoted, a comma or a space in the path is no separator. */
const quoteList = (path: string): string => `"${path.replaceAll('"', '""')}"`;

function requireReady(cluster: Cluster): { pid: number; socketDir: string } {
  const found = readPostmaster(cluster.pgdata);
  if (found.state === "ready") return found;
  throw describeFailure("The control database ended right after its start", readLog(cluster), cluster.logFile);
}

async function stop(cluster: Cluster): Promise<void> {
  const found = readPostmaster(cluster.pgdata);
  if (found.state === "none") return;
  const args = ["stop", "-D", cluster.pgdata, "-m", "fast", "-w", "-t", STOP_TIMEOUT_S];
  try {
    await run(join(cluster.binDir, "pg_ctl"), args, spawnAs(cluster.owner));
  } catch (error) {
    if (readPostmaster(cluster.pgdata).state !== "none")
      throw describeFailure("The control database did not stop", `${error}\n${readLog(cluster)}`, cluster.logFile);
  }
  removeSocketDir(cluster, found.socketDir);
}

const LOG_MAX_BYTES = 1 << 20;

/** Where in the log this start's lines begin. A long log is put aside, once: several starts may write to one file. */
function rotateLog({ logFile }: Cluster): number {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size < LOG_MAX_BYTES) return size;
  renameSync(logFile, `${logFile}.1`);
  return 0;
}

function readLog({ logFile }: Cluster, start = 0): string {
  try {
    return readFileSync(logFile).subarray(start).toString("utf8").slice(-8_000);
  } catch {
    return "";
  }
}
