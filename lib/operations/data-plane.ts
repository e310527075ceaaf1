/**
 * What the operations need of the engine, named for what it means. lib/runtime makes it of block store, computes and
 * gateway; another kind of engine would bring its own. Everything here is idempotent: a step may run again after a crash,
 * and what it did in the process that died (a running compute, an open endpoint) is gone then.
 */

/** A consistent cut of a volume: number and microseconds since the epoch. */
export interface Moment {
  readonly commit: number;
  readonly micros: number;
}

export interface ComputeOf {
  readonly serviceId: string;
  readonly volumeId: string;
  readonly imageId: string;
}

export interface DataPlane {
  readonly volumes: {
    /** Makes `volumeId` a fork of the source's newest commit, durable when it resolves; answers where it starts from. */
    fork(sourceId: string, volumeId: string): Promise<Moment>;
    /** Gives the space back, durable when it resolves. Unknown ids are fine. */
    delete(volumeId: string): Promise<void>;
    /** The newest commit, or undefined when there is no such volume. */
    find(volumeId: string): Promise<Moment | undefined>;
  };
  readonly templates: {
    /** The volume that new services of this image are forks of; made when it is first needed, which takes seconds. */
    ensure(imageId: string): Promise<string>;
  };
  readonly computes: {
    /** Resolves when Postgres runs; at once when it does already. */
    start(compute: ComputeOf): Promise<void>;
    /** Everything acknowledged is in the volume when it resolves. Nothing happens when none runs. */
    stop(serviceId: string): Promise<void>;
    /**
     * Makes what clients were told is committed part of the volume's newest commit, after a checkpoint when more than 1 MiB
     * of WAL is pending, within 200 ms. A busy backend is left alone: the newest commit is then taken as it is.
     */
    settle(serviceId: string): Promise<void>;
  };
  readonly endpoints: {
    /** Opens the service's port; CONFLICT when another program holds it. */
    open(endpoint: { serviceId: string; port: number }): Promise<void>;
    /** Ends its sessions, telling them `reason`, and frees the port. */
    close(serviceId: string, reason: string): Promise<void>;
    /** Resolves when a query was answered through the gateway, over TLS, as the role `offshoot_engine`. */
    check(serviceId: string): Promise<void>;
    /** Replaces the sample's tables by the whole sample, loaded through the gateway by COPY. */
    loadSample(serviceId: string, sample: string): Promise<void>;
  };
}
