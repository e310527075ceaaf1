import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { BlockStore, History } from "@/lib/blocks";
import { openStore } from "@/lib/blocks";
import type { Compute, ComputeHost } from "@/lib/compute";
import { createComputeHost } from "@/lib/compute";
import type { ServiceSize } from "@/lib/schemas/size";
import { systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import type { Log } from "@/lib/std/log";
import { silentLog } from "@/lib/std/log";
import { BackendClient } from "./backend-client";

const ENTRIES = {
  "keeper-worker": fileURLToPath(new URL("../blocks/keeper/keeper-worker.ts", import.meta.url)),
  "compute-worker": fileURLToPath(new URL("../compute/worker.ts", import.meta.url)),
};

export interface RunningService {
  readonly serviceId: string;
  readonly volumeId: string;
  readonly imageId: string;
  readonly compute: Compute;
  readonly sql: BackendClient;
}

/** A store and a compute host in a directory of their own, with the workers bundled as `npm run build` does. */
export interface ComputeFixture {
  readonly dir: string;
  readonly store: BlockStore & History;
  readonly host: ComputeHost;
  /** A new service: a fork of the image's template, started. */
  create(imageId: string): Promise<RunningService>;
  /** Starts Postgres on a volume that is there. */
  start(service: Pick<RunningService, "volumeId" | "imageId">, size?: ServiceSize): Promise<RunningService>;
  /** A started fork of the newest commit. */
  fork(service: RunningService): Promise<RunningService>;
  close(): Promise<void>;
}

export async function openComputeFixture(log: Log = silentLog): Promise<ComputeFixture> {
  const dir = await mkdtemp(join(tmpdir(), "offshoot-compute-"));
  await build({
    entryPoints: ENTRIES,
    outdir: dir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
  });
  const keeperEntry = join(dir, "keeper-worker.mjs");
  const store = await openStore(join(dir, "store"), { clock: systemClock, log, keeperEntry });
  const workerEntry = join(dir, "compute-worker.mjs");
  const host = createComputeHost({ store, scratchDir: join(dir, "scratch"), workerEntry, log, clock: systemClock });
  return { dir, store, host, ...services(store, host), close: () => close({ dir, store, host }) };
}

function services(store: BlockStore, host: ComputeHost): Pick<ComputeFixture, "create" | "start" | "fork"> {
  const start: ComputeFixture["start"] = async ({ volumeId, imageId }, size) => {
    const serviceId = newId();
    const compute = await host.start({ serviceId, volumeId, imageId, ...(size && { size }) });
    return { serviceId, volumeId, imageId, compute, sql: new BackendClient(compute) };
  };
  const startForkOf = async (sourceId: string, imageId: string) => {
    const volumeId = newId();
    await store.fork(sourceId, volumeId);
    return start({ volumeId, imageId });
  };
  return {
    start,
    create: async (imageId) => startForkOf(await host.ensureTemplate(imageId), imageId),
    fork: ({ volumeId, imageId }) => startForkOf(volumeId, imageId),
  };
}

async function close({ dir, store, host }: Pick<ComputeFixture, "dir" | "store" | "host">): Promise<void> {
  await host.close();
  await store.close();
  await rm(dir, { recursive: true, force: true });
}
