import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BlockStore, type History, openStore } from "@/lib/blocks";
import { systemClock } from "@/lib/std/clock";
import { silentLog } from "@/lib/std/log";
import { builtFile } from "../bench-stack";

/** A store of its own in a temporary directory, with its keeper's thread as the engine runs it. */
export interface BenchStore {
  readonly dir: string;
  readonly store: BlockStore & History;
  /** Closes the store and opens it again: nothing that was in memory is left. */
  reopen(): Promise<BlockStore & History>;
  close(): Promise<void>;
}

export async function openBenchStore(): Promise<BenchStore> {
  const dir = await mkdtemp(join(tmpdir(), "offshoot-bench-"));
  const open = () => openStore(dir, { clock: systemClock, log: silentLog, keeperEntry: builtFile("keeper-worker.js") });
  let store = await open();
  return {
    dir,
    get store() {
      return store;
    },
    async reopen() {
      await store.close();
      store = await open();
      return store;
    },
    async close() {
      await store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
