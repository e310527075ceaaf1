import { type BlockStore, openVolume, type Volume } from "@/lib/blocks";
import type { DataPlane } from "@/lib/operations";
import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";

type Act =
  | "volumes.fork"
  | "volumes.delete"
  | "templates.ensure"
  | "computes.start"
  | "computes.stop"
  | "computes.settle"
  | "endpoints.open"
  | "endpoints.close"
  | "endpoints.check"
  | "endpoints.loadSample";

interface SimulatedCompute {
  readonly volumeId: string;
  readonly volume: Volume;
  release(): Promise<void>;
}

const ROWS = "/rows";

/**
 * A simulation of the engine's data plane, on a real block store: its volumes are real, its Postgres is a list of rows in a
 * file, its gateway is a set of open ports. It passes the suite that the real one passes (lib/operations/data-plane.suite.ts).
 */
export class SimulatedDataPlane implements DataPlane {
  readonly #store: BlockStore;
  readonly #computes = new Map<string, SimulatedCompute>();
  readonly #ports = new Map<string, number>();
  readonly #failures = new Map<Act, Error[]>();
  /** What was done, in order: `computes.start prod000000`. */
  readonly acts: string[] = [];

  constructor(store: BlockStore) {
    this.#store = store;
  }

  /** The next time this is done, it fails so. */
  failNext(act: Act, ...errors: Error[]): void {
    this.#failures.set(act, [...(this.#failures.get(act) ?? []), ...errors]);
  }

  /** As when the process is killed: what is committed stays, what ran and what was open is gone. */
  async crash(): Promise<void> {
    for (const { volume, release } of this.#computes.values()) {
      volume.close();
      await release();
    }
    this.#computes.clear();
    this.#ports.clear();
    this.#failures.clear();
  }

  isRunning = (serviceId: string): boolean => this.#computes.has(serviceId);

  findPort = (serviceId: string): number | undefined => this.#ports.get(serviceId);

  /** A client's transaction: acknowledged, so committed. */
  insert(serviceId: string, row: string): void {
    const { volume } = this.#reach(serviceId);
    writeRows(volume, [...readRows(volume), row]);
    volume.commit();
  }

  rows = (serviceId: string): string[] => readRows(this.#reach(serviceId).volume);

  readonly volumes: DataPlane["volumes"] = {
    fork: async (sourceId, volumeId) => {
      this.#act("volumes.fork", volumeId);
      return (await this.#store.fork(sourceId, volumeId)).base;
    },
    delete: async (volumeId) => {
      this.#act("volumes.delete", volumeId);
      await this.#store.delete(volumeId);
    },
    find: async (volumeId) => (await this.#store.find(volumeId))?.head,
  };

  readonly templates: DataPlane["templates"] = {
    ensure: async (imageId) => {
      this.#act("templates.ensure", imageId);
      const volumeId = `template-${imageId}`;
      if (!(await this.#store.find(volumeId))) await this.#store.create(volumeId);
      return volumeId;
    },
  };

  readonly computes: DataPlane["computes"] = {
    start: async ({ serviceId, volumeId }) => {
      this.#act("computes.start", serviceId);
      if (this.#computes.has(serviceId)) return;
      const { ticket, release } = await this.#store.openWriter(volumeId);
      this.#computes.set(serviceId, { volumeId, volume: openVolume(ticket), release });
    },
    stop: async (serviceId) => {
      this.#act("computes.stop", serviceId);
      const compute = this.#computes.get(serviceId);
      this.#computes.delete(serviceId);
      compute?.volume.close();
      await compute?.release();
    },
    settle: async (serviceId) => {
      this.#act("computes.settle", serviceId);
      const compute = this.#computes.get(serviceId);
      if (compute?.volume.dirty) compute.volume.commit();
    },
  };

  readonly endpoints: DataPlane["endpoints"] = {
    open: async ({ serviceId, port }) => {
      this.#act("endpoints.open", serviceId);
      const holder = [...this.#ports].find(([, taken]) => taken === port)?.[0];
      if (holder !== undefined && holder !== serviceId)
        throw new AppError("CONFLICT", `Port ${port} is in use by another program.`);
      this.#ports.set(serviceId, port);
    },
    close: async (serviceId) => {
      this.#act("endpoints.close", serviceId);
      this.#ports.delete(serviceId);
    },
    check: async (serviceId) => {
      this.#act("endpoints.check", serviceId);
      this.#reach(serviceId);
    },
    loadSample: async (serviceId, sample) => {
      this.#act("endpoints.loadSample", serviceId);
      const { volume } = this.#reach(serviceId);
      writeRows(volume, [`${sample} 1`, `${sample} 2`]);
      volume.commit();
    },
  };

  #act(act: Act, what: string): void {
    this.acts.push(`${act} ${what}`);
    const error = this.#failures.get(act)?.shift();
    if (error) throw error;
  }

  #reach(serviceId: string): SimulatedCompute {
    const compute = this.#computes.get(serviceId);
    assert(this.#ports.has(serviceId), `the endpoint of ${serviceId} is open`);
    assert(compute, `the Postgres of ${serviceId} runs`);
    return compute;
  }
}

function readRows(volume: Volume): string[] {
  const inode = volume.lookup(ROWS);
  if (inode === undefined) return [];
  const bytes = new Uint8Array(volume.stat(inode).sizeBytes);
  volume.read(inode, bytes, 0);
  return Buffer.from(bytes).toString().split("\n").filter(Boolean);
}

function writeRows(volume: Volume, rows: readonly string[]): void {
  const inode = volume.lookup(ROWS) ?? volume.create(ROWS, 0o600);
  const bytes = Buffer.from(rows.map((row) => `${row}\n`).join(""));
  volume.truncate(inode, bytes.length);
  volume.write(inode, bytes, 0);
}
