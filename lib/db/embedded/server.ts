import { spawn } from "node:child_process";
import {
  chownSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { type Clock, systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import type { Log } from "@/lib/std/log";
import { prepareBinaries } from "./binaries";
import { describeFailure } from "./failure";
import { type DataDir, findCopyDir, prepareDataDir, prepareFolders, settleLocation } from "./location";
import { findOwner, type Owner, run, spawnAs } from "./owner";
import { findLastSocketDir, readPostmaster, removeStalePidFile } from "./postmaster";

export interface EmbeddedOptions {
  readonly dataDir: DataDir;
  readonly log: Log;
  readonly clock?: Clock;
  /** Server settings beside ours; tests switch fsync off. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Where npm put the programs; found by itself unless a test says otherwise. */
  readonly packageDir?: string;
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
  const { dataDir, log, clock = systemClock } = options;
  prepareDataDir(dataDir.path);
  const place = await preparePlace(options);
  if (!place.dir.startsWith(dataDir.path))
    log.info({ location: place.dir }, "the control database lies outside the data directory");
  if (!existsSync(join(place.pgdata, "PG_VERSION"))) await initialize(place);
  const started = await startOrJoin(place, { log, clock, settings: options.settings ?? {} });
  const { socketDir } = requireReady(place);
  return {
    connectionString: `postgresql://${USER}@localhost/postgres?host=${encodeURIComponent(socketDir)}`,
    location: place.dir,
    started,
    stop: () => stop(place),
  };
}

const USER = "offshoot";
// sun_path holds 108 bytes on Linux and 104 on macOS, with the zero at its end.
const SOCKET_PATH_MAX_BYTES = process.platform === "darwin" ? 103 : 107;
const SOCKET_NAME = ".s.PGSQL.5432";
// Crash recovery of a control database takes seconds; a minute means that something else is wrong.
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 20;
const STOP_TIMEOUT_S = "60";

interface Place {
  readonly dir: string;
  readonly pgdata: string;
  readonly logFile: string;
  readonly binDir: string;
  readonly owner: Owner | undefined;
}

async function preparePlace({ dataDir, packageDir }: EmbeddedOptions): Promise<Place> {
  const copyDir = findCopyDir(dataDir.path);
  // Asked twice: the programs' major decides about the location, and the location's owner about the programs.
  const { major } = await prepareBinaries({ owner: undefined, copyDir, packageDir });
  const { dir } = await settleLocation(dataDir, major);
  const pgdata = join(dir, "pgdata");
  const owner = await findOwner(pgdata);
  prepareFolders(dir, owner);
  const { binDir } = await prepareBinaries({ owner, copyDir, packageDir });
  return { dir, pgdata, logFile: join(dir, "postgres.log"), binDir, owner };
}

/** Makes the data folder aside and renames it: a killed initdb leaves nothing that looks like data. */
async function initialize({ dir, pgdata, binDir, owner, logFile }: Place): Promise<void> {
  const half = join(dir, `pgdata.${newId()}`);
  try {
    await run(join(binDir, "initdb"), ["-D", half, ...INITDB_OPTIONS], spawnAs(owner));
    renameSync(half, pgdata);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    if (existsSync(join(pgdata, "PG_VERSION"))) return; // another process was first
    const { stderr, message } = error as Error & { stderr?: string };
    throw describeFailure(`The control database could not be made in ${dir}`, `${stderr ?? ""}\n${message}`, logFile);
  }
}

const INITDB_OPTIONS = [
  `--username=${USER}`,
  // The socket's folder is private to one account, and nothing listens anywhere else.
  "--auth-local=trust",
  "--auth-host=reject",
  "--encoding=UTF8",
  // The builtin provider sorts the same on every system; the C library's locales differ and may be missing.
  "--locale=C",
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
  // 16 MiB segments would make an idle control database five times as big.
  "--wal-segsize=1",
  "--no-instructions",
];

interface StartOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly settings: Readonly<Record<string, string>>;
}

/** True when this call's server is the one that runs. */
async function startOrJoin(place: Place, options: StartOptions): Promise<boolean> {
  const deadline = options.clock.monotonicMs() + START_TIMEOUT_MS;
  let ours = false;
  while (options.clock.monotonicMs() < deadline) {
    const { state } = readPostmaster(place.pgdata);
    if (state === "ready") return ours;
    if (state === "none") ours = await launch(place, options);
    else await options.clock.sleep(POLL_MS); // another process starts it, or a predecessor is still ending
  }
  throw describeFailure("The control database did not start within a minute", readLog(place), place.logFile);
}

/** Starts a server and watches it until it is ready (true) or has ended because another one was first (false). */
async function launch(place: Place, { log, clock, settings }: StartOptions): Promise<boolean> {
  const socketDir = prepareSocketDir(place);
  removeStalePidFile(place.pgdata);
  const logStart = rotateLog(place);
  const server = spawnServer(place, { ...SETTINGS, ...settings, unix_socket_directories: quoteList(socketDir) });
  let ended = false;
  server.once("exit", () => {
    ended = true;
  });
  server.once("error", () => {
    ended = true;
  });
  const deadline = clock.monotonicMs() + START_TIMEOUT_MS;
  while (!ended && clock.monotonicMs() < deadline) {
    const found = readPostmaster(place.pgdata);
    if (found.state === "ready" && found.pid === server.pid) {
      log.debug({ location: place.dir, pid: server.pid }, "the control database has started");
      server.unref();
      return true;
    }
    await clock.sleep(POLL_MS);
  }
  removeSocketDir(place, socketDir);
  const output = readLog(place, logStart);
  if (!ANOTHER_RUNS.test(output)) throw describeFailure("The control database did not start", output, place.logFile);
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
function spawnServer({ binDir, pgdata, logFile, owner }: Place, settings: Readonly<Record<string, string>>) {
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

/** The folder for the socket: beside the data, or a short one of its own where the path would be too long for a socket. */
function prepareSocketDir({ dir, pgdata, owner }: Place): string {
  const beside = join(dir, "run");
  if (Buffer.byteLength(join(beside, SOCKET_NAME)) <= SOCKET_PATH_MAX_BYTES) return beside;
  const last = findLastSocketDir(pgdata);
  if (last && isPrivate(last, owner)) return last; // a killed server's; without this each crash would leave one behind
  const short = mkdtempSync("/tmp/offshoot-");
  if (owner) chownSync(short, owner.uid, owner.gid);
  return short;
}

// /tmp is everybody's: a folder of that name could have been made by somebody else.
function isPrivate(path: string, owner: Owner | undefined): boolean {
  try {
    const found = lstatSync(path);
    return found.isDirectory() && found.uid === (owner?.uid ?? process.getuid?.()) && (found.mode & 0o077) === 0;
  } catch {
    return false;
  }
}

function removeSocketDir({ dir, pgdata }: Place, socketDir: string): void {
  if (socketDir === join(dir, "run") || socketDir === findLastSocketDir(pgdata)) return;
  try {
    rmdirSync(socketDir);
  } catch {
    // not empty: in use after all
  }
}

/** Postgres reads a list of folders there: quoted, a comma or a space in the path is no separator. */
const quoteList = (path: string): string => `"${path.replaceAll('"', '""')}"`;

function requireReady(place: Place): { pid: number; socketDir: string } {
  const found = readPostmaster(place.pgdata);
  if (found.state === "ready") return found;
  throw describeFailure("The control database ended right after its start", readLog(place), place.logFile);
}

async function stop(place: Place): Promise<void> {
  const found = readPostmaster(place.pgdata);
  if (found.state === "none") return;
  const args = ["stop", "-D", place.pgdata, "-m", "fast", "-w", "-t", STOP_TIMEOUT_S];
  try {
    await run(join(place.binDir, "pg_ctl"), args, spawnAs(place.owner));
  } catch (error) {
    if (readPostmaster(place.pgdata).state !== "none")
      throw describeFailure("The control database did not stop", `${error}\n${readLog(place)}`, place.logFile);
  }
  removeSocketDir(place, found.socketDir);
}

const LOG_MAX_BYTES = 1 << 20;

/** Where in the log this start's lines begin. A long log is put aside, once: several starts may write to one file. */
function rotateLog({ logFile }: Place): number {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size < LOG_MAX_BYTES) return size;
  renameSync(logFile, `${logFile}.1`);
  return 0;
}

function readLog({ logFile }: Place, start = 0): string {
  try {
    return readFileSync(logFile).subarray(start).toString("utf8").slice(-8_000);
  } catch {
    return "";
  }
}
