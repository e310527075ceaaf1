import type { ComputeHost } from "@/lib/compute";
import { checkEndpoint, type DataPlane, listSwitches, loadSample, turnOff, turnOn } from "@/lib/operations";
import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import type { Clock } from "@/lib/std/clock";
import type { EngineLogin } from "./engine-login";
import type { EngineStore } from "./engine-store";
import type { ServiceHost } from "./service-host";
import { settle } from "./settle";
import { visitVolume } from "./visit-volume";

export interface DataPlaneParts {
  readonly store: EngineStore;
  readonly computes: ComputeHost;
  readonly services: ServiceHost;
  readonly login: EngineLogin;
  readonly clock: Clock;
}

/** The operations' view of the engine, made of the block store, the computes and the gateway. */
export function makeDataPlane({ store, computes, services, login, clock }: DataPlaneParts): DataPlane {
  return {
    volumes: {
      fork: async (sourceId, volumeId, commit) => {
        const at = commit === undefined ? undefined : { commit };
        const { base, firstLeftOutMicros } = await store.fork(sourceId, volumeId, at);
        return { ...base, firstLeftOutMicros };
      },
      retain: (volumeId, retention) => store.setRetention(volumeId, retention),
      release: (volumeId, holdId) => releaseIfThere(store, volumeId, holdId),
      markBase: (volumeId) => markBase(store, volumeId),
      takeSnapshot: (volumeId, snapshot) => store.takeSnapshot(volumeId, { ...snapshot, kind: "manual" }),
      delete: (volumeId) => store.delete(volumeId),
      find: async (volumeId) => (await store.find(volumeId))?.head,
    },
    templates: { ensure: (imageId) => computes.ensureTemplate(imageId) },
    computes: {
      start: (compute) => services.start(compute),
      stop: (serviceId) => services.stop(serviceId),
      settle: (serviceId, before) => settle(services.find(serviceId), clock, before),
      visit: (volume, visit) => visitVolume({ computes, clock }, volume, visit),
    },
    endpoints: {
      open: (endpoint) => services.open(endpoint),
      close: (serviceId, reason) => services.close(serviceId, reason),
      check: async (serviceId) => checkEndpoint(login.at(services.getPort(serviceId))),
      loadSample: async (serviceId, sample) => loadSample(login.at(services.getPort(serviceId)), sample),
      recheck: (serviceId) => services.recheck(serviceId),
    },
    switches: {
      list: async (serviceId) => listSwitches(login.at(services.getPort(serviceId))),
      turnOff: async (serviceId, switches) => turnOff(login.at(services.getPort(serviceId)), switches),
      turnOn: async (serviceId, wanted) => turnOn(login.at(services.getPort(serviceId)), wanted),
    },
  };
}

/** The volume's own id names the mark. A hold without end: guards last as long as the window, and snapshots are people's. */
export async function markBase(store: Pick<EngineStore, "find" | "hold">, volumeId: string): Promise<void> {
  const volume = await store.find(volumeId);
  assert(volume, `volume ${volumeId} is there before it is marked`);
  const at = { commit: volume.head.commit };
  await store.hold(volumeId, { holdId: volumeId, at, untilMicros: Number.MAX_SAFE_INTEGER });
}

/** The hold is gone when this resolves, also when its lease or its volume went first. */
export async function releaseIfThere(
  store: Pick<EngineStore, "releaseHold">,
  volumeId: string,
  holdId: string,
): Promise<void> {
  try {
    await store.releaseHold(volumeId, holdId);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "NOT_FOUND") throw error;
  }
}
