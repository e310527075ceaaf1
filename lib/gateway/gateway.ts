import { randomBytes } from "node:crypto";
import { createSecureContext } from "node:tls";
import { assert } from "@/lib/std/assert";
import type { Clock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";
import { createMockVerifier } from "@/lib/std/scram";
import type { Backend, ClientInfo, ServiceEndpoint, ServiceEvent } from "./backend";
import { CancelKeys } from "./cancel-keys";
import { hashForChannelBinding } from "./certificates";
import { DEFAULT_LIMITS, type GatewayLimits } from "./limits";
import { LoginThrottle } from "./login-throttle";
import { Service, type ServiceOptions } from "./service";
import { Turns } from "./turns";

export interface GatewayOptions {
  /** Address to listen on, for all services. */
  readonly host: string;
  /** PEM texts; `cert` may hold a chain. */
  readonly tls: { readonly key: string; readonly cert: string };
  readonly log: Log;
  readonly clock: Clock;
  readonly limits?: Partial<GatewayLimits>;
  /** What committed transactions of a service did, in order; called in the middle of a client's answer, so it must neither wait nor throw. */
  readonly onEvents?: (serviceId: string, events: readonly ServiceEvent[]) => void;
}

/** Postgres's wire protocol in front of services: a port each, TLS, SCRAM, and turns on one backend. */
export interface Gateway {
  /** Listens for a service. Rejects with CONFLICT and a sentence when the port is taken. */
  open(endpoint: ServiceEndpoint): Promise<void>;
  /** Stops listening and ends the service's connections with 57P01 and the reason. Does nothing for a service that is not open. */
  close(serviceId: string, reason: string): Promise<void>;
  /** Asks anew whether the clients of a service may be there, and ends the sessions of those who may not (57P01). */
  recheck(serviceId: string): Promise<void>;
  /** The logged-in clients of a service. */
  connections(serviceId: string): ClientInfo[];
  /** Closes every service. */
  shutdown(): Promise<void>;
}

const SHUTDOWN_REASON = "terminating connection: the service is being stopped";

/** Makes a gateway; it listens nowhere until a service is opened. */
export function createGateway(options: GatewayOptions): Gateway {
  const services = new Map<string, Service>();
  const settings = toServiceSettings(options);
  const close = async (serviceId: string, reason: string) => {
    const service = services.get(serviceId);
    services.delete(serviceId);
    await service?.close(reason);
  };
  return {
    async open(endpoint) {
      assert(!services.has(endpoint.serviceId), "a service is opened once");
      const service = new Service({ ...settings, endpoint });
      services.set(endpoint.serviceId, service);
      await service.listen().catch((error: unknown) => {
        services.delete(endpoint.serviceId);
        throw error;
      });
    },
    close,
    recheck: async (serviceId) => services.get(serviceId)?.recheck(),
    connections: (serviceId) => services.get(serviceId)?.connections ?? [],
    async shutdown() {
      await Promise.all([...services.keys()].map((serviceId) => close(serviceId, SHUTDOWN_REASON)));
    },
  };
}

function toServiceSettings({
  host,
  tls,
  log,
  clock,
  limits,
  onEvents,
}: GatewayOptions): Omit<ServiceOptions, "endpoint"> {
  const merged = { ...DEFAULT_LIMITS, ...limits };
  const mockSecret = randomBytes(32);
  // A service that is closed and opened again may still have the same backend, which has one reader only.
  const turns = new WeakMap<Backend, Turns>();
  return {
    host,
    log,
    clock,
    limits: merged,
    cancelKeys: new CancelKeys(),
    throttle: new LoginThrottle(clock, merged.failedLoginsPerMinute),
    login: {
      secureContext: createSecureContext({ key: tls.key, cert: tls.cert, minVersion: "TLSv1.2" }),
      certificateHash: hashForChannelBinding(tls.cert),
      createMockVerifier: (role) => createMockVerifier(role, mockSecret),
    },
    turnsOf(backend, serviceId) {
      const existing = turns.get(backend);
      if (existing) return existing;
      const created = new Turns({
        backend,
        clock,
        log,
        limits: merged,
        onEvents: (events) => onEvents?.(serviceId, events),
      });
      turns.set(backend, created);
      created.start();
      return created;
    },
  };
}
