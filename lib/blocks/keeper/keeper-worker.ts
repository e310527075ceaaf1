import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { systemClock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";
import { COLLECTOR_ROLE } from "../collect/collector-protocol";
import { serveCollector } from "../collect/collector-worker";
import { ThreadRewriter } from "../collect/thread-rewriter";
import { nodeDevice } from "../device/node-device";
import { toVolumeError } from "../volume-error";
import { Keeper } from "./keeper";
import { type KeeperMessage, type KeeperReply, type KeeperRequest, toPortableError } from "./keeper-protocol";
import { Upkeep } from "./keeper-service";
import { SteadyLog } from "./steady-log";

const port = parentPort;
if (!port) throw new Error("the block store's threads are worker threads");
// One file for both threads, so that whoever starts the store has one path to know.
if ((workerData as { role?: string }).role === COLLECTOR_ROLE) serveCollector(port, nodeDevice, systemClock);
else serveKeeper(port, (workerData as { storeDir: string }).storeDir);

/** The keeper's thread: hands each request to the keeper and its answer back. */
function serveKeeper(port: MessagePort, storeDir: string): void {
  const reply = (message: KeeperReply) => port.postMessage(message);

  const log = new SteadyLog({
    debug: (fields, message) => reply({ log: "debug", fields: toPlain(fields), message }),
    info: (fields, message) => reply({ log: "info", fields: toPlain(fields), message }),
    warn: (fields, message) => reply({ log: "warn", fields: toPlain(fields), message }),
    error: (fields, message) => reply({ log: "error", fields: toPlain(fields), message }),
  });

  try {
    const service = openService(storeDir, {
      log,
      collected: () => reply({ collected: true }),
      failed: (error) => log.error({ error: describe(error) }, "upkeep of the store stopped for now"),
    });
    reply({ opened: true });
    port.on("message", async ({ id, request }: KeeperMessage) => {
      if (request.method === "tick") log.nextRound();
      try {
        reply({ id, result: await perform(service, request) });
      } catch (error) {
        reply({ id, error: toPortableError(error) });
      }
      // After the answer, which would be lost with the port; without it the thread ends.
      if (request.method === "close") port.close();
    });
  } catch (error) {
    reply({ openFailed: toPortableError(toVolumeError(error, "opening the block store")) });
  }
}

interface OpenService {
  readonly keeper: Keeper;
  readonly upkeep: Upkeep;
}

function openService(storeDir: string, of: { log: Log; collected(): void; failed(error: unknown): void }): OpenService {
  const keeper = new Keeper({ device: nodeDevice, storeDir, log: of.log });
  const rewriter = new ThreadRewriter(new URL(import.meta.url));
  const monotonicMs = () => systemClock.monotonicMs();
  return { keeper, upkeep: new Upkeep({ keeper, rewriter, monotonicMs, ...of }) };
}

async function perform({ keeper, upkeep }: OpenService, request: KeeperRequest): Promise<unknown> {
  if (request.method === "tick") return upkeep.tick(...request.args);
  if (request.method === "collectAll") return upkeep.collectAll(...request.args);
  if (request.method === "pauseUpkeep") return upkeep.pause(...request.args);
  if (request.method === "close") {
    await upkeep.close();
    return keeper.close();
  }
  const method = keeper[request.method] as (...args: readonly unknown[]) => unknown;
  return method.apply(keeper, request.args);
}

/** A bug in upkeep must not end the thread that forks depend on; its stack is what mends it. */
const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

/** Errors among the fields lose their class on the way; their text is what a log needs. */
function toPlain(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? value.message : value]),
  );
}
