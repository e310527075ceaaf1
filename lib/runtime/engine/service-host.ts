import type { ComputeHost } from "@/lib/compute";
import type { Database } from "@/lib/db";
import type { Gateway } from "@/lib/gateway";
import { findScramVerifier, listServed, markRecovered, markUnstable, type ServedService } from "@/lib/services";
import type { Clock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";
import { ENGINE_ROLE, type EngineLogin } from "./engine-login";
import { HostedService } from "./hosted-service";

/** What is needed to serve a service. */
export type Served = Omit<ServedService, "name">;

export interface ServiceHostOptions {
  readonly computes: ComputeHost;
  readonly gateway: Gateway;
  readonly db: Database;
  readonly login: EngineLogin;
  readonly clock: Clock;
  readonly log: Log;
}

/** All services that this engine serves: for each a Postgres that is kept running, and its endpoint. */
export class ServiceHost {
  readonly #options: ServiceHostOptions;
  readonly #hosted = new Map<string, HostedService>();

  constructor(options: ServiceHostOptions) {
    this.#options = options;
  }

  /** Opens the endpoints of all services that should have one; their Postgres is started by `startAll` or by a client. */
  async openAll(): Promise<void> {
    const served = await listServed(this.#options.db);
    await Promise.all(served.map((service) => this.#openOrReport(service)));
  }

  /** Starts one after the other, so that a client who connects meanwhile has the machine nearly to itself. */
  async startAll(signal: AbortSignal): Promise<void> {
    for (const hosted of [...this.#hosted.values()]) {
      if (signal.aborted) return;
      await hosted.acquire().catch(() => {}); // reported and tried again by itself
    }
  }

  /** Lets clients in. Asking again is harmless. */
  async open(service: Served): Promise<void> {
    const hosted = this.#host(service);
    const { gateway, db, login } = this.#options;
    const { serviceId, port } = service;
    await gateway.open({
      serviceId,
      port,
      findVerifier: async (role) => {
        if (role === ENGINE_ROLE) return login.verifier;
        return role === "tsdbadmin" ? findScramVerifier(db, serviceId) : undefined;
      },
      acquireBackend: () => hosted.acquire(),
    });
  }

  /** Ends all sessions and lets nobody in; `reason` is what the clients are told. Unknown services are fine. */
  close(serviceId: string, reason: string): Promise<void> {
    return this.#options.gateway.close(serviceId, reason);
  }

  async start(service: Served): Promise<void> {
    await this.#host(service).acquire();
  }

  /** Ends the service's Postgres with everything acknowledged on the disk. Unknown services are fine. */
  async stop(serviceId: string): Promise<void> {
    await this.#hosted.get(serviceId)?.stop();
    this.#hosted.delete(serviceId);
  }

  /** The service's Postgres if it is running or starting. */
  find(serviceId: string) {
    return this.#hosted.get(serviceId)?.find();
  }

  /** Rejects unless a query is answered through the service's endpoint. */
  async check(port: number): Promise<void> {
    const client = await this.#options.login.connect(port);
    try {
      await client.query("SELECT 1");
    } finally {
      await client.end();
    }
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#hosted.keys()].map((serviceId) => this.stop(serviceId)));
  }

  #host(service: Served): HostedService {
    const found = this.#hosted.get(service.serviceId);
    if (found) return found;
    const { computes, clock, log } = this.#options;
    const { serviceId, volumeId, imageId } = service;
    const hosted = new HostedService({
      serviceId,
      clock,
      log,
      startCompute: () => computes.start({ serviceId, volumeId, imageId }),
      onUnstable: (reason) => this.#report(serviceId, markUnstable(this.#options.db, serviceId, reason)),
      onRecovered: () => this.#report(serviceId, this.#recover(service)),
    });
    this.#hosted.set(serviceId, hosted);
    return hosted;
  }

  async #recover({ serviceId, port }: Served): Promise<void> {
    await this.check(port);
    await markRecovered(this.#options.db, serviceId);
  }

  #report(serviceId: string, outcome: Promise<unknown>): void {
    outcome.catch((err) =>
      this.#options.log.error({ err, serviceId }, `the state of service ${serviceId} could not be written`),
    );
  }

  async #openOrReport(service: ServedService): Promise<void> {
    try {
      await this.open(service);
      // A service that the engine left unstable may be well now; its start decides.
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.log.warn(
        { serviceId: service.serviceId, port: service.port },
        `The endpoint of ${service.name} is closed: ${reason}`,
      );
      await markUnstable(this.#options.db, service.serviceId, reason);
    }
  }
}
