import { type Orchestrator, type OrchestratorOptions, startOrchestrator } from "@/lib/orchestrator";

const RETRY_MS = 2_000;

/**
 * The orchestrator, started again whenever its queue breaks: a control database that goes away for a while must not end
 * the sessions of people who are connected to their services. Resolves when the first one runs.
 */
export async function startGuardedOrchestrator(options: OrchestratorOptions): Promise<{ stop(): Promise<void> }> {
  const stopping = new AbortController();
  let current: Orchestrator = await startOrchestrator(options);
  const guard = async () => {
    while (!stopping.signal.aborted) {
      await current.ended.catch(() => {});
      if (stopping.signal.aborted) return;
      await options.clock.sleep(RETRY_MS, stopping.signal).catch(() => {});
      if (stopping.signal.aborted) return;
      current = await startOrchestrator({ ...options, isOnlyWorker: false }).catch((err) => {
        options.log.warn({ err }, "The control database is not there; operations wait for it.");
        return { stop: async () => {}, ended: Promise.resolve() };
      });
    }
  };
  const guarded = guard();
  return {
    async stop() {
      stopping.abort();
      await current.stop();
      await guarded;
      // One that was just starting again when the stop came; stopping twice is harmless.
      await current.stop();
    },
  };
}
