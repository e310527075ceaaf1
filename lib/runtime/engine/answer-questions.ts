import { statfs } from "node:fs/promises";
import type { ConnectionInfo, EngineHandlers, EngineHealth } from "@/lib/engine-client";
import type { ClientInfo, Gateway } from "@/lib/gateway";
import { ENGINE_ROLE } from "@/lib/operations";
import { AppError } from "@/lib/std/app-error";
import { answerHistory, type HistorySources, sumStorage } from "./answer-history";
import type { MeterSampler } from "./meter-sampler";

interface Sources extends HistorySources {
  readonly gateway: Gateway;
  readonly meter: Pick<MeterSampler, "close">;
}

/**
 * Answers what web asks. The socket is bound before anything else, because it is the lock of the data directory; until
 * store and gateway are there, what a list shows is empty, and the past cannot be asked for.
 */
export function answerQuestions(
  health: () => EngineHealth,
  dataDir: string,
): {
  handlers: EngineHandlers;
  open(sources: Sources): void;
} {
  let sources: Sources | undefined;
  const reach = () => {
    if (sources) return sources;
    throw new AppError("CONTROL_PLANE", "The engine is starting. Ask again in a few seconds.");
  };
  return {
    open(opened) {
      sources = opened;
    },
    handlers: {
      health,
      storage: async ({ volumeIds }) => (sources ? sumStorage(sources.store, volumeIds) : {}),
      connections: ({ serviceIds }) => {
        const { gateway } = sources ?? {};
        if (!gateway) return {};
        return Object.fromEntries(serviceIds.map((id) => [id, findPeople(gateway.connections(id)).map(toInfo)]));
      },
      disk: async () => {
        const { bavail, blocks, bsize } = await statfs(dataDir);
        return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
      },
      closeUsage: async () => ({ asOfMs: await reach().meter.close() }),
      ...answerHistory(reach),
    },
  };
}

/** The engine's own checks are nobody whom a person would miss. */
export const findPeople = (clients: readonly ClientInfo[]): ClientInfo[] =>
  clients.filter(({ role }) => role !== ENGINE_ROLE);

const toInfo = ({ application, address, role, connectedAtMs }: ClientInfo): ConnectionInfo => ({
  application,
  address,
  role,
  since: new Date(connectedAtMs).toISOString(),
});
