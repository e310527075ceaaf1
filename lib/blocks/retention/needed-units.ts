import type { LogPoints } from "./needs";

interface Counted {
  readonly version: string;
  readonly units: number;
}

/**
 * Units of a log that its forks would need if its own volume was deleted, as they were counted last. Counting goes over
 * everything up to the last fork, which may be the whole log; the answer stands until something is decided about the log or
 * those that descend through it, or until they grow.
 */
export class NeededUnits {
  readonly #counted = new Map<number, Counted>();
  readonly #versionOf: (log: number) => string;

  /** `versionOf` differs whenever what was decided about a log, or how far it was read, does. */
  constructor(versionOf: (log: number) => string) {
    this.#versionOf = versionOf;
  }

  of(points: LogPoints, count: () => number): number {
    const version = this.#versionOfAll(points);
    const known = this.#counted.get(points.log);
    if (known?.version === version) return known.units;
    const units = count();
    this.#counted.set(points.log, { version, units });
    return units;
  }

  forget(log: number): void {
    this.#counted.delete(log);
  }

  /** Of the log, of who is read through it, and of the logs on the way there. */
  #versionOfAll({ log, owners }: LogPoints): string {
    const logs = new Set([log]);
    for (const owner of owners.flat()) {
      logs.add(owner.log);
      for (const step of owner.after) logs.add(step.log);
    }
    const living = owners.flat().map((owner) => owner.log);
    return [living.join(), ...[...logs].map(this.#versionOf)].join(" ");
  }
}
