import type { BlockStore } from "@/lib/blocks";
import type { EngineHandlers, EngineHealth } from "@/lib/engine-client";
import type { Gateway } from "@/lib/gateway";

interface Sources {
  readonly store: BlockStore;
  readonly gateway: Gateway;
}

/**
 * Answers what web asks. The socket is bound before anything else, because it is the lock of the data directory; until
 * store and gateway are there, everything but `health` has an empty answer.
 */
export function answerQuestions(health: () => EngineHealth): {
  handlers: EngineHandlers;
  open(sources: Sources): void;
} {
  let sources: Sources | undefined;
  return {
    open(opened) {
      sources = opened;
    },
    handlers: {
      health,
      storage: async ({ volumeIds }) => Object.fromEntries((await sources?.store.storage(volumeIds)) ?? []),
      connections: ({ serviceIds }) => {
        const { gateway } = sources ?? {};
        if (!gateway) return {};
        return Object.fromEntries(serviceIds.map((id) => [id, gateway.connections(id).map(toConnectionInfo)]));
      },
    },
  };
}
