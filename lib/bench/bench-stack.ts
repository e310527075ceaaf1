import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BlockStore, History } from "@/lib/blocks";
import { openStore } from "@/lib/blocks";
import type { Compute, ComputeHost } from "@/lib/compute";
import { createComputeHost } from "@/lib/compute";
import type { Gateway } from "@/lib/gateway";
import { createGateway, ensureCertificates } from "@/lib/gateway";
import { systemClock } from "@/lib/std/clock";
import { newId } from "@/lib/std/ids";
import { silentLog } from "@/lib/std/log";
import { createScramVerifier } from "@/lib/std/scram";

export const PASSWORD = "bench";
/** What lies under Postgres: a volume, a volume without its disk barrier, or a directory by PGlite's NodeFS. */
export type Ground = "volume" | "volume-without-barrier" | "nodefs";

/** A running Postgres behind the gateway. */
export interface Target {
  readonly compute: Compute;
  readonly volumeId: string;
  readonly port: number;
}

/** The engine without its control plane: store, computes and gateway, made of the built files that the engine runs. */
export interface BenchStack {
  readonly dir: string;
  readonly store: BlockStore & History;
  /** A new service of the image. */
  start(ground: Ground, imageId: string): Promise<Target>;
  /** Postgres on a volume that is there. */
  startOn(volumeId: string, ground: Ground, imageId: string): Promise<Target>;
  close(): Promise<void>;
}

export async function openBenchStack(): Promise<BenchStack> {
  const dir = await mkdtemp(join(tmpdir(), "offshoot-bench-"));
  const keeperEntry = builtFile("keeper-worker.js");
  const store = await openStore(join(dir, "store"), { clock: systemClock, log: silentLog, keeperEntry });
  const hosts = createHosts(dir, store);
  const tls = await ensureCertificates(join(dir, "tls"), ["127.0.0.1"]);
  const gateway = createGateway({ host: "127.0.0.1", tls, log: silentLog, clock: systemClock });
  const startOn = async (volumeId: string, ground: Ground, imageId: string) => {
    const compute = await hosts[ground].start({ serviceId: volumeId, volumeId, imageId });
    return { compute, volumeId, port: await openEndpoint(gateway, compute) };
  };
  return {
    dir,
    store,
    startOn,
    async start(ground, imageId) {
      const volumeId = newId();
      await store.fork(await hosts.volume.ensureTemplate(imageId), volumeId);
      return startOn(volumeId, ground, imageId);
    },
    async close() {
      await gateway.shutdown();
      for (const host of Object.values(hosts)) await host.close();
      await store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Benchmarks run from dist/, next to the engine's workers. */
export const builtFile = (name: string): string => join(import.meta.dirname, name);

function createHosts(dir: string, store: BlockStore): Record<Ground, ComputeHost> {
  const createHost = (ground: Ground, entry: string, hostStore: BlockStore) =>
    createComputeHost({
      store: hostStore,
      scratchDir: join(dir, "scratch", ground),
      workerEntry: builtFile(entry),
      log: silentLog,
      clock: systemClock,
    });
  return {
    volume: createHost("volume", "compute-worker.js", store),
    "volume-without-barrier": createHost("volume-without-barrier", "compute-worker.js", withoutBarrier(store)),
    nodefs: createHost("nodefs", "nodefs-worker.js", store),
  };
}

function withoutBarrier(store: BlockStore): BlockStore {
  return {
    ...store,
    async openWriter(volumeId) {
      const { ticket, release } = await store.openWriter(volumeId);
      return { ticket: { ...ticket, barrier: false }, release };
    },
  };
}

async function openEndpoint(gateway: Gateway, compute: Compute): Promise<number> {
  const verifier = await createScramVerifier(PASSWORD);
  const port = await findFreePort();
  await gateway.open({
    serviceId: newId(),
    port,
    findVerifier: async () => verifier,
    acquireBackend: async () => compute,
  });
  return port;
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
