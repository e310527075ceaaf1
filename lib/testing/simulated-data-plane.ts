import type { DataPlane, Switch } from "@/lib/operations";
import { markBase } from "@/lib/runtime/engine/data-plane";
import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import type { OpenRows, RowStore } from "./row-store";

type Act =
  | "volumes.fork"
  | "volumes.delete"
  | "volumes.retain"
  | "volumes.release"
  | "volumes.markBase"
  | "volumes.takeSnapshot"
  | "templates.ensure"
  | "computes.start"
  | "computes.stop"
  | "computes.settle"
  | "computes.visit"
  | "endpoints.open"
  | "endpoints.close"
  | "endpoints.check"
  | "endpoints.loadSample"
  | "endpoints.recheck"
  | "switches.list"
  | "switches.turnOff"
  | "switches.turnOn";

/** One for all images, with an id as the real ones have. */
const TEMPLATE = "tpl0000000";

const SWITCH = "switch ";

/** A row that stands for something that acts by itself. */
export const switchRow = (one: Switch): string => SWITCH + JSON.stringify(one);

const findSwitch = (row: string): Switch[] =>
  row.startsWith(SWITCH) ? [JSON.parse(row.slice(SWITCH.length)) as Switch] : [];

/**
 * A simulation of the engine's data plane: its volumes are a store's, real or in memory, its Postgres is a list of rows, its
 * gateway is a set of open ports. It passes the suite that the real one passes (lib/operations/data-plane.suite.ts).
 */
export class SimulatedDataPlane implements DataPlane {
  readonly #store: RowStore;
  readonly #computes = new Map<string, OpenRows>();
  readonly #ports = new Map<string, number>();
  readonly #failures = new Map<Act, Error[]>();
  /** What was done, in order: `computes.start prod000000`. */
  readonly acts: string[] = [];

  constructor(store: RowStore) {
    this.#store = store;
  }

  /** The next time this is done, it fails so. */
  failNext(act: Act, ...errors: Error[]): void {
    this.#failures.set(act, [...(this.#failures.get(act) ?? []), ...errors]);
  }

  /** As when the process is killed: what is committed stays, what ran and what was open is gone. */
  async crash(): Promise<void> {
    for (const rows of this.#computes.values()) await rows.close();
    this.#computes.clear();
    this.#ports.clear();
    this.#failures.clear();
  }

  list = () => ({ running: [...this.#computes.keys()], open: [...this.#ports.keys()] });

  /** The different ones since so many were done. */
  actsSince = (count: number): Act[] => [...new Set(this.acts.slice(count).map((act) => act.split(" ")[0] as Act))];

  isRunning = (serviceId: string): boolean => this.#computes.has(serviceId);

  findPort = (serviceId: string): number | undefined => this.#ports.get(serviceId);

  /** A client's transaction: acknowledged, so committed. */
  insert(serviceId: string, row: string): void {
    const rows = this.#reach(serviceId);
    rows.write([...rows.read(), row]);
  }

  rows = (serviceId: string): string[] => this.#reach(serviceId).read();

  readonly volumes: DataPlane["volumes"] = {
    fork: async (sourceId, volumeId, commit) => {
      this.#act("volumes.fork", volumeId);
      const at = commit === undefined ? undefined : { commit };
      const { base, firstLeftOutMicros } = await this.#store.fork(sourceId, volumeId, at);
      return { ...base, firstLeftOutMicros };
    },
    retain: async (volumeId, retention) => {
      this.#act("volumes.retain", volumeId);
      await this.#store.setRetention(volumeId, retention);
    },
    release: async (volumeId, holdId) => {
      this.#act("volumes.release", volumeId);
      if (await this.#store.find(volumeId)) await this.#store.releaseHold(volumeId, holdId);
    },
    markBase: async (volumeId) => {
      this.#act("volumes.markBase", volumeId);
      await markBase(this.#store, volumeId);
    },
    takeSnapshot: async (volumeId, snapshot) => {
      this.#act("volumes.takeSnapshot", volumeId);
      return this.#store.takeSnapshot(volumeId, { ...snapshot, kind: "manual" });
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
      const volumeId = TEMPLATE;
      if (!(await this.#store.find(volumeId))) await this.#store.create(volumeId);
      return volumeId;
    },
  };

  readonly computes: DataPlane["computes"] = {
    start: async ({ serviceId, volumeId }) => {
      this.#act("computes.start", serviceId);
      if (this.#computes.has(serviceId)) return;
      this.#computes.set(serviceId, await this.#store.openRows(volumeId));
    },
    stop: async (serviceId) => {
      this.#act("computes.stop", serviceId);
      const rows = this.#computes.get(serviceId);
      this.#computes.delete(serviceId);
      await rows?.close();
    },
    settle: async (serviceId) => {
      this.#act("computes.settle", serviceId);
    },
    visit: async ({ volumeId }, { ask }) => {
      this.#act("computes.visit", volumeId);
      const rows = await this.#store.openRows(volumeId);
      try {
        return await ask(async () => []);
      } finally {
        await rows.close();
      }
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
      this.#reach(serviceId).write([`${sample} 1`, `${sample} 2`]);
    },
    recheck: async (serviceId) => {
      this.#act("endpoints.recheck", serviceId);
    },
  };

  // In rows of their own, so that they are in the volume as they are in Postgres's catalogues.
  readonly switches: DataPlane["switches"] = {
    list: async (serviceId) => {
      this.#act("switches.list", serviceId);
      return this.#reach(serviceId).read().flatMap(findSwitch);
    },
    turnOff: async (serviceId, switches) => {
      this.#act("switches.turnOff", serviceId);
      this.#turn(
        serviceId,
        switches.map(({ name }) => name),
        false,
      );
    },
    turnOn: async (serviceId, { item }) => {
      this.#act("switches.turnOn", serviceId);
      this.#turn(serviceId, [item.name], true);
    },
  };

  #turn(serviceId: string, names: readonly string[], isOn: boolean): void {
    const rows = this.#reach(serviceId);
    const turned = (row: string) =>
      findSwitch(row).map((one) => (names.includes(one.name) ? switchRow({ ...one, isOn }) : row));
    rows.write(rows.read().map((row) => turned(row)[0] ?? row));
  }

  #act(act: Act, what: string): void {
    this.acts.push(`${act} ${what}`);
    const error = this.#failures.get(act)?.shift();
    if (error) throw error;
  }

  #reach(serviceId: string): OpenRows {
    const compute = this.#computes.get(serviceId);
    assert(this.#ports.has(serviceId), `the endpoint of ${serviceId} is open`);
    assert(compute, `the Postgres of ${serviceId} runs`);
    return compute;
  }
}
