import { createServer, type Server } from "node:net";
import { claimSocket, type EngineClient, engineClient, prepareSocketPath, type SocketName } from "@/lib/engine-client";
import { AppError } from "@/lib/std/app-error";
import type { Clock } from "@/lib/std/clock";

// An engine whose backup was killed does without upkeep for so long.
const LEASE_MS = 60_000;
const RENEW_MS = 15_000;
// The segment that is being rewritten ends first: a second or two on a busy disk.
const DEADLINE_MS = 30_000;

/**
 * Runs `copy` while nothing is removed or replaced in the store of a data directory: its engine pauses upkeep, or none can start.
 * Rejects when that did not hold until the end.
 */
export async function withQuietStore<Result>(
  { dataDir, clock }: { dataDir: string; clock: Clock },
  copy: () => Promise<Result>,
): Promise<Result> {
  // First: while a supervisor lives, an engine that is away is about to be started again, and must find its socket free.
  const supervisor = await lock(dataDir, "supervisor.sock");
  const engine = supervisor && (await lock(dataDir, "engine.sock"));
  try {
    return engine
      ? await copy()
      : await withPausedUpkeep(engineClient(dataDir, { deadlineMs: DEADLINE_MS }), clock, copy);
  } finally {
    for (const held of [engine, supervisor]) await new Promise((resolve) => (held ? held.close(resolve) : resolve(0)));
  }
}

async function lock(dataDir: string, name: SocketName): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy());
  return (await claimSocket(server, prepareSocketPath(dataDir, name))) ? server : undefined;
}

async function withPausedUpkeep<Result>(engine: EngineClient, clock: Clock, copy: () => Promise<Result>) {
  const ended = new AbortController();
  await engine.history.pauseUpkeep({ forMs: LEASE_MS });
  let wasPaused = true;
  const renew = async () => {
    for (;;) {
      await clock.sleep(RENEW_MS, ended.signal);
      wasPaused &&= (await engine.history.pauseUpkeep({ forMs: LEASE_MS })).wasPaused;
    }
  };
  // An engine that does not answer now must have kept the pause that it granted: the last answer says so.
  const renewed = renew().catch(() => {});
  const result = await copy().finally(() => {
    ended.abort();
    return renewed;
  });
  wasPaused &&= (await engine.history.pauseUpkeep({ forMs: 0 })).wasPaused;
  if (!wasPaused) throw notQuiet();
  return result;
}

const notQuiet = () =>
  new AppError(
    "CONTROL_PLANE",
    "The engine was started again meanwhile, or another backup ended: what was copied is no backup. Begin again.",
  );
