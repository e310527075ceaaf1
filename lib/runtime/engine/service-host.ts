import type { ComputeHost } from "@/lib/compute";
import type { Database } from "@/lib/db";
import type { Gateway } from "@/lib/gateway";
import { type ComputeOf, checkEndpoint, ENGINE_ROLE } from "@/lib/operations";
import {
  findConnectionLimit,
  findObstacle,
  findScramVerifier,
  isAddressAllowed,
  listServed,
  markRecovered,
  markUnstable,
  type ServedService,
} from "@/lib/services";
import { AppError } from "@/lib/std/app-error";
import { assert } from "@/lib/std/assert";
import type { Clock } from "@/lib/std/clock";
import type { Log } from "@/lib/std/log";
import type { EngineLogin } from "./engine-login";
import { HostedService } from "./hosted-service";
import type { MeterSampler } from "./meter-sampler";

export interface ServiceHostOptions {
  readonly computes: ComputeHost;
  readonly gateway: Gateway;
  readonly db: Database;
  readonly login: EngineLogin;
  readonly meter: Pick<MeterSampler, "started" | "stopped">;
  readonly clock: Clock;
  readonly log: Log;
}

// A port that another program holds is asked for again this often; that program may end.
const REOPEN_MS = 15_000;

/** All services that this engine serves: for each a Postgres that is kept running, and its endpoint. */
export class ServiceHost {
  readonly #options: ServiceHostOptions;
  readonly #hosted = new Map<string, HostedService>();
  readonly #endpoints = new Map<string, { port: number; opened: Promise<void> }>();
  #stopping = false;

  constructor(options: ServiceHostOptions) {
    this.#options = options;
  }

  /** Opens the endpoints of all services that should have one. Their Postgres is started by `startAll`, or by a client. */
  async openAll(): Promise<void> {
    const served = await listServed(this.#options.db);
    for (const service of served) if (!service.isAsleep) this.#host(service);
    await Promise.all(served.map((service) => this.#openOrReport(service)));
  }

  /** Starts one after the other: a client who connects meanwhile has the machine nearly to itself. */
  async startAll(): Promise<void> {
    for (const [serviceId, hosted] of [...this.#hosted]) {
      if (this.#stopping) return;
      const started = await hosted.acquire().then(
        () => true,
        () => false, // reported where it failed, and tried again
      );
      // A predecessor may have left it unstable.
      if (started) this.#report(serviceId, this.#recover(serviceId));
    }
  }

  /** Lets clients in. Asking again is harmless. */
  open({ serviceId, port }: { serviceId: string; port: number }): Promise<void> {
    const found = this.#endpoints.get(serviceId);
    if (found) return found.opened;
    const opened = this.#openEndpoint(serviceId, port);
    this.#endpoints.set(serviceId, { port, opened });
    opened.catch(() => {
      if (this.#endpoints.get(serviceId)?.opened === opened) this.#endpoints.delete(serviceId);
    });
    return opened;
  }

  #openEndpoint(serviceId: string, port: number): Promise<void> {
    const { gateway, db, login, clock } = this.#options;
    return gateway.open({
      serviceId,
      port,
      findVerifier: async (role) => {
        if (role === ENGINE_ROLE) return login.verifier;
        return role === "tsdbadmin" ? findScramVerifier(db, serviceId) : undefined;
      },
      allows: (address, role) => this.#allows(serviceId, address, role),
      // A client's transaction would be in the way of the steps that are left, and be lost if one of them failed.
      findObstacle: async (role) => (role === ENGINE_ROLE ? undefined : findObstacle(db, serviceId, clock.nowMs())),
      // A size's last session is no reason to call its service unwell.
      findConnectionLimit: async (role) => (role === ENGINE_ROLE ? undefined : findConnectionLimit(db, serviceId)),
      acquireBackend: async () => this.#getHosted(serviceId).acquire(),
    });
  }

  /** Newcomers are judged by the row as it is. The engine comes from the machine itself, which no list has to name. */
  async #allows(serviceId: string, address: string, role: string | undefined): Promise<boolean> {
    const { db, login } = this.#options;
    const maybeEngine = (role === undefined || role === ENGINE_ROLE) && login.comesFrom(address);
    return maybeEngine || (await isAddressAllowed(db, serviceId, address));
  }

  /** Ends the sessions that the service's allow list no longer allows. */
  recheck(serviceId: string): Promise<void> {
    return this.#options.gateway.recheck(serviceId);
  }

  /** Ends all sessions and lets nobody in; `reason` is what the clients are told. Unknown services are fine. */
  async close(serviceId: string, reason: string): Promise<void> {
    this.#endpoints.delete(serviceId);
    await this.#options.gateway.close(serviceId, reason);
  }

  /** Resolves when the service's Postgres runs. */
  async start(compute: ComputeOf): Promise<void> {
    await this.#host(compute).acquire();
  }

  /** Ends the service's Postgres with everything acknowledged on the disk. Unknown services are fine. */
  async stop(serviceId: string): Promise<void> {
    const hosted = this.#hosted.get(serviceId);
    await hosted?.stop();
    // Only now: until its worker has ended, nobody else may write the volume.
    if (this.#hosted.get(serviceId) === hosted) this.#hosted.delete(serviceId);
  }

  /** The service's Postgres if it is running or starting. */
  find(serviceId: string) {
    return this.#hosted.get(serviceId)?.find();
  }

  /** What runs, and what is open: for whoever compares it with the rows. */
  list(): { running: string[]; open: string[] } {
    return { running: [...this.#hosted.keys()], open: [...this.#endpoints.keys()] };
  }

  /** The port of a service whose endpoint is open. */
  getPort(serviceId: string): number {
    const endpoint = this.#endpoints.get(serviceId);
    assert(endpoint, `the endpoint of service ${serviceId} is open`);
    return endpoint.port;
  }

  /** Lets nobody in, ends all sessions, and then each Postgres with everything acknowledged on the disk. */
  async shutdown(): Promise<void> {
    this.#stopping = true;
    await this.#options.gateway.shutdown();
    await Promise.all([...this.#hosted.keys()].map((serviceId) => this.stop(serviceId)));
  }

  #getHosted(serviceId: string): HostedService {
    const hosted = this.#hosted.get(serviceId);
    if (!hosted) throw new AppError("CONTROL_PLANE", "This service is being stopped.");
    return hosted;
  }

  #host({ serviceId, volumeId, imageId, size }: ComputeOf): HostedService {
    const found = this.#hosted.get(serviceId);
    if (found) return found;
    const { computes, clock, log, db, meter } = this.#options;
    const hosted = new HostedService({
      serviceId,
      clock,
      log,
      startCompute: async () => {
        const compute = await computes.start({ serviceId, volumeId, imageId, size });
        meter.started(serviceId, size);
        void compute.exited.then(() => meter.stopped(serviceId));
        return compute;
      },
      onUnstable: (reason) => this.#report(serviceId, markUnstable(db, serviceId, { reason, nowMs: clock.nowMs() })),
      onRecovered: () => this.#report(serviceId, this.#recover(serviceId)),
    });
    this.#hosted.set(serviceId, hosted);
    return hosted;
  }

  /** READY again, if it was unstable and answers. */
  async #recover(serviceId: string): Promise<void> {
    const endpoint = this.#endpoints.get(serviceId);
    if (!endpoint || this.#stopping) return;
    await checkEndpoint(this.#options.login.at(endpoint.port));
    const { db, clock } = this.#options;
    await markRecovered(db, serviceId, clock.nowMs());
  }

  #report(serviceId: string, outcome: Promise<unknown>): void {
    const { log } = this.#options;
    outcome.catch((err) => {
      if (!this.#stopping)
        log.error({ err, serviceId }, `Whether service ${serviceId} is well could not be found out.`);
    });
  }

  async #openOrReport(service: ServedService): Promise<void> {
    const { serviceId, name, port } = service;
    const { log, clock, db } = this.#options;
    try {
      await this.open(service);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ serviceId, port }, `The endpoint of ${name} is closed: ${reason}`);
      // First: the control database may be away, and the endpoint has to be tried again all the same.
      clock.after(REOPEN_MS, () => this.#report(serviceId, this.#reopen(service)));
      await markUnstable(db, serviceId, { reason, nowMs: clock.nowMs() });
    }
  }

  async #reopen(service: ServedService): Promise<void> {
    const { serviceId, isAsleep } = service;
    // Deleted or stopped meanwhile: then it wants no endpoint.
    if (this.#stopping || this.#endpoints.has(serviceId) || this.#hosted.has(serviceId) === isAsleep) return;
    await this.#openOrReport(service);
    if (!isAsleep) await this.#recover(serviceId);
  }
}
