import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { systemClock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";
import { COLLECTOR_ROLE } from "./collect/collector-protocol";
import { serveCollector } from "./collect/collector-worker";
import { Keeper } from "./keeper";
import { type KeeperMessage, type KeeperReply, type KeeperRequest, toPortableError } from "./keeper-protocol";
import { nodeDevice } from "./node-device";
import { toVolumeError } from "./volume-error";

const port = parentPort;
if (!port) throw new Error("the block store's threads are worker threads");
// One file for both threads, so that whoever starts the store has one path to know.
if ((workerData as { role?: string }).role === COLLECTOR_ROLE) serveCollector(port, nodeDevice, systemClock);
else serveKeeper(port, (workerData as { storeDir: string }).storeDir);

/** The keeper's thread: hands each request to the keeper and its answer back. */
function serveKeeper(port: MessagePort, storeDir: string): void {
  const reply = (message: KeeperReply) => port.postMessage(message);

  const log: Log = {
    debug: (fields, message) => reply({ log: "debug", fields: toPlain(fields), message }),
    info: (fields, message) => reply({ log: "info", fields: toPlain(fields), message }),
    warn: (fields, message) => reply({ log: "warn", fields: toPlain(fields), message }),
    error: (fields, message) => reply({ log: "error", fields: toPlain(fields), message }),
  };

  try {
    const keeper = new Keeper({ device: nodeDevice, storeDir, log });
    reply({ opened: true });
    port.on("message", ({ id, request }: KeeperMessage) => {
      try {
        reply({ id, result: perform(keeper, request) });
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

function perform(keeper: Keeper, request: KeeperRequest): unknown {
  switch (request.method) {
    case "create":
      return keeper.create(request.volumeId, request.nowMicros);
    case "fork":
      return keeper.fork(request, request.nowMicros);
    case "delete":
      return keeper.delete(request.volumeId);
    case "find":
      return keeper.find(request.volumeId);
    case "openWriter":
      return keeper.openWriter(request.volumeId);
    case "releaseWriter":
      return keeper.releaseWriter(request.logId);
    case "list":
      return keeper.list();
    case "storage":
      return keeper.storage(request.volumeIds);
    case "close":
      return keeper.close();
  }
}

/** Errors among the fields lose their class on the way; their text is what a log needs. */
function toPlain(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? value.message : value]),
  );
}
