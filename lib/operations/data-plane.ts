/**
 * What the operations need of the engine, named for what it means. lib/runtime makes it of block store, computes and
 * gateway; another kind of engine would bring its own. Everything here is idempotent: a step may run again after a crash,
 * and what it did in the process that died (a running compute, an open endpoint) is gone then.
 */

import type { ServiceSize } from "@/lib/schemas/size";
import type { Switch, SwitchOn } from "./switches";

/** A consistent cut of a volume: number and microseconds since the epoch. */
export interface Moment {
  readonly commit: number;
  readonly micros: number;
}

/** Where a fork starts from. */
export interface ForkOrigin extends Moment {
  /** When the first commit of the source was made that is not in the fork; undefined when there is none. */
  readonly firstLeftOutMicros: number | undefined;
}

/** How far back a volume can be read and forked: a length, and the bytes that it may take. */
export interface Retention {
  readonly micros: number;
  readonly bytes: number;
}

export interface NewSnapshot {
  /** The same id is the same snapshot. */
  readonly snapshotId: string;
  readonly name: string;
}

export interface ComputeOf {
  readonly serviceId: string;
  readonly volumeId: string;
  readonly imageId: string;
  readonly size: ServiceSize;
}

/** Runs a statement and answers its rows, values as Postgres writes them. */
type AskSql = (sql: string) => Promise<readonly (readonly (string | null)[])[]>;

/** Questions to a Postgres that is started for them, and ended when they are answered or `signal` says so. */
export interface Visit<Result> {
  readonly ask: (run: AskSql) => Promise<Result>;
  readonly signal: AbortSignal;
}

export interface DataPlane {
  readonly volumes: {
    /**
     * Makes `volumeId` a fork of a commit of the source that is kept, or of its newest, durable when it resolves; answers where
     * it starts from. TARGET_OUTSIDE_WAL_WINDOW or TARGET_THINNED when that commit is kept no more.
     */
    fork(sourceId: string, volumeId: string, commit?: number): Promise<ForkOrigin>;
    /** The limits of its window from now on. */
    retain(volumeId: string, retention: Retention): Promise<void>;
    /** Ends a hold on one of its commits. Unknown holds and volumes are fine. */
    release(volumeId: string, holdId: string): Promise<void>;
    /** Keeps the first commit of a volume that nobody has written yet for as long as the volume is there. */
    markBase(volumeId: string): Promise<void>;
    /** Keeps the newest commit until the snapshot is deleted; answers which one that is. */
    takeSnapshot(volumeId: string, snapshot: NewSnapshot): Promise<Moment>;
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
     * Makes what clients were told is committed part of the volume's newest commit. Before a fork within 200 ms, with a
     * checkpoint when more than 1 MiB of WAL is pending; before a snapshot always with one, and with more patience, since
     * nobody waits. A busy backend is left alone: the newest commit is then taken as it is.
     */
    settle(serviceId: string, before: "fork" | "snapshot"): Promise<void>;
    /** Runs Postgres on a volume that belongs to no service, for a visit. It is no compute of anybody: not listed, not metered. */
    visit<Result>(volume: Pick<ComputeOf, "volumeId" | "imageId">, visit: Visit<Result>): Promise<Result>;
  };
  readonly endpoints: {
    /** Opens the service's port; CONFLICT when another program holds it. */
    open(endpoint: { serviceId: string; port: number }): Promise<void>;
    /** Ends its sessions, telling them `reason`, and frees the port. */
    close(serviceId: string, reason: string): Promise<void>;
    /** Ends the sessions of those who may not connect any more. Nothing happens when it is not open. */
    recheck(serviceId: string): Promise<void>;
    /** Resolves when a query was answered through the gateway, over TLS, as the role `offshoot_engine`. */
    check(serviceId: string): Promise<void>;
    /** Replaces the sample's tables by the whole sample, loaded through the gateway by COPY. */
    loadSample(serviceId: string, sample: string): Promise<void>;
  };
  /** What acts by itself inside a service, or lets somebody in beside tsdbadmin: asked and changed through its endpoint. */
  readonly switches: {
    /** Writes nothing. */
    list(serviceId: string): Promise<Switch[]>;
    turnOff(serviceId: string, switches: readonly Switch[]): Promise<void>;
    /** GONE when it is not there any more. */
    turnOn(serviceId: string, wanted: SwitchOn): Promise<void>;
  };
}
