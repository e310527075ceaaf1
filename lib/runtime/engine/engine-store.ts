import type { At, BlockStore, ForkResult, History } from "@/lib/blocks";

/** The block store as the engine uses it: volumes, and their history. */
export type EngineStore = BlockStore &
  History & {
    fork(sourceId: string, volumeId: string, at?: At): Promise<ForkResult>;
  };
