import type { BlockStore } from "@/lib/blocks";
import type { ComputeHost } from "@/lib/compute";
import { checkEndpoint, type DataPlane, loadSample } from "@/lib/operations";
import type { Clock } from "@/lib/std/clock";
import type { EngineLogin } from "./engine-login";
import type { ServiceHost } from "./service-host";
import { settle } from "./settle";

export interface DataPlaneParts {
  readonly store: BlockStore;
  readonly computes: ComputeHost;
  readonly services: ServiceHost;
  readonly login: EngineLogin;
  readonly clock: Clock;
}

/** The operations' view of the engine, made of the block store, the computes and the gateway. */
export function makeDataPlane({ store, computes, services, login, clock }: DataPlaneParts): DataPlane {
  return {
    volumes: {
      fork: async (sourceId, volumeId) => (await store.fork(sourceId, volumeId)).base,
      delete: (volumeId) => store.delete(volumeId),
      find: async (volumeId) => (await store.find(volumeId))?.head,
    },
    templates: { ensure: (imageId) => computes.ensureTemplate(imageId) },
    computes: {
      start: (compute) => services.start(compute),
      stop: (serviceId) => services.stop(serviceId),
      settle: (serviceId) => settle(services.find(serviceId), clock),
    },
    endpoints: {
      open: (endpoint) => services.open(endpoint),
      close: (serviceId, reason) => services.close(serviceId, reason),
      check: async (serviceId) => checkEndpoint(login.at(services.getPort(serviceId))),
      loadSample: async (serviceId, sample) => loadSample(login.at(services.getPort(serviceId)), sample),
    },
  };
}
