import { connect, createServer, type Server } from "node:net";
import { claimSocket, findSocketPath, prepareSocketPath } from "@/lib/engine-client";
import { AppError } from "@/lib/std/app-error";
import type { Clock } from "@/lib/std/clock";

// An engine flushes and commits what it holds before it ends, and its children's limits are below this.
const PREDECESSOR_MS = 30_000;
const POLL_MS = 200;

export interface SingleStart {
  /** From now on a successor waits instead of giving up. */
  markStopping(): void;
  release(): Promise<void>;
}

/** What the supervisor of a data directory says about itself to whoever connects. */
interface Presence {
  readonly pid: number;
  readonly url: string;
  readonly stopping: boolean;
}

export interface SingleStartOptions {
  dataDir: string;
  url: string;
  clock: Clock;
  /** Told once when there is something to wait for. */
  onWait(sentence: string): void;
}

/**
 * Makes this process the only supervisor of the data directory, and returns when no engine of a killed predecessor lives
 * there any more. Rejects with CONFLICT when the directory is in use, at once if nobody is about to leave it.
 */
export async function claimSingleStart(options: SingleStartOptions): Promise<SingleStart> {
  const presence = { pid: process.pid, url: options.url, stopping: false };
  const server = createServer((socket) => socket.on("error", () => {}).end(JSON.stringify(presence)));
  const deadlineMs = options.clock.monotonicMs() + PREDECESSOR_MS;
  const wait = makeWait(options, deadlineMs);
  const path = prepareSocketPath(options.dataDir, "supervisor.sock");
  while (!(await claimSocket(server, path))) {
    const other = await findPresence(path);
    if (other && !other.stopping) throw inUse(options.dataDir, `the Offshoot at ${other.url} (process ${other.pid})`);
    await wait(`Waiting for the previous start to end`);
  }
  while (await isListening(findSocketPath(options.dataDir, "engine.sock"))) {
    try {
      await wait("Waiting for the engine of a previous start to end");
    } catch (error) {
      await closeServer(server);
      throw error;
    }
  }
  return {
    markStopping() {
      presence.stopping = true;
    },
    release: () => closeServer(server),
  };
}

function makeWait({ dataDir, clock, onWait }: SingleStartOptions, deadlineMs: number) {
  let said = false;
  return async (sentence: string) => {
    if (clock.monotonicMs() >= deadlineMs) throw inUse(dataDir, "a process that does not end");
    if (!said) onWait(`${sentence}, at most ${PREDECESSOR_MS / 1000} s.`);
    said = true;
    await clock.sleep(POLL_MS);
  };
}

const inUse = (dataDir: string, by: string) =>
  new AppError(
    "CONFLICT",
    `The data directory ${dataDir} is in use by ${by}. Stop that one first, or set OFFSHOOT_DATA_DIR to another directory.`,
  );

/** Undefined when it ended meanwhile or says nothing. */
function findPresence(path: string): Promise<Presence | undefined> {
  return new Promise((resolve) => {
    let text = "";
    connect(path)
      .setEncoding("utf8")
      .setTimeout(1_000, () => resolve(undefined))
      .on("data", (part) => {
        text += part;
      })
      .on("end", () => resolve(text ? (JSON.parse(text) as Presence) : undefined))
      .on("error", () => resolve(undefined));
  });
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path, () => {
      probe.destroy();
      resolve(true);
    }).on("error", () => resolve(false));
  });
}

const closeServer = (server: Server) => new Promise<void>((resolve) => server.close(() => resolve()));
