import { type DiskSpace, type EngineClient, type EngineServer, engineClient, serveEngine } from "@/lib/engine-client";
import { answerHistory, type HistorySources, sumStorage } from "@/lib/runtime/engine/answer-history";
import { silentLog } from "@/lib/std/log";

const ROOMY: DiskSpace = { freeBytes: 50, totalBytes: 100 };

/** An engine that answers for a store, and runs no Postgres, over its real socket in `dataDir`. */
export async function serveStoreEngine(
  dataDir: string,
  { store, clock, disk = ROOMY }: Pick<HistorySources, "store" | "clock"> & { disk?: DiskSpace },
): Promise<{ client: EngineClient; server: EngineServer }> {
  const server = await serveEngine({
    dataDir,
    log: silentLog,
    handlers: {
      health: () => ({ state: "ready", pid: process.pid, started_at: new Date(clock.nowMs()).toISOString() }),
      storage: ({ volumeIds }) => sumStorage(store, volumeIds),
      connections: () => ({}),
      disk: () => disk,
      closeUsage: () => ({ asOfMs: clock.nowMs() }),
      ...answerHistory(() => ({ store, findCompute: () => undefined, clock })),
    },
  });
  return { client: engineClient(dataDir), server };
}
