import { type EngineClient, type EngineServer, engineClient, serveEngine } from "@/lib/engine-client";
import { answerHistory } from "@/lib/runtime/engine/answer-history";
import type { Clock } from "@/lib/std/clock";
import { silentLog } from "@/lib/std/log";
import type { MemoryStore } from "./memory-store";

/** An engine that answers for a store in memory, over its real socket in `dataDir`. */
export async function serveMemoryEngine(
  dataDir: string,
  { store, clock }: { store: MemoryStore; clock: Clock },
): Promise<{ client: EngineClient; server: EngineServer }> {
  const server = await serveEngine({
    dataDir,
    log: silentLog,
    handlers: {
      health: () => ({ state: "ready", pid: process.pid, started_at: new Date(clock.nowMs()).toISOString() }),
      storage: async ({ volumeIds }) => Object.fromEntries(await store.storage(volumeIds)),
      connections: () => ({}),
      ...answerHistory(() => ({ store, findCompute: () => undefined, clock })),
    },
  });
  return { client: engineClient(dataDir), server };
}
