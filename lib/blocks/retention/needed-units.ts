import type { LogPoints } from "./needs";

interface Counted {
  readonly version: string;
  readonly units: number;
}

interface NeededUnitsParts {
  /** Rises with each decision about a log. */
  revisionOf(log: number): number;
  /** The newest commit of a log. */
  commitOf(log: number): number | undefined;
}

/**
 * Units of a log that its forks would need if its own volume was deleted, as they were counted last. Counting goes over
 * everything up to the last fork, which may be the whole log; the answer stands until something is decided about the log or
 * those that descend through it, or until they grow.
 */
export class NeededUnits {
  readonly #counted = new Map<number, Counted>();
  readonly #parts: NeededUnitsParts;

  constructor(parts: NeededUnitsParts) {
    this.#parts = parts;
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

  /** Who is read through the log, what was decided about them, and how far it and the logs on the way there have come. */
  #versionOfAll({ log, owners }: LogPoints): string {
    const { revisionOf, commitOf } = this.#parts;
    const readers = owners.flat().map((owner) => owner.log);
    const onTheWay = new Set([log, ...owners.flat().flatMap(({ after }) => after.map((step) => step.log))]);
    const versions = [...onTheWay].map((each) => `${each}:${revisionOf(each)}:${commitOf(each)}`);
    return `${readers.map((reader) => `${reader}:${revisionOf(reader)}`)} ${versions}`;
  }
}
