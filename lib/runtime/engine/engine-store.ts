import type { BlockStore, History } from "@/lib/blocks";

/** The block store as the engine uses it: volumes, and their history. */
export type EngineStore = BlockStore & History;
